"""Reading the breakdown: what became of the leads of a span of time, by any dimension.

The work does not grow with the leads: a span is made of days and hours, values are few, and what is
not folded yet is small. Whoever may see some sites only passes these in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, Sum

from leads.counters.attribution import VALUES, parts_of
from leads.counters.breakdown import Mark, count_of, crossed_since
from leads.counters.deltas import rate
from leads.counters.held import kind_of
from leads.counters.read import DAY, HOUR, cover, down, writer
from leads.models import Breakdown, CounterDelta, CounterRollup
from leads.models.counters import EVERY_SITE, TIMELESS

Grain, Dimension = Breakdown.Grain, Breakdown.Dimension
MOST = 200
"""Values of a dimension that are read, the worst first; all others are one."""


@dataclass(frozen=True)
class Counts:
    """Leads by where they stand, and the attempts made in the same time."""

    under_way: int = 0
    delivered: int = 0
    entered: int = 0
    failed: int = 0
    held: int = 0
    spam: int = 0
    discarded: int = 0
    prompt: int = 0
    inserted: int = 0
    refused: int = 0

    @classmethod
    def of(cls, added: Iterable[Any]) -> Counts:
        """From what a statement of `SUMS` adds up; of no row it is nothing."""
        return cls(*(int(n or 0) for n in added))

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, n) + getattr(other, n) for n in NAMES))

    def __sub__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, n) - getattr(other, n) for n in NAMES))

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in NAMES)

    def leads(self) -> Counts:
        """Without the attempts, which have no campaign."""
        return replace(self, inserted=0, refused=0)

    @property
    def received(self) -> int:
        """All leads, whatever became of them."""
        return self.sent_on + self.held + self.spam

    @property
    def sent_on(self) -> int:
        """Leads that no rule of ours kept back: the whole of every rate."""
        return self.under_way + self.delivered + self.entered + self.failed + self.discarded

    @property
    def outcome_rate(self) -> Decimal | None:
        """In the CRM, of those that are no longer on their way."""
        return rate(self.delivered, self.sent_on - self.under_way)

    @property
    def prompt_share(self) -> Decimal | None:
        """In the CRM within 60 seconds, of all that were sent on."""
        return rate(self.prompt, self.sent_on)

    @property
    def success_rate(self) -> Decimal | None:
        """13003 of all attempts."""
        return rate(self.inserted, self.inserted + self.refused)


NAMES = tuple(field.name for field in fields(Counts))
SUMS = ", ".join(f"SUM({name})" for name in NAMES)


@dataclass(frozen=True)
class Span:
    """From one full hour of UTC to another; from the very beginning where it has no first one."""

    since: datetime | None
    until: datetime

    @classmethod
    def of(cls, since: datetime | None, until: datetime) -> Span:
        """The hours that these moments lie in, the last one whole."""
        end = down(until.astimezone(UTC) + HOUR - timedelta(microseconds=1), HOUR)
        return cls(down(since.astimezone(UTC), HOUR) if since else None, end)

    def parts(self) -> Iterator[tuple[str, datetime, datetime]]:
        """As whole days and hours, as few as can be."""
        if self.since is None:
            yield Grain.ALL, TIMELESS, TIMELESS + DAY
        else:
            yield from cover(self.since, self.until)

    def holds(self, quarter: datetime) -> bool:
        """Whether a quarter hour is within. What is of all time asks for no end."""
        return self.since is None or self.since <= quarter < self.until


Key = int | str
"""A site's id, or a value."""


class Loose(NamedTuple):
    """Leads or attempts that are not folded yet."""

    quarter: datetime
    values: Mapping[str, Key]
    """By dimension."""
    name: str
    """Of a count."""
    amount: int


