"""Recover: leads whose worker vanished while it sent them. What became of them is not known."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from leads.clock import database_now
from leads.counters.deltas import Tally
from leads.models import ApiCall, ApiLog, Lead
from leads.reasons import Reason, ResponseCode
from leads.signals import lead_failed

DEATHS_THAT_STOP = 3
CLOSED_FOR_THE_DEAD = "The worker stopped before the answer was written down."


@transaction.atomic
def recover(limit: int = 500) -> int:
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
    tally, entries = Tally(), []
    for lead in leads:
        call = calls.get(lead.claim)
        reason = _bring_back(lead, now, call.leads if call else 1)
        tally.lead_moves(lead, Lead.Status.SENDING, reason)
        entries.append(_entry(lead, call, now))
    Lead.objects.bulk_update(leads, FIELDS)
    for entry in ApiLog.objects.bulk_create(entries):
        tally.attempt(entry, entry.lead.is_test)
    for lead in leads:
        if lead.status == Lead.Status.FAILED:
            lead_failed.send(Lead, lead=lead, now=now)
    tally.write()
    return len(leads)


FIELDS = [
    "status",
    "claim",
    "due_at",
    "queued_at",
    "settled_at",
    "failed_at",
    "reason",
    "reason_field",
    "reason_text",
    "deaths",
    "batch_limit",
    "maybe_landed",
    "landed_revision",
]


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


def _bring_back(lead: Lead, now: datetime, together: int) -> str:
    """Set the lead QUEUED or FAILED; the reason that it had until now."""
    before = lead.reason
    lead.claim, lead.reason = None, Reason.WORKER_DIED
    lead.reason_field = lead.reason_text = ""
    lead.maybe_landed = True
    if lead.landed_revision is None:
        lead.landed_revision = lead.revision
    if together == 1:
        lead.deaths += 1
    lead.batch_limit = max(1, min(lead.batch_limit, together) // 2)
    stop = _stop_reason(lead)
    if lead.erased_at:  # there is nothing left to send
        lead.status, lead.settled_at = Lead.Status.DISCARDED, now
        lead.due_at = lead.queued_at = None
    elif stop is None:
        lead.status, lead.due_at = Lead.Status.QUEUED, now
    else:
        lead.status, lead.reason = Lead.Status.FAILED, stop
        lead.failed_at = lead.settled_at = now
        lead.due_at = lead.queued_at = None
    return before


def _stop_reason(lead: Lead) -> Reason | None:
    if lead.deaths >= DEATHS_THAT_STOP:
        return Reason.STOPPED_THE_WORKER
    return None if lead.destination.resend_is_safe else Reason.OUTCOME_UNKNOWN


def _entry(lead: Lead, call: ApiCall | None, now: datetime) -> ApiLog:
    return ApiLog(
        lead=lead,
        site_id=lead.site_id,
        call=call,
        response_code=ResponseCode.NOT_INSERTED,
        reason=Reason.WORKER_DIED,
        revision=lead.revision,
        created_at=now,
    )
