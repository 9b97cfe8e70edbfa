"""Progress: whether due leads leave, seen from outside of the queue."""

from __future__ import annotations

from datetime import datetime

from leads.delivery.reclaim import CLOSED_FOR_THE_DEAD
from leads.models import ApiCall, Destination, Lead, Slot


def standing_since(now: datetime) -> datetime | None:
    """Since when due leads could leave and nothing was finished; None while all is well.

    A destination whose turn is yet to come, or whose places are all taken, holds its leads back
    by itself.
    """
    finished = _last_finish()
    since = [
        max(
            moment
            for moment in (due, finished, waiting.next_call_at, waiting.paused_until)
            if moment
        )
        for waiting in Destination.objects.open(now).with_due_leads(now)
        if not _is_full(waiting, now)
        and (due := Lead.objects.oldest_due(waiting.pk, now)) is not None
    ]
    return min((moment for moment in since if moment <= now), default=None)


def _last_finish() -> datetime | None:
    """When a worker last closed a call; the newest calls tell."""
    closed = ApiCall.objects.exclude(ended_at=None).exclude(error=CLOSED_FOR_THE_DEAD)
    return closed.order_by("-pk").values_list("ended_at", flat=True).first()


def _is_full(destination: Destination, now: datetime) -> bool:
    taken = Slot.objects.filter(destination=destination, leased_until__gt=now)
    return taken.count() >= destination.max_slots
