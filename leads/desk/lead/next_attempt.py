"""What comes next for a lead: when it leaves by itself, and what can still be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.decisions.undo import SETTLED_FOR, undoable
from leads.delivery.backoff import DELAYS
from leads.desk.kit.pauses import what_holds
from leads.models import Lead, LeadEvent

TRIES = len(DELAYS) + 1
"""Attempts that a record may use up before a person must look."""


@dataclass(frozen=True)
class NextAttempt:
    """The next automatic step of a lead."""

    due_at: datetime | None
    late: bool
    """Whether it could leave now, but for what is named below."""
    attempt: int
    """The number of the next try; outages use up none."""
    tries: int
    paused_by: str
    """Why nothing leaves now; empty while sending runs."""
    tried_again_at: datetime | None
    decision: LeadEvent | None
    """What a person decided last, as long as it can be taken back."""
    undo_until: datetime | None
    seconds: int
    """Until a lead that waits for being taken back is sent."""


def next_attempt(lead: Lead, now: datetime) -> NextAttempt | None:
    """What happens next by itself, or may be undone; None where nothing does."""
    decision = undoable(lead, now)
    if not lead.is_open and decision is None:
        return None
    paused = what_holds(lead)
    left = lead.due_at - now if lead.due_at and lead.status == Lead.Status.QUEUED else timedelta()
    return NextAttempt(
        due_at=lead.due_at if lead.status == Lead.Status.QUEUED else None,
        late=left <= timedelta(),
        attempt=min(lead.attempts + 1, TRIES),
        tries=TRIES,
        paused_by=str(paused.get_pause_reason_display()) if paused else "",
        tried_again_at=paused.paused_until if paused else None,
        decision=decision,
        undo_until=lead.settled_at + SETTLED_FOR if decision and lead.settled_at else None,
        seconds=max(0, -(-left // timedelta(seconds=1))),
    )
