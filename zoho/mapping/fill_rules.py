"""Filling a field from now on: one more rule behind those of a site's mapping."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from leads.data import as_text
from leads.models import Site
from zoho.fit import fields
from zoho.mapping.plans import known_fields
from zoho.mapping.rules import APPEND, StoredRule, default_rules, faults_of
from zoho.models import Mapping


def rule_for(field: str, value: Any, path: str) -> StoredRule:
    """The rule that puts the value, or whatever stands at the path, into the field."""
    if path:
        return {"source": path, "target": field}
    return {"target": field, "transform": "constant", "argument": _argument(value)}


def _argument(value: Any) -> Any:
    """The value as a mapping keeps it: of a record the id, of choices a text with all of them."""
    if isinstance(value, dict):
        return value.get("id", "")
    return "; ".join(map(as_text, value)) if isinstance(value, list) else value


def rule_faults(site: Site, field: str, value: Any, path: str) -> list[str]:
    """Why no such rule can be saved, a sentence each."""
    described = fields.described(known_fields(site)) or {}
    return faults_of(rule_for(field, value, path), described, (path,) if path else ())


@transaction.atomic
def add_rule(site: Site, field: str, value: Any, path: str) -> bool:
    """Save the rule behind the others, so that it fills what they leave empty; whether it is new.

    A site that went by the default rules has a mapping of its own from then on.
    """
    Site.objects.select_for_update().get(pk=site.pk)
    rules, rest, is_new = with_rule(site, field, value, path)
    if is_new:
        values = {"rules": rules, "rest": rest}
        Mapping.objects.update_or_create(site=site, defaults=values)
    return is_new


def with_rule(site: Site, field: str, value: Any, path: str) -> tuple[list[StoredRule], str, bool]:
    """The site's rules with that one behind them, what becomes of the rest, whether it is new."""
    stored = Mapping.objects.filter(site=site).first()
    rules = list(stored.rules if stored else default_rules(site.module))
    rule = rule_for(field, value, path)
    is_new = rule not in rules
    return [*rules, rule] if is_new else rules, stored.rest if stored else APPEND, is_new
