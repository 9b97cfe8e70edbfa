"""Taking a decision back, as long as nothing has come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from leads.counters.deltas import Tally
from leads.delivery.wakeup import wake_after_commit
from leads.models import Lead, LeadEvent

SETTLED_FOR = timedelta(minutes=10)
"""How long entering by hand and discarding can be taken back; then they are final."""

COLUMNS = (
    "status",
    "band",
    "bulk_id",
    "due_at",
    "queued_at",
    "attempts",
    "deaths",
    "batch_limit",
    "maybe_landed",
    "landed_revision",
    "skip_duplicate_rule",
    "update_existing",
    "zoho_id",
    "failed_at",
    "settled_at",
)
"""What decisions change. Never the reason: one that can be undone leaves it alone."""
TIMES = {"due_at", "queued_at", "failed_at", "settled_at"}
STAMPED = {
    Lead.Status.QUEUED: "due_at",
    Lead.Status.ENTERED: "settled_at",
    Lead.Status.DISCARDED: "settled_at",
}
"""In which column a decision leaves its stamp, by the status that it led to."""


@dataclass(frozen=True)
class Before:
    """A lead as it was before a decision, and the stamp that the decision left on it."""

    columns: dict[str, Any]
    stamp: datetime


def before_deciding(lead: Lead) -> dict[str, Any]:
    """The columns that a decision may change, as JSON; times to the microsecond."""
    values = {name: getattr(lead, name) for name in COLUMNS}
    return values | {name: values[name] and values[name].isoformat() for name in TIMES}


def undoable(lead: Lead, now: datetime) -> LeadEvent | None:
    """The decision that can still be taken back; None when there is none.

    One that sent the lead: until a worker claims it. One that settled it: for ten minutes.
    """
    column = STAMPED.get(Lead.Status(lead.status))
    stamp = getattr(lead, column) if column else None
    if lead.erased_at or stamp is None or (column == "settled_at" and now - stamp > SETTLED_FOR):
        return None
    decisions = lead.events.filter(stamp=stamp, before__isnull=False)
    return decisions.select_related("user").order_by("-pk").first()


@transaction.atomic
def undo(decision: LeadEvent, user: User | AnonymousUser) -> bool:
    """Make the lead what it was before the decision; False when it is too late for that.

    A conditional update: whoever claims, settles or sends the lead meanwhile has won.
    """
    lead = Lead.objects.defer("body", "data").get(pk=decision.lead_id)
    column = STAMPED.get(Lead.Status(lead.status))
    if column is None:
        return False
    was, columns = (lead.status, lead.reason), _read(decision.before)
    unsent = Lead.objects.filter(pk=lead.pk, status=lead.status, erased_at=None)
    still = unsent.filter(**{column: decision.stamp})
    if not still.update(**columns):
        return False
    lead.status = columns["status"]
    tally = Tally()
    tally.lead_moves(lead, *was)
    tally.write()
    LeadEvent.objects.create(lead=lead, kind=LeadEvent.Kind.UNDONE, user_id=user.pk)
    if lead.is_open:
        wake_after_commit(lead.destination_id)
    return True


def moment_before(decision: LeadEvent, column: str) -> datetime | None:
    """A time of the lead as it was before the decision."""
    return _read(decision.before).get(column)


def _read(columns: Any) -> dict[str, Any]:
    """The columns as they are stored in an event, ready to be written."""
    times = {name: datetime.fromisoformat(columns[name]) for name in TIMES if columns[name]}
    return {**columns, **times}
