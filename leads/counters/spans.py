"""Reading the breakdown: what became of the leads of a span of time, by any dimension.

The work does not grow with the leads: a span is made of days and hours, values are few, and what is
not folded yet is small. Whoever may see some sites only passes these in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Concat

from leads.counters.attribution import VALUES, parts_of
from leads.counters.breakdown import Mark, count_of, crossed_since
from leads.counters.deltas import rate
from leads.counters.held import kind_of
from leads.counters.read import DAY, HOUR, cover, down
from leads.models import Breakdown, CounterDelta, CounterRollup
from leads.models.breakdown import BreakdownQuerySet
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
    def of(cls, given: Mapping[str, Any]) -> Counts:
        """From what a query adds up; what is not there is 0."""
        return cls(**{name: int(given.get(name) or 0) for name in NAMES})

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
SUMS = {name: Sum(name) for name in NAMES}


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


@dataclass(frozen=True)
class Reader:
    """The breakdown at one instant, of these sites; of all for None."""

    sites: Sequence[int] | None
    loose: Sequence[tuple[int, datetime, str, str, str, int]]
    """(site, quarter hour, count, reason, attribution, amount) of what is not folded."""
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
        named = (
            (site, quarter, count_of(kind_of(kind, out, reason), out, reason), reason, by, int(n))
            for kind, site, quarter, out, reason, by, n in found
        )
        totals = _totals(sites)
        together = sites is None and totals.get(Mark.FOLD, 0) == totals.get(Mark.EVERY, 0)
        loose = [row for row in named if row[2]]
        return cls(sites, loose, together, totals.get(CounterRollup.Grain.SITE, 0))

    def total(self, span: Span) -> Counts:
        """All leads and attempts of the span."""
        return sum(self.by(Dimension.SITE, span).values(), Counts())

    def by(
        self, dimension: str, span: Span, values: Sequence[str] | None = None
    ) -> dict[Key, Counts]:
        """The counts of a span by site or value, of up to 200 values, or of these."""
        key = "site_pk" if dimension == Dimension.SITE else "value"
        rows = self._rows(dimension, span)
        if values is not None:
            # Not the column itself: PostgreSQL would walk the index of the span once a value.
            rows = rows.alias(named=Concat("value", Value(""))).filter(named__in=values)
        added = rows.order_by().values(key).annotate(**SUMS)
        if dimension in VALUES:
            added = added.order_by("-failed", "-delivered", key)[:MOST]
        found = defaultdict(Counts, {row[key]: Counts.of(row) for row in added})
        for value, counts in self._loose(dimension, span):
            # Of a value that is not among these nothing is known, nor of what it is part of.
            if dimension not in VALUES or value in found or len(found) < MOST:
                found[value] += counts
        return {value: counts for value, counts in found.items() if counts}

    def known(self, span: Span, dimension: str = Dimension.SOURCE) -> Counts:
        """All leads of the span that have a source; they have a campaign and a page, too."""
        added = Counts.of(self._rows(dimension, span).aggregate(**SUMS))
        return total_of([added, *(n for _, n in self._loose(dimension, span))])

    def _rows(self, dimension: str, span: Span) -> BreakdownQuerySet:
        rows = Breakdown.objects.filter(dimension=dimension).within(span.parts())
        together = self.together and dimension in VALUES
        return rows.of_every_site() if together else rows.of_sites(self.sites)

    def _loose(self, dimension: str, span: Span) -> Iterator[tuple[Key, Counts]]:
        first = crossed_since() if dimension == Dimension.CROSSED else TIMELESS
        for site, quarter, name, reason, attribution, n in self.loose:
            if not span.holds(quarter) or quarter < first:
                continue
            named: dict[str, Key] = {Dimension.SITE: site, Dimension.REASON: reason}
            value = (named | parts_of(attribution)).get(dimension)
            if value is not None:
                yield value, Counts(**{name: n})

    def unaccounted(self) -> int:
        """Leads that the totals know and the breakdown does not, or the other way round."""
        everything = Span(None, TIMELESS)
        rows = self.by(Dimension.SITE, everything).values()
        loose = (counts for _site, counts in self._loose(Dimension.SITE, everything))
        return abs(self.leads - (sum(rows, Counts()) - sum(loose, Counts())).received)


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
