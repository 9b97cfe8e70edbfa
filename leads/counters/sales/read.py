"""Reading sales: of the leads of a span by source, campaign or site, how many were delivered,
converted and won, and for how much in each currency.

Amounts of several currencies are never added up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Sum

from leads.counters.attribution import VALUES
from leads.counters.breakdown import crossed_since
from leads.counters.overview import WORDS, before, names_of, of_before
from leads.counters.spans import MOST, Counts, Dimension, Key, Reader, Span, total_of
from leads.models import SalesCounter
from leads.models.counters import TIMELESS
from leads.models.sales import SalesCounterQuerySet
from leads.store import database

GROUPS = (
    Dimension.CAMPAIGN.value,
    Dimension.SOURCE.value,
    Dimension.CROSSED.value,
    Dimension.SITE.value,
)
SUMS = {name: Sum(name) for name in SalesCounter.COUNTS}


class Amount(NamedTuple):
    """Deals won in one currency, and what they come to in thousandths."""

    won: int = 0
    thousandths: int = 0


@dataclass(frozen=True)
class Sold:
    """What became of leads that were delivered; amounts by currency, none where it is unknown."""

    converted: int = 0
    amounts: Mapping[str, Amount] = field(default_factory=dict)

    def __add__(self, other: Sold) -> Sold:
        return self._with(other, 1)

    def __sub__(self, other: Sold) -> Sold:
        return self._with(other, -1)

    def __bool__(self) -> bool:
        return bool(self.converted or self.amounts)

    def _with(self, other: Sold, sign: int) -> Sold:
        codes = sorted({*self.amounts, *other.amounts})
        pairs = ((code, self.of(code), other.of(code)) for code in codes)
        added = {
            code: Amount(a.won + sign * b.won, a.thousandths + sign * b.thousandths)
            for code, a, b in pairs
        }
        left = {code: amount for code, amount in added.items() if any(amount)}
        return Sold(self.converted + sign * other.converted, left)

    def of(self, code: str) -> Amount:
        """In one currency."""
        return self.amounts.get(code, Amount())

    @property
    def won(self) -> int:
        """Deals won, whatever their currency."""
        return sum(amount.won for amount in self.amounts.values())


class SalesLine(NamedTuple):
    """One value, or several together."""

    key: Key
    name: str
    leads: Counts
    sold: Sold


@dataclass(frozen=True)
class Sales:
    """A span whole, and by one dimension, what sold first; the lines add up to the whole."""

    dimension: str
    total: SalesLine
    lines: Sequence[SalesLine]
    rest: Sequence[SalesLine]
    """What is no single value: all others, and leads of before there were campaigns."""


def sales(span: Span, dimension: str, sites: Sequence[int] | None = None) -> Sales:
    """What became of the leads received in a span, of these sites alone where some are given."""
    with database.snapshot():
        reader = Reader.now(sites)
        every = by_dimension(span, sites)
        sold = by_value(span, dimension, sites)
        leads = reader.by(dimension, span)
        missing = best_first({key: one for key, one in sold.items() if key not in leads})[:MOST]
        if missing:
            wanted = [str(key) for key in missing]
            more = reader.by(dimension, span, wanted) if dimension in VALUES else {}
            leads |= {key: more.get(key, Counts()) for key in missing}
        whole = reader.total(span)
        known = reader.known(span, dimension) if dimension in VALUES else whole.leads()
    shown = {key: sold.get(key, Sold()) for key in leads}
    names = names_of(dimension, leads)
    order = best_first(shown, leads)
    lines = [SalesLine(key, names[key], leads[key].leads(), shown[key]) for key in order]
    all_sold, known_sold = every.get(Dimension.SITE.value, Sold()), every.get(dimension, Sold())
    seen = SalesLine(
        "", "", total_of(line.leads for line in lines), _sold(line.sold for line in lines)
    )
    rest = [
        SalesLine(
            "", str(WORDS[dimension].every_other), known - seen.leads, known_sold - seen.sold
        ),
        SalesLine("", _of_before(dimension), whole.leads() - known, all_sold - known_sold),
    ]
    total = SalesLine("", "", whole.leads(), all_sold)
    return Sales(dimension, total, lines, [line for line in rest if line.leads or line.sold])


def _of_before(dimension: str) -> str:
    since = crossed_since() if dimension == Dimension.CROSSED else TIMELESS
    return before(since) if since > TIMELESS else of_before()


def by_value(span: Span, dimension: str, sites: Sequence[int] | None) -> dict[Key, Sold]:
    """What was sold by each value of a dimension; by each site's id for sites."""
    key = "site_pk" if dimension == Dimension.SITE else "value"
    rows = SalesCounter.objects.filter(dimension=dimension)
    return _read(rows.within(span.parts()).of_sites(sites), key)


def by_dimension(span: Span, sites: Sequence[int] | None) -> dict[Key, Sold]:
    """All that was sold, as far as each dimension knows of it."""
    return _read(SalesCounter.objects.within(span.parts()).of_sites(sites), "dimension")


def best_first(sold: Mapping[Key, Sold], leads: Mapping[Key, Counts] | None = None) -> list[Key]:
    """By deals won, then by what was converted, then by how many leads there are."""
    counts = leads or {}

    def rank(key: Key) -> tuple[int, int, int, str]:
        here = counts.get(key, Counts())
        return (-sold[key].won, -sold[key].converted, -here.received, str(key))

    return sorted(sold, key=rank)


def _read(rows: SalesCounterQuerySet, key: str) -> dict[Key, Sold]:
    found: defaultdict[Key, Sold] = defaultdict(Sold)
    added = rows.order_by().values(key, "currency").annotate(**SUMS)
    for row in added:
        amount = Amount(int(row["won"]), int(row["amount"]))
        amounts = {row["currency"]: amount} if any(amount) else {}
        found[row[key]] += Sold(int(row["converted"]), amounts)
    return dict(found)


def _sold(sold: Iterable[Sold]) -> Sold:
    return sum(sold, Sold())
