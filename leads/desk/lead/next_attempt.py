"""What comes next for a lead: when it leaves by itself, and what can still be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.decisions.undo import SETTLED_FOR, undoable
from leads.delivery.backoff import DELAYS
from leads.desk.kit.pauses import what_holds
from leads.models import Destination, Lead, LeadEvent, Site

TRIES = len(DELAYS) + 1
"""Attempts that a record may use up before a person must look."""


@dataclass(frozen=True)
class NextAttempt:
    """The next automatic step of a lead."""

    due_at: datetime | None
    """When it leaves, always to come; None where that is not known."""
    attempt: int
    """The number of the next try; outages use up none."""
    tries: int
    waits_for: Destination | Site
    """Whose turn or end of pause it waits for, where it could leave by its own moment."""
    paused_by: str
    """Why nothing leaves now; empty while sending runs."""
    until_resumed: bool
    """Whether the pause ends only when a person ends it."""
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
    waits = lead.status == Lead.Status.QUEUED
    left = lead.due_at - now if lead.due_at and waits else timedelta()
    return NextAttempt(
        due_at=leaves_at(lead, now) if waits else None,
        attempt=min(lead.attempts + 1, TRIES),
        tries=TRIES,
        waits_for=paused or lead.destination,
        paused_by=str(paused.get_pause_reason_display()) if paused else "",
        until_resumed=paused is not None and paused.paused_until is None,
        decision=decision,
        undo_until=lead.settled_at + SETTLED_FOR if decision and lead.settled_at else None,
        seconds=max(0, -(-left // timedelta(seconds=1))),
    )


def leaves_at(lead: Lead, now: datetime) -> datetime | None:
    """When a queued lead leaves by itself: at its own moment, and not before a pause is over.

    None where that moment has come, and it waits for its turn, or for a person.
    """
    paused = [row for row in (lead.destination, lead.site) if row.paused_at is not None]
    moments = [lead.due_at, *(row.paused_until for row in paused)]
    known = [moment for moment in moments if moment is not None]
    if len(known) < len(moments):
        return None
    return max(known) if max(known) > now else None
