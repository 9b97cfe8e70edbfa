"""What the mapping page says of leads, fields and failures."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.data import KNOWN_FIELDS
from leads.delivery.gateway import Preview
from leads.models import Lead, Site
from zoho.fit.metadata import Field, Fields
from zoho.mapping.dry_run import DryRun
from zoho.mapping.paths import Keys, children, read_path, write_path

LOOKED_AT = 200
"""Leads whose field names are suggested."""
CHUNK = 20
"""Leads held in memory at once: a lead can be a megabyte."""
MOST_NAMES = 500
DEPTH = 3


def source_names(site: Site) -> list[str]:
    """Names of fields that the site sends: the known ones, then those of its newest leads.

    As they came, and where a lead was read by shape also the paths by which its values are known.
    """
    names = dict.fromkeys(KNOWN_FIELDS)
    for data, reading in _newest(site):
        names |= dict.fromkeys(_paths((), data, DEPTH))
        if reading:
            names |= dict.fromkeys([*reading["paths"], *reading["fields"]])
    return list(names)[:MOST_NAMES]


def _newest(site: Site) -> Iterator[tuple[Any, Any]]:
    leads = Lead.objects.filter(site=site).order_by("-pk")
    last = None
    for _chunk in range(LOOKED_AT // CHUNK):
        rows = leads if last is None else leads.filter(pk__lt=last)
        found = list(rows.values_list("data", "reading", "pk")[:CHUNK])
        yield from (row[:2] for row in found)
        if len(found) < CHUNK:
            return
        last = found[-1][2]


def _paths(keys: Keys, value: Any, depth: int) -> Iterator[str]:
    """The paths to the values below; of a list only the first item's. A field's own name is one."""
    for child, item in children(keys, value):
        path = write_path(child)
        is_further = isinstance(child[-1], int) and child[-1] > 0
        if is_further or (read_path(path) != child and len(child) > 1):
            continue
        if isinstance(item, dict | list) and item and depth > 1:
            yield from _paths(child, item, depth - 1)
        else:
            yield path


def target_choices(fields: Fields, reserved: Collection[str]) -> list[tuple[str, str]]:
    """The fields that a rule may fill, required ones first: API name and description."""
    open_ones = [f for f in fields.values() if not f.read_only and f.api_name not in reserved]
    ordered = sorted(open_ones, key=lambda f: (not f.mandatory, (f.label or f.api_name).lower()))
    return [(field.api_name, describe(field)) for field in ordered]


TYPES = {
    "text": gettext_lazy("text"),
    "textarea": gettext_lazy("text of several lines"),
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "website": gettext_lazy("web address"),
    "picklist": gettext_lazy("choice"),
    "multiselectpicklist": gettext_lazy("choices"),
    "date": gettext_lazy("date"),
    "datetime": gettext_lazy("date and time"),
    "integer": gettext_lazy("whole number"),
    "bigint": gettext_lazy("long whole number"),
    "double": gettext_lazy("number"),
    "currency": gettext_lazy("amount"),
    "percent": gettext_lazy("percent"),
    "boolean": gettext_lazy("yes or no"),
    "lookup": gettext_lazy("another record"),
    "ownerlookup": gettext_lazy("user of Zoho"),
}
"""The types of fields in plain words; what is missing is called as Zoho calls it."""


def describe(field: Field) -> str:
    """A field in one line: Last Name · text 80 · required."""
    label = field.label or field.api_name.replace("_", " ")
    if label.replace(" ", "_").lower() != field.api_name.lower():
        label = f"{label} ({field.api_name})"
    needed = f" · {_('required')}" if field.mandatory else ""
    return f"{label} · {TYPES.get(field.type, field.type)} {field.length}{needed}"


@dataclass(frozen=True)
class Beside:
    """One field of two records."""

    field: str
    today: str
    new: str

    @property
    def differs(self) -> bool:
        """Whether the draft changes what is sent."""
        return self.today != self.new


def beside(new: Preview, old: Preview) -> list[Beside]:
    """Two records field by field; values as text, empty where there is none."""
    names = dict.fromkeys([*new.record, *old.record])
    return [
        Beside(name, _text(old.record.get(name)), _text(new.record.get(name))) for name in names
    ]


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Failing:
    """Leads that would fail for one reason."""

    title: str
    field: str
    count: int
    examples: list[int]


def failures(found: DryRun) -> list[Failing]:
    """What would fail, the most frequent first."""
    rows = [
        Failing(str(reason.label), field, tally.count, tally.examples)
        for (reason, field), tally in found.reasons.items()
    ]
    return sorted(rows, key=lambda row: -row.count)
