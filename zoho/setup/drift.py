"""Drift: fields that leads fill were changed in Zoho. Whoever runs the destination is told once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from leads.signals import set_up_changed
from zoho.fit.drift import drifts, layout_drifts
from zoho.fit.layouts import layout_id
from zoho.mapping.plans import chooses_layout, plans_for
from zoho.models import Cause, ModuleFields

TOLD_FOR = timedelta(days=1)
"""How long a notice of lost values stands for one of the drift that lost them."""


@transaction.atomic
def tell_of_drift(row: ModuleFields, before: ModuleFields, now: datetime, **_signal: Any) -> None:
    """Have told what became of the fields that sites of the module fill."""
    destination = row.connection.destination
    sites = list(destination.sites.filter(enabled=True, module=row.module))
    used = {row.connection.reference_field}
    by_layout: dict[str, set[str]] = defaultdict(set)
    lost = _told_as_lost(row, now)
    for site, plan in plans_for(sites, row).items():
        targets = {rule.target for rule in plan.rules} | set(plan.extras)
        targets -= lost[site]
        used |= targets
        named = {layout_id(plan.extras.get("Layout"))} - {""}
        for chosen in before.layouts or {} if chooses_layout(plan) else named:
            by_layout[chosen] |= targets | {row.connection.reference_field}
    said = drifts(before.fields, row.fields, used)
    if row.layouts is not None and before.layouts is not None:
        said += layout_drifts(before.layouts, row.layouts, by_layout)
    if said:
        text = f"{row.module}: {' '.join(said)}"
        set_up_changed.send(type(destination), destination=destination, text=text, now=now)


def _told_as_lost(row: ModuleFields, now: datetime) -> dict[int, set[str]]:
    """By site, the fields of which its people were just told that values are lost, and why."""
    causes = Cause.objects.filter(
        site__destination=row.connection.destination_id,
        module=row.module,
        kind__in=(Cause.Kind.DROPPED, Cause.Kind.OUTSIDE, Cause.Kind.READ_ONLY),
        told_at__gt=now - TOLD_FOR,
        losses__read_back__lead__is_test=False,  # of a test lead nobody is told
    ).distinct()
    lost: dict[int, set[str]] = defaultdict(set)
    for site, name in causes.values_list("site", "field"):
        lost[site].add(name)
    return lost
