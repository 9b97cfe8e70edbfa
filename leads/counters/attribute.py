"""Giving leads of before their attribution, the newest first, bit by bit until all have one.

What a lead is counted under moves with it in one transaction, so that sums hold meanwhile and a
run that was cut off goes on where it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from leads.clock import Deadline
from leads.counters.attribution import attribution_of
from leads.counters.deltas import Tally
from leads.models import CounterRollup, Lead
from leads.models.counters import EVERY_SITE
from leads.store import database

LOCK = "attribution"
CHUNK = 500
PATIENCE = 1.0
"""Seconds of a sweep, of which there is one every ten."""
REST = timedelta(minutes=10)
"""For so long processes of a version of before may still take leads."""
RESTING, FILLING, DONE = "resting", "filling", "done"
Grain = CounterRollup.Grain


def keep_up(now: datetime, **_signal: Any) -> None:
    """Go on while there is time. Listens to each sweep."""
    deadline = Deadline(PATIENCE)
    while deadline.left() and fill(now):
        pass


def known_since() -> datetime | None:
    """From when on leads have an attribution; None where all have, or nobody has looked yet."""
    row = _mark().exclude(outcome=DONE).first()
    return row.start if row else None


@transaction.atomic
def fill(now: datetime) -> int:
    """Give the next older leads their attribution; how many were looked at."""
    database.lock_names([LOCK])
    mark = _mark().first() or _begin(now)
    if mark.outcome == DONE or (mark.outcome == RESTING and now - mark.start < REST):
        return 0
    older = Lead.objects.order_by("-pk")
    if mark.outcome == FILLING:
        older = older.filter(pk__lt=mark.amount)
    leads = list(older.defer("body").select_for_update()[:CHUNK])
    _attribute(leads)
    if leads:
        last = leads[-1]
        _mark().update(outcome=FILLING, amount=last.pk, start=last.received_at)
    if len(leads) < CHUNK:
        _mark().update(outcome=DONE)
    return len(leads)


def _mark() -> QuerySet[CounterRollup]:
    return CounterRollup.objects.filter(grain=Grain.FILLED, kind="", site_pk=EVERY_SITE)


def _begin(now: datetime) -> CounterRollup:
    outcome = RESTING if Lead.objects.exists() else DONE
    return CounterRollup.objects.create(grain=Grain.FILLED, start=now, outcome=outcome, amount=0)


def _attribute(leads: list[Lead]) -> None:
    tally, found = Tally(), {}
    for lead in leads:
        if lead.attribution or lead.erased_at:
            continue
        attribution = attribution_of(lead.source, lead.webhook_source_id, lead.page, lead.data)
        tally.attribute(lead, "", attribution)
        lead.attribution = attribution
        if lead.status == Lead.Status.DELIVERED:
            tally.arrived(lead)
        found[lead.pk] = lead
    Lead.objects.bulk_update(found.values(), ["attribution"])
    tally.write()
