"""Taking a decision back, as long as nothing has come of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from leads.apply import By, Move, apply
from leads.decisions.by_link import link_of
from leads.delivery.wakeup import wake_after_commit
from leads.models import Lead, LeadEvent
from leads.models.transitions import undone

SETTLED_FOR = timedelta(minutes=10)
"""How long entering by hand and discarding can be taken back; then they are final."""
STAMPED = {
    Lead.Status.QUEUED: "due_at",
    Lead.Status.ENTERED: "settled_at",
    Lead.Status.DISCARDED: "settled_at",
}
"""In which column a decision leaves its stamp, by the status that it led to."""


def undoable(lead: Lead, now: datetime) -> LeadEvent | None:
    """The decision that can still be taken back; None when there is none.

    One that sent the lead: until a worker claims it. One that settled it: for ten minutes.
    """
    stamp = _stamp(lead)
    if stamp is None or (stamp == lead.settled_at and now - stamp > SETTLED_FOR):
        return None
    decisions = lead.events.filter(stamp=stamp, before__isnull=False)
    return decisions.select_related("user").order_by("-pk").first()


@transaction.atomic
def undo(decision: LeadEvent, user: User | AnonymousUser) -> bool:
    """Make the lead what it was before the decision; False when it is too late for that.

    Judged of the locked row: whoever claims, settles or sends the lead meanwhile has won.
    """
    rows = Lead.objects.select_related("site").select_for_update(of=("self",))
    rows = rows.defer("body", "data")
    lead = rows.get(pk=decision.lead_id)
    if _stamp(lead) != decision.stamp:
        return False
    change = undone(decision.before)
    apply([Move(lead, change)], By(LeadEvent.Kind.UNDONE, user.pk, link=link_of(user)))
    if change["status"] in Lead.OPEN:
        wake_after_commit(lead.destination_id)
    return True


def moment_before(decision: LeadEvent, column: str) -> Any:
    """A time of the lead as it was before the decision."""
    return undone(decision.before).get(column)


def _stamp(lead: Lead) -> datetime | None:
    """What the decision that led here has left on the lead; None where none can be taken back."""
    column = STAMPED.get(Lead.Status(lead.status))
    return getattr(lead, column) if column and not lead.erased_at else None
