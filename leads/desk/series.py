"""Attempts over time, as bars: per hour for a day, per day for a month. Read from the counters."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Sum
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone
from django.utils.formats import date_format

from leads.models import Figure
from leads.reasons import ResponseCode

HOURS, DAYS = 24, 30


@dataclass(frozen=True)
class Bar:
    """The attempts of one hour or one day."""

    label: str
    inserted: int
    failed: int

    @property
    def words(self) -> str:
        """The bar for those who do not see it."""
        return f"{self.label}: {self.inserted:,} inserted, {self.failed:,} not inserted"


def hours(now: datetime) -> list[Bar]:
    """The last 24 hours, the running one last; hours of the configured time zone."""
    this = timezone.localtime(now).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    starts = [this - timedelta(hours=n) for n in reversed(range(HOURS))]
    sums = _sums(TruncHour("quarter"), starts[0])
    return [Bar(date_format(timezone.localtime(start), "D H:i"), *sums[start]) for start in starts]


def days(now: datetime) -> list[Bar]:
    """The last 30 days, today last; days of the configured time zone, 23 to 25 hours long."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    # Midnights by the calendar: a day is not always 24 hours.
    naive = today.replace(tzinfo=None)
    starts = [
        timezone.make_aware(naive - timedelta(days=n)).astimezone(UTC)
        for n in reversed(range(DAYS))
    ]
    sums = _sums(TruncDay("quarter"), starts[0])
    return [Bar(date_format(timezone.localtime(start), "j M"), *sums[start]) for start in starts]


def _sums(unit: TruncHour | TruncDay, start: datetime) -> dict[datetime, tuple[int, int]]:
    rows = (
        Figure.objects.filter(kind=Figure.Kind.ATTEMPT, quarter__gte=start)
        .annotate(start=unit)
        .values_list("start", "outcome")
        .annotate(n=Sum("amount"))
        .order_by()
    )
    sums: dict[datetime, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for begin, outcome, n in rows:
        inserted, failed = sums[begin.astimezone(UTC)]
        if int(outcome) == ResponseCode.INSERTED:
            inserted += n
        else:
            failed += n
        sums[begin.astimezone(UTC)] = inserted, failed
    return sums
