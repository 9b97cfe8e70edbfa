"""Spans of time and the bars they are cut into: hours, days and months of the chosen time zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.counters.read import Split
from leads.shown.numbers import localised

DEFAULT = "7d"
"""This week against the one before, without a click."""
RANGES = {
    "24h": gettext_lazy("24 hours"),
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "90d": gettext_lazy("90 days"),
    "all": gettext_lazy("All time"),
}
TITLES = {
    "24h": gettext_lazy("per hour, last 24 hours"),
    "7d": gettext_lazy("per hour, last 7 days"),
    "30d": gettext_lazy("per day, last 30 days"),
    "90d": gettext_lazy("per day, last 90 days"),
    "all": gettext_lazy("all time"),
}
MOST_DAYS = 92
"""All time is drawn by the day up to here, and by the month beyond."""
LABELS = {"day": "j M", "month": "M Y"}


@dataclass(frozen=True)
class Bar:
    """The attempts of one hour, day or month."""

    label: str
    start: datetime
    end: datetime
    inserted: int
    failed: int

    @property
    def sent(self) -> int:
        """All of them."""
        return self.inserted + self.failed

    @property
    def words(self) -> str:
        """The bar for those who do not see it."""
        return _("%(label)s: %(inserted)s arrived, %(failed)s not arrived") % {
            "label": self.label,
            "inserted": localised(f"{self.inserted:,}"),
            "failed": localised(f"{self.failed:,}"),
        }


@dataclass(frozen=True)
class Axis:
    """The bars of a chart before they are counted: their unit and, one more than bars, bounds."""

    unit: str
    bounds: Sequence[datetime]

    def bars(self, counts: Sequence[Split]) -> list[Bar]:
        """The bars with what was counted in each."""
        starts = [timezone.localtime(moment) for moment in self.bounds[:-1]]
        labels = self._labels(starts)
        # The hour that a clock change repeats needs its offset to be told from its twin.
        twice = {label for label, n in Counter(labels).items() if self.unit == "hour" and n > 1}
        return [
            Bar(f"{label} {start:%Z}" if label in twice else label, begin, end, *count)
            for label, start, (begin, end), count in zip(
                labels, starts, pairwise(self.bounds), counts, strict=True
            )
        ]

    def _labels(self, starts: Sequence[datetime]) -> list[str]:
        if self.unit in LABELS:
            return [date_format(start, LABELS[self.unit]) for start in starts]
        # A week has 168 hours: Django is asked for the names of its days alone.
        names = {day: date_format(day, "D") for day in {start.date() for start in starts}}
        return [f"{names[start.date()]} {start:%H:%M}" for start in starts]


def axis(name: str, now: datetime, first: datetime | None) -> Axis:
    """The bars of a range; `first` is when all time began."""
    match name:
        case "7d":
            return hours(now, 7 * 24)
        case "30d" | "90d":
            return days(now, int(name[:-1]))
        case "all":
            return all_time(now, first)
    return hours(now, 24)


def hours(now: datetime, number: int) -> Axis:
    """The last hours, the running one last. By elapsed time: a repeated hour is two bars."""
    this = timezone.localtime(now).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return Axis("hour", [this + timedelta(hours=n) for n in range(1 - number, 2)])


def days(now: datetime, number: int) -> Axis:
    """The last days, today last. By the calendar: a day has 23 to 25 hours."""
    today = _naive(now)
    return Axis("day", [_midnight(today + timedelta(days=n)) for n in range(1 - number, 2)])


def all_time(now: datetime, first: datetime | None) -> Axis:
    """From the first attempt on: by day for three months, else by month."""
    begin = _naive(first or now - timedelta(days=29))
    number = (_naive(now) - begin).days + 1
    if number <= MOST_DAYS:
        return days(now, number)
    months = [begin.replace(day=1)]
    while months[-1] <= _naive(now):
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    return Axis("month", [_midnight(month) for month in months])


def _naive(moment: datetime) -> datetime:
    """The date of a moment here, at 00:00 and without a zone, to count days with."""
    local = timezone.localtime(moment)
    return local.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)


def _midnight(day: datetime) -> datetime:
    """When a day begins. Where the clock skips midnight, that is the moment of the change."""
    return timezone.make_aware(day).astimezone(UTC)
