"""What a weekly report counts: seven whole days beside the seven before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from leads.counters.overview import Overview, overview
from leads.counters.spans import Counts, Reader, Span
from leads.store import database

DAYS = 7


@dataclass(frozen=True)
class Week:
    """The seven days before today, the seven before these, and each day of both."""

    since: datetime
    until: datetime
    site_id: int | None
    seen: Overview
    days: Sequence[Counts]
    days_before: Sequence[Counts]


def week_before(now: datetime, site_id: int | None) -> Week:
    """The week that ended with yesterday, by the installation's calendar."""
    today = timezone.localtime(now).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    nights = [timezone.make_aware(today - timedelta(days=n)) for n in range(2 * DAYS, -1, -1)]
    sites = None if site_id is None else [site_id]
    spans = [Span.of(*pair) for pair in pairwise(nights)]
    week, past = Span.of(nights[DAYS], nights[-1]), Span.of(nights[0], nights[DAYS])
    with database.snapshot():
        reader = Reader.now(sites)
        days = [reader.total(span) for span in spans]
    seen = overview(week, past, sites)
    return Week(nights[DAYS], nights[-1], site_id, seen, days[DAYS:], days[:DAYS])
