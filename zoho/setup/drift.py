"""Drift: fields that leads fill were changed in Zoho. Whoever runs the destination is told once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import transaction

from leads.signals import set_up_changed
from zoho.fit.drift import drifts, layout_drifts
from zoho.fit.layouts import layout_id
from zoho.mapping.plans import plans_for
from zoho.models import ModuleFields


@transaction.atomic
def tell_of_drift(row: ModuleFields, before: ModuleFields, now: datetime, **_signal: Any) -> None:
    """Have told what became of the fields that sites of the module fill."""
    destination = row.connection.destination
    sites = list(destination.sites.filter(enabled=True, module=row.module))
    used = {row.connection.reference_field}
    by_layout: dict[str, set[str]] = defaultdict(set)
    for plan in plans_for(sites, row).values():
        targets = {rule.target for rule in plan.rules} | set(plan.extras)
        used |= targets
        if chosen := layout_id(plan.extras.get("Layout")):
            by_layout[chosen] |= targets | {row.connection.reference_field}
    said = drifts(before.fields, row.fields, used)
    if row.layouts is not None and before.layouts is not None:
        said += layout_drifts(before.layouts, row.layouts, by_layout)
    if said:
        text = f"{row.module}: {' '.join(said)}"
        set_up_changed.send(type(destination), destination=destination, text=text, now=now)
