"""Received: how many leads came in, by site, day by day, for lines over many days.

How many came in within an hour never changes once it is over: what becomes of a lead moves it from
one outcome to another, and the sum over the outcomes stays. So each hour is summed late and once,
out of the figures, which remain the truth; where no sum is made yet, the figures are read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import TruncDay, TruncHour

from leads.counters.compaction import TOTAL_KEY
from leads.counters.deltas import sums
from leads.counters.read import DAY, HOUR, QUARTER, cover, down, writer
from leads.models import CounterDelta, CounterRollup, Site
from leads.models.counters import EVERY_SITE
from leads.store.rows import insert_rows

Span = tuple[int, str, datetime, datetime]
"""(day, grain, since, until): a part of a day."""

LEAD = CounterDelta.Kind.LEAD
LATE = timedelta(minutes=15)
"""A lead counts in the hour it was received in, and is on disk a moment later."""
HISTORY = timedelta(days=32)
"""How far back the first sums go: further than any line."""


def roll_up(now: datetime) -> int:
    """Sum the hours and days that are over and were not summed; how many sums there are.

    From the beginning of the last day on, so that days are made of hours. Two at once, or one
    after the other, write the same.
    """
    until, known = down(now - LATE, HOUR), summed_until()
    if known and until <= known:
        return 0
    since = down((known or until - HISTORY) - HOUR, DAY)
    by_hour = sums(
        (LEAD,), Site.objects.values("pk"), since, "site_id", TruncHour("quarter", tzinfo=UTC)
    )
    made: Counter[tuple[str, int, datetime]] = Counter()
    # There even if nothing came in: it says how far the sums go.
    made[CounterRollup.Grain.HOUR, EVERY_SITE, until - HOUR] = 0
    for (site, hour), n in by_hour.items():
        if hour >= until:
            continue
        made[CounterRollup.Grain.HOUR, site, hour] += n
        made[CounterRollup.Grain.HOUR, EVERY_SITE, hour] += n
        if (day := down(hour, DAY)) + DAY <= until:
            made[CounterRollup.Grain.DAY, site, day] += n
    rows = [(grain, LEAD, site, start, "", "", n) for (grain, site, start), n in made.items()]
    with transaction.atomic():
        insert_rows(
            *(CounterRollup, (*TOTAL_KEY, "amount"), sorted(rows)),
            f"ON CONFLICT ({', '.join(TOTAL_KEY)}) DO UPDATE SET amount = EXCLUDED.amount",
        )
    return len(rows)


def summed_until() -> datetime | None:
    """The end of the last hour that is summed."""
    hours = CounterRollup.objects.filter(
        grain=CounterRollup.Grain.HOUR, kind=LEAD, site_pk=EVERY_SITE
    )
    last = hours.aggregate(last=Max("start"))["last"]
    return last + HOUR if last else None


def by_day(sites: Sequence[int], bounds: Sequence[datetime]) -> dict[int, list[int]]:
    """Leads received on each day, by site; the days begin and end at the bounds.

    Of the last month: sums go back no further. What no hour or day holds whole is read from the
    figures: what is not summed yet, and in some zones the hour within which a day begins.
    """
    lines = {site: [0] * (len(bounds) - 1) for site in sites}
    if not sites:
        return lines
    known = max(summed_until() or bounds[0], bounds[0])
    spans = [
        (day, grain, since, until)
        for day, (start, end) in enumerate(pairwise(bounds))
        for grain, since, until in cover(start, max(start, min(end, known)))
    ]
    for site, day, n in _summed(
        sites, [span for span in spans if span[1] != CounterRollup.Grain.QUARTER]
    ):
        lines[site][day] += n
    columns = ("site_id", TruncDay("quarter"))
    read = sums((LEAD,), sites, known, *columns)
    if edges := [quarter for span in spans for quarter in _quarters(*span[1:])]:
        read.update(sums((LEAD,), sites, bounds[0], *columns, quarter__in=edges))
    for (site, began), n in read.items():
        lines[site][bisect_right(bounds, began, 1, len(bounds) - 1) - 1] += n
    return lines


def _quarters(grain: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """The quarter hours of a span that is cut into them."""
    while grain == CounterRollup.Grain.QUARTER and since < until:
        yield since
        since += QUARTER


def _summed(sites: Sequence[int], spans: Sequence[Span]) -> Iterator[tuple[int, int, int]]:
    """(site, day, leads) from the sums."""
    if not spans:
        return
    to = writer()
    cells = [(day, grain, to(since), to(until)) for day, grain, since, until in spans]
    # A subquery for each part of a day and site, as the counters have it: a step into the index.
    statement = (
        f"WITH span (day, grain, since, until) AS (VALUES {marks(4, len(cells))}), "  # noqa: S608 - question marks
        f"shown (site) AS (VALUES {marks(1, len(sites))}) "
        "SELECT site, day, COALESCE((SELECT SUM(amount) FROM leads_total "
        "WHERE leads_total.grain = span.grain AND kind = 'lead' AND site_pk = site "
        "AND start >= since AND start < until), 0) FROM span CROSS JOIN shown"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(cell for span in cells for cell in span), *sites])
        yield from ((site, day, int(n)) for site, day, n in cursor.fetchall())


def marks(columns: int, rows: int) -> str:
    """Places for the values of so many rows."""
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)
