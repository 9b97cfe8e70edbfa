"""Reclaim: leads whose worker vanished while it sent them. What became of them is not known."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from leads.apply import Move, apply
from leads.clock import database_now
from leads.models import ApiCall, Lead
from leads.models.log import Entry
from leads.models.transitions import (
    Change,
    become,
    discarded,
    failed,
    perhaps_landed,
    put_off,
    why,
)
from leads.reasons import Reason
from leads.signals import lead_failed

DEATHS_THAT_STOP = 3
CLOSED_FOR_THE_DEAD = "The worker stopped before the answer was written down."


@transaction.atomic
def reclaim(limit: int = 500) -> int:
    """Bring back up to `limit` leads whose lease ran out; how many.

    Closes the dead calls and logs a 13002 for each lead. A lead is sent again only where its
    destination refuses a second record with the same reference, and is set aside when it
    was alone with three workers that died.
    """
    now = database_now()
    _close_the_forgotten(now)
    leads = list(
        Lead.objects.orphaned(now)
        .select_related("site", "destination")
        .defer("body", "data")
        .order_by("due_at")
        .select_for_update(of=("self",), skip_locked=True)[:limit]
    )
    calls = _close_calls(leads, now)
    moves = [_move(lead, calls.get(lead.claim), now) for lead in leads]
    apply(moves)
    for lead, change, _entry in moves:
        if change["status"] == Lead.Status.FAILED:
            become(lead, change)
            lead_failed.send(Lead, lead=lead, now=now)
    return len(leads)


def _close_calls(leads: list[Lead], now: datetime) -> dict[UUID | None, ApiCall]:
    """Close the calls of the dead claims; the newest insert of each, by claim.

    A claim's other calls look at single records of it: they do not say how many it carried.
    """
    calls = ApiCall.objects.filter(claim__in={lead.claim for lead in leads})
    inserts = calls.filter(kind=ApiCall.Kind.INSERT).order_by("pk")
    newest = {call.claim: call for call in inserts}
    calls.filter(ended_at=None).update(ended_at=now, error=CLOSED_FOR_THE_DEAD)
    return newest


def _close_the_forgotten(now: datetime) -> None:
    """Close what no worker can still be waiting for: no task lives as long as a lease.

    Calls for a token or for metadata carry no lead by which they would be found.
    """
    before = now - timedelta(seconds=settings.LEASE_SECONDS)
    open_for_long = ApiCall.objects.filter(ended_at=None, started_at__lte=before)
    if open_for_long.exists():
        open_for_long.update(ended_at=now, error=CLOSED_FOR_THE_DEAD)


def _move(lead: Lead, call: ApiCall | None, now: datetime) -> Move[Lead]:
    entry = Entry(
        lead_id=lead.pk,
        site_id=lead.site_id,
        created_at=now,
        revision=lead.revision,
        reason=Reason.WORKER_DIED,
        call_id=call.pk if call else None,
    )
    return Move(lead, _reclaimed(lead, now, call.leads if call else 1), entry)


def _reclaimed(lead: Lead, now: datetime, together: int) -> Change:
    """Queued again, each time in a smaller batch; or FAILED; or given up where it was erased."""
    deaths = lead.deaths + (together == 1)
    suspicion = perhaps_landed(lead) | {
        "deaths": deaths,
        "batch_limit": max(1, min(lead.batch_limit, together) // 2),
    }
    if lead.erased_at:  # there is nothing left to send
        return discarded(now) | why(Reason.WORKER_DIED) | suspicion
    if deaths >= DEATHS_THAT_STOP:
        return failed(now, Reason.STOPPED_THE_WORKER) | suspicion
    if not lead.destination.resend_is_safe:
        return failed(now, Reason.OUTCOME_UNKNOWN) | suspicion
    return put_off(now, Reason.WORKER_DIED) | suspicion
