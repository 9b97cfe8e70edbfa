"""Letting go of what proof of arrival held: of people who were erased, and of what is old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leads.models import Incomplete
from zoho.models import ReadBack, Repair

KEEP_WHOLE = timedelta(days=30)
"""How long it is known that a lead was read back: the first ones after a change are counted."""
KEEP_DUE = timedelta(days=7)
"""How long a lead waits to be read back, with what was sent of it."""
KEEP_REPAIRS = timedelta(days=365)


def forget_people(ids: list[int], **_signal: Any) -> None:
    """Nothing of erased leads is kept to compare with, and so nothing is said to be missing."""
    ReadBack.objects.filter(lead__in=ids).delete()
    Incomplete.objects.filter(lead__in=ids).delete()


def forget_proofs(now: datetime, **_signal: Any) -> None:
    """Once a day. What a repair still lists stays with it, without what was sent."""
    Repair.objects.filter(ended_at__lt=now - KEEP_REPAIRS).delete()
    unlisted = ReadBack.objects.filter(repairs=None)
    read = unlisted.exclude(state__in=[ReadBack.State.INCOMPLETE, ReadBack.State.DUE])
    # Nothing is read before it was made: the first condition is there for its index.
    read.filter(created_at__lt=now - KEEP_WHOLE, read_at__lt=now - KEEP_WHOLE).delete()
    # Not by when they are due: what cannot be judged is put off again and again.
    late = {"state": ReadBack.State.DUE, "created_at__lt": now - KEEP_DUE}
    unlisted.filter(**late).delete()
    ReadBack.objects.filter(**late, sent__isnull=False).update(sent=None)
