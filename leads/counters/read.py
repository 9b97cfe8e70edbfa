"""The counters: every figure of a page, read in one statement and so at one instant.

The work is the same however many leads there are: the totals are few, a span of time is made of
whole days, hours and quarter hours, and what is not folded yet is small.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Min, Q

from leads.counters.held import kind_of
from leads.models import CounterDelta, CounterRollup
from leads.models.counters import PENDING, TIMELESS
from leads.reasons import ResponseCode

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


class Split(NamedTuple):
    """Attempts by what they came to."""

    inserted: int = 0
    failed: int = 0

    @property
    def sent(self) -> int:
        """All of them."""
        return self.inserted + self.failed


@dataclass
class Counters:
    """All counters of a page."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """All time, by (kind, outcome, reason)."""
    sites: dict[int, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    """All time, by site and (kind, outcome)."""
    bars: list[Split] = field(default_factory=list)
    """Attempts of each span that was asked for."""

    def count(self, kind: str, outcome: str, reason: str | None = None) -> int:
        """A counter of all time; without a reason over all of them."""
        if reason is not None:
            return self.counts[kind, outcome, reason]
        return sum(n for key, n in self.counts.items() if key[:2] == (kind, outcome))

    def reasons(self, outcome: str) -> list[tuple[str, int]]:
        """Leads in this status by reason, the most frequent first; counters of 0 left out."""
        of_reason = {
            reason: n
            for (kind, status, reason), n in self.counts.items()
            if kind == CounterDelta.Kind.LEAD and status == outcome and n
        }
        return sorted(of_reason.items(), key=lambda item: (-item[1], item[0]))


def read(bounds: Sequence[datetime] = (), sites: bool = False) -> Counters:
    """The counters now; with the attempts between each two of `bounds`, and by site where asked."""
    counters, bars = Counters(), [Counter[str]() for _ in bounds[1:]]
    for part, counted, number, outcome, reason, quarter, amount in _rows(bounds, sites):
        kind = kind_of(counted, outcome, reason)
        if part in ("all", "pending"):
            counters.counts[kind, outcome, reason] += amount
        if sites and part in ("site", "pending"):
            counters.sites[number][kind, outcome] += amount
        if part == "bar":
            bars[number][outcome] += amount
        if part == "pending" and quarter and kind == CounterDelta.Kind.ATTEMPT:
            bar = bisect_right(bounds, _moment(quarter)) - 1
            if 0 <= bar < len(bars):
                bars[bar][outcome] += amount
    inserted = str(ResponseCode.INSERTED.value)
    counters.bars = [Split(bar[inserted], bar.total() - bar[inserted]) for bar in bars]
    return counters


def version() -> tuple[int, ...]:
    """Changes with every change of a counter: folds are counted, between folds loose rows grow.

    The ids are in it for the day when somebody empties the tables: counts begin anew, ids do not.
    """
    with connection.cursor() as cursor:
        # One statement, or a fold in between would show an old number with a new one.
        cursor.execute(
            "SELECT (SELECT SUM(amount) FROM leads_total WHERE grain = 'fold'), "  # noqa: S608 - a constant of ours
            "(SELECT MAX(id) FROM leads_total WHERE grain = 'fold'), "
            f"COUNT(*), MAX(id) FROM leads_figure WHERE {PENDING}"
        )
        return tuple(int(part or 0) for part in cursor.fetchone())


def first_attempt() -> datetime | None:
    """The quarter hour of the first counted attempt, to the day where it is folded; or None."""
    folded = CounterRollup.objects.filter(
        grain=CounterRollup.Grain.DAY, kind=CounterDelta.Kind.ATTEMPT, site_pk=0
    ).aggregate(first=Min("start"))["first"]
    # By a filter of the aggregate: with the kind in WHERE, databases look for a pending row along
    # the index of all quarter hours, and find it at the far end. 1 s with 1.6 million figures.
    first = Min("quarter", filter=Q(kind=CounterDelta.Kind.ATTEMPT))
    moments = [folded, CounterDelta.objects.pending().aggregate(first=first)["first"]]
    return min((moment for moment in moments if moment), default=None)


def cover(start: datetime, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """The span as whole days of UTC, hours and quarter hours: as few and as large as can be.

    Both ends lie on a quarter hour, as the offsets of all time zones in use do.
    """
    hour_in, hour_out = min(_up(start, HOUR), end), max(down(end, HOUR), start)
    day_in = min(_up(hour_in, DAY), hour_out)
    day_out = max(down(hour_out, DAY), day_in)
    parts = (
        (CounterRollup.Grain.QUARTER, start, hour_in),
        (CounterRollup.Grain.HOUR, hour_in, day_in),
        (CounterRollup.Grain.DAY, day_in, day_out),
        (CounterRollup.Grain.HOUR, max(day_in, day_out), hour_out),
        (CounterRollup.Grain.QUARTER, max(hour_in, hour_out), end),
    )
    return ((grain, since, until) for grain, since, until in parts if since < until)


def down(moment: datetime, unit: timedelta) -> datetime:
    """The beginning of the quarter hour, hour or day of UTC that a moment lies in."""
    return moment - (moment - TIMELESS) % unit


def _up(moment: datetime, unit: timedelta) -> datetime:
    return down(moment + unit - timedelta(microseconds=1), unit)


ALL = "SELECT 'all', kind, 0, outcome, reason, NULL, amount FROM leads_total WHERE grain = 'all'"
SITES = (
    "SELECT 'site', kind, site_pk, outcome, reason, NULL, amount "
    "FROM leads_total WHERE grain = 'site'"
)
# A subquery for each part of a bar: PostgreSQL joins with all totals there are (260 ms).
BARS = " UNION ALL ".join(
    f"SELECT 'bar', 'attempt', bar, '{code}', '', NULL, COALESCE((SELECT SUM(amount) "  # noqa: S608 - numbers of ours
    "FROM leads_total WHERE leads_total.grain = span.grain AND kind = 'attempt' AND site_pk = 0 "
    f"AND start >= since AND start < until AND outcome = '{code}'), 0) FROM span"
    for code in ResponseCode.values
)


def loose(bars: bool, sites: bool) -> str:
    """What is not folded yet, in no more groups than somebody asked for: each is a row to carry."""
    site = "site_id" if sites else "0"
    quarter = "CASE kind WHEN 'attempt' THEN quarter END" if bars else "NULL"
    return (
        f"SELECT 'pending', kind, {site}, outcome, reason, {quarter}, SUM(amount - rolled) "  # noqa: S608 - constants of ours
        f"FROM leads_figure WHERE {PENDING} GROUP BY 2, 3, 4, 5, 6"
    )


def _rows(bounds: Sequence[datetime], sites: bool) -> list[tuple[Any, ...]]:
    """(part, kind, site or bar, outcome, reason, quarter, amount): everything in one statement."""
    to = writer()
    spans = [
        (bar, grain, to(since), to(until))
        for bar, (start, end) in enumerate(itertools.pairwise(bounds))
        for grain, since, until in cover(start, end)
    ]
    parts = [ALL, loose(bool(spans), sites), *[SITES] * sites, *[BARS] * bool(spans)]
    statement = " UNION ALL ".join(parts)
    if spans:
        marks = ", ".join(["(%s, %s, %s, %s)"] * len(spans))
        statement = f"WITH span (bar, grain, since, until) AS (VALUES {marks}) {statement}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [cell for span in spans for cell in span])
        # PostgreSQL's sums of large numbers are decimals.
        return [(*row[:-1], int(row[-1])) for row in cursor.fetchall()]


def writer() -> Callable[[datetime], Any]:
    """What makes a moment one as the database's columns hold it; for the thread's connection."""
    to: Callable[[datetime], Any] = connection.ops.adapt_datetimefield_value
    return to


def _moment(value: datetime | str) -> datetime:
    """A moment as it came from a cursor: SQLite has text, in UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
