"""The most frequent reasons above the failed table, read from the counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leads.counters import read as counters
from leads.desk.failed.acts import Act, helpful
from leads.models import Lead
from leads.reasons import Reason
from leads.shown.numbers import localised

MOST = 40
"""Chips of a page, whose rarest nobody looks for among so many: every reason is in the filter."""


@dataclass(frozen=True)
class Chip:
    """One reason, how many leads failed for it, and which share of all that is."""

    reason: Reason
    count: int
    share: str
    acts: tuple[Act, ...] = ()
    """What helps all of them and the person may do."""


def chips(read: counters.Counters, user: Any) -> list[Chip]:
    """Reasons that have failed leads, the most frequent first. Test leads are not counted."""
    known = [
        (Reason(reason), n)
        for reason, n in read.reasons(Lead.Status.FAILED)
        if n > 0 and reason in Reason.values
    ]
    total = sum(n for _reason, n in known)
    return [Chip(r, n, share(n, total), tuple(helpful([r], user))) for r, n in known[:MOST]]


def share(part: int, whole: int) -> str:
    """In whole percent; what is less than one, or almost all, says so."""
    percent = 100 * part / whole
    if percent < 1:
        return localised("< 1%")
    return localised("> 99%" if part < whole and percent > 99 else f"{percent:.0f}%")
