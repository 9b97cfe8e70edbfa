"""Whether a site's rules make a name: what the rules of intake ask before they hold a lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from leads.models import Site
from zoho.fit.readers import Home
from zoho.mapping.mapper import Rule, map_values, read_rules
from zoho.mapping.rules import default_rules
from zoho.models import Mapping as SiteMapping

LAST_NAME = "Last_Name"
"""Zoho's field without which it takes no person."""
NameMaker = Callable[[dict[str, Any]], bool]


def name_maker(site: Site) -> NameMaker:
    """By the site's mapping of today. One statement."""
    stored = SiteMapping.objects.filter(site=site).values_list("rules", flat=True).first()
    rules = default_rules(site.module) if stored is None else stored
    return maker_of(read_rules(rules), home_of(site))


def maker_of(rules: Iterable[Rule], home: Home) -> NameMaker:
    """By these rules. Pure."""
    naming = [rule for rule in rules if rule.target == LAST_NAME]
    return lambda data: any(
        entry.target == LAST_NAME for entry in map_values(data, naming, home).entries
    )


def home_of(site: Site) -> Home:
    """Where the site's phone numbers and dates are at home."""
    return Home(site.country, timezone.get_default_timezone())
