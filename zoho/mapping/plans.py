"""The plan by which a site's leads are fitted: its mapping of today, the fields of its module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leads.models import Site
from zoho.api import options
from zoho.fit import fields
from zoho.fit.layouts import Layouts
from zoho.fit.metadata import STANDARD_LEADS, Field, Fields
from zoho.mapping import rules
from zoho.mapping.mapper import Rule, read_rules
from zoho.mapping.names import home_of
from zoho.mapping.record import Plan
from zoho.models import Connection, ModuleFields
from zoho.models import Mapping as SiteMapping

StoredRules = Iterable[Mapping[str, Any]]


def plans_for(sites: Iterable[Site], row: ModuleFields | None) -> dict[int, Plan]:
    """A plan for each of the sites, which share a module, by the site's id. One query."""
    sites = list({site.pk: site for site in sites}.values())
    stored = {
        mapping.site_id: mapping
        for mapping in SiteMapping.objects.filter(site__in=[site.pk for site in sites])
    }
    described, layouts = fields.described(row), fields.layouts(row)
    return {
        site.pk: make_plan(
            site,
            stored[site.pk].rules if site.pk in stored else rules.default_rules(site.module),
            stored[site.pk].rest if site.pk in stored else rules.APPEND,
            described,
            reserved(row),
            layouts,
        )
        for site in sites
    }


def make_plan(
    site: Site,
    stored: StoredRules,
    rest: str,
    described: Fields | None,
    ours: frozenset[str] = frozenset(),
    layouts: Layouts | None = None,
) -> Plan:
    """A plan out of rules as they are stored; `described` is None while nothing was read."""
    understood = read_rules(stored)
    return Plan(
        rules=understood,
        rest=rest,
        fields=_assumed(site.module, understood) if described is None else described,
        home=home_of(site),
        nameless=site.nameless,
        extras=options.split(site.options).record,
        reserved=ours,
        layouts=layouts or Layouts(),
    )


def chooses_layout(plan: Plan) -> bool:
    """Whether a rule names the layout of a record: it may be any layout of the module."""
    return any(rule.target == "Layout" for rule in plan.rules)


def reserved(row: ModuleFields | None) -> frozenset[str]:
    """The field that holds our reference, once it is verified: no rule may fill it."""
    if row is None or not fields.reference_is_unique(row):
        return frozenset()
    return frozenset({row.connection.reference_field})


def _assumed(module: str, understood: Iterable[Rule]) -> Fields:
    """Before anything was read: Leads as Zoho delivers them, else what the rules fill."""
    if module == "Leads":
        return STANDARD_LEADS
    filled = {rule.target: Field(rule.target) for rule in understood}
    return filled | {"Description": Field("Description", "textarea", 32000)}


def known_fields(site: Site) -> ModuleFields | None:
    """What is known of the module that the site delivers into."""
    connections = Connection.objects.without_secrets()
    connection = connections.filter(destination=site.destination_id).first()
    return fields.known(connection, site.module) if connection else None


def plan_for(site: Site, stored: StoredRules | None = None, rest: str = "") -> Plan:
    """The site's plan of today, or the one that it would have with other rules."""
    row = known_fields(site)
    plan = plans_for([site], row)[site.pk]
    if stored is None:
        return plan
    return make_plan(
        site, stored, rest or plan.rest, fields.described(row), reserved(row), plan.layouts
    )