@dataclass(frozen=True)
class Reader:
    """The breakdown at one instant, of these sites; of all for None.

    By statements of its own: the ORM takes longer to write one than the database to answer it, and
    a page asks for ten.
    """

    sites: Sequence[int] | None
    loose: Sequence[Loose]
    together: bool
    """Whether the rows of all sites may be read for those of each."""
    leads: int
    """How many leads the totals know."""

    @classmethod
    def now(cls, sites: Sequence[int] | None = None) -> Reader:
        """Belongs into `database.snapshot()`, with all that it reads."""
        rows = CounterDelta.objects.pending().filter(folded=False)
        rows = rows if sites is None else rows.filter(site__in=sites)
        key = ("kind", "site_id", "quarter", "outcome", "reason", "attribution")
        found = rows.order_by().values_list(*key).annotate(n=Sum(F("amount") - F("rolled")))
        loose = []
        for kind, site, quarter, out, reason, by, n in found:
            if name := count_of(kind_of(kind, out, reason), out, reason):
                values = {Dimension.SITE: site, Dimension.REASON: reason, **parts_of(by)}
                loose.append(Loose(quarter, values, name, int(n)))
        totals = _totals(sites)
        together = sites is None and totals.get(Mark.FOLD, 0) == totals.get(Mark.EVERY, 0)
        return cls(sites, loose, together, totals.get(CounterRollup.Grain.SITE, 0))

    def total(self, span: Span) -> Counts:
        """All leads and attempts of the span."""
        return total_of(self.by(Dimension.SITE, span).values())

    def by(
        self, dimension: str, span: Span, values: Sequence[str] | None = None
    ) -> dict[Key, Counts]:
        """The counts of a span by site or value, of up to 200 values, or of these."""
        return self.by_each(span, {dimension: values})[dimension]

    def by_each(
        self, span: Span, wanted: Mapping[str, Sequence[str] | None]
    ) -> dict[str, dict[Key, Counts]]:
        """The same by several dimensions, each with the values that are asked for; None for all."""
        parts = [self._added(dimension, span, values) for dimension, values in wanted.items()]
        added: dict[str, dict[Key, Counts]] = {dimension: {} for dimension in wanted}
        for dimension, site, value, *sums in _read(parts):
            added[dimension][site if dimension == Dimension.SITE else value] = Counts.of(sums)
        return {name: self._with_loose(name, span, found) for name, found in added.items()}

    def known(self, span: Span, dimension: str = Dimension.SOURCE) -> Counts:
        """All leads of the span that have a source; they have a campaign and a page, too."""
        where, given = self._where(dimension, span)
        [sums] = _read([(f"SELECT {SUMS} FROM leads_breakdown WHERE {where}", given)])  # noqa: S608 - names of ours
        return total_of([Counts.of(sums), *self._loose(dimension, span).values()])

    def unaccounted(self) -> int:
        """Leads that the totals know and the breakdown does not, or the other way round."""
        everything = Span(None, TIMELESS)
        loose = total_of(self._loose(Dimension.SITE, everything).values())
        return abs(self.leads - (self.total(everything) - loose).received)

    def _added(self, dimension: str, span: Span, values: Sequence[str] | None) -> Statement:
        """What adds up (dimension, site, value, counts) for each site or value."""
        where, given = self._where(dimension, span)
        if dimension == Dimension.SITE:
            what = f"SELECT %s, site_pk, '', {SUMS} FROM leads_breakdown WHERE {where}"  # noqa: S608 - names of ours
            return f"{what} GROUP BY site_pk", [dimension, *given]
        what = f"SELECT %s, 0, value, {SUMS} FROM leads_breakdown WHERE {where}"  # noqa: S608 - names of ours
        if values is not None:
            # Not the column itself: PostgreSQL would walk the index of the span once a value.
            what, given = f"{what} AND value || '' IN ({_marks(values)})", [*given, *values]
        what = f"{what} GROUP BY value"
        if dimension in VALUES:
            worst = f"ORDER BY SUM(failed) DESC, SUM(delivered) DESC, value LIMIT {MOST}"
            what = f"SELECT * FROM ({what} {worst}) AS worst"  # noqa: S608 - names of ours
        return what, [dimension, *given]

    def _where(self, dimension: str, span: Span) -> Statement:
        """Which rows are those of a span by a dimension."""
        to = writer()
        parts = [(grain, to(since), to(until)) for grain, since, until in span.parts()]
        within = " OR ".join(["(grain = %s AND start >= %s AND start < %s)"] * len(parts))
        given = [dimension, *(cell for part in parts for cell in part)]
        where = f"dimension = %s AND ({within or 'grain IS NULL'})"
        if self.sites is not None:
            return f"{where} AND site_pk IN ({_marks(self.sites)})", [*given, *self.sites]
        together = self.together and dimension in VALUES
        return f"{where} AND site_pk {'=' if together else '<>'} {EVERY_SITE}", given

    def _with_loose(
        self, dimension: str, span: Span, found: dict[Key, Counts]
    ) -> dict[Key, Counts]:
        for value, counts in self._loose(dimension, span).items():
            # Of a value that is not among these nothing is known, nor of what it is part of.
            if dimension not in VALUES or value in found or len(found) < MOST:
                found[value] = found.get(value, Counts()) + counts
        return {value: counts for value, counts in found.items() if counts}

    def _loose(self, dimension: str, span: Span) -> dict[Key, Counts]:
        first = crossed_since() if dimension == Dimension.CROSSED else TIMELESS
        found: defaultdict[Key, Counter[str]] = defaultdict(Counter)
        for quarter, values, name, amount in self.loose:
            if dimension in values and quarter >= first and span.holds(quarter):
                found[values[dimension]][name] += amount
        return {value: Counts(**counts) for value, counts in found.items()}


Statement = tuple[str, list[Any]]
"""SQL, and what it is given."""


def _read(parts: Sequence[Statement]) -> list[tuple[Any, ...]]:
    """The rows of several, in one go."""
    with connection.cursor() as cursor:
        given = [cell for _part, cells in parts for cell in cells]
        cursor.execute(" UNION ALL ".join(part for part, _cells in parts), given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _marks(values: Sequence[Any]) -> str:
    """Places for values; for none what is equal to nothing."""
    return ", ".join(["%s"] * len(values)) or "NULL"


def _totals(sites: Sequence[int] | None) -> dict[str, int]:
    """By grain: the leads of these sites, and the folds that were made and that all sites hold."""
    leads = Q(grain=CounterRollup.Grain.SITE, kind=CounterDelta.Kind.LEAD)
    leads &= Q() if sites is None else Q(site_pk__in=sites)
    marks = Q(grain__in=[Mark.FOLD, Mark.EVERY], kind="", site_pk=EVERY_SITE)
    rows = CounterRollup.objects.filter(leads | marks).order_by().values_list("grain")
    return {grain: int(n) for grain, n in rows.annotate(n=Sum("amount"))}


def worst_first(found: Mapping[Key, Counts]) -> dict[Key, Counts]:
    """By how many failed, then by how many there are."""
    ranked = sorted(found.items(), key=lambda item: (-item[1].failed, -item[1].received, item[0]))
    return dict(ranked)


def total_of(counts: Iterable[Counts]) -> Counts:
    """All together."""
    return sum(counts, Counts())
