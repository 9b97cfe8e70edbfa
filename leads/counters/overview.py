"""The manager's minute: a span of time beside the same span before, whole and by every dimension.

Read at one instant, for the dashboard, its CSV, the weekly report and the wallboard alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.counters import attribute
from leads.counters.attribution import DIMENSIONS, NONE
from leads.counters.breakdown import Dimension
from leads.counters.spans import Counts, Key, Reader, Span, total_of, worst_first
from leads.models import Breakdown, Lead, Site, Source
from leads.reasons import Reason
from leads.store import database


class Words(NamedTuple):
    """What a table is called and says, by its dimension."""

    heading: Promise
    title: Promise
    every_other: Promise
    none: Promise = gettext_lazy("none")
    other: Promise = gettext_lazy("other")


TITLES = {
    Dimension.SITE.value: Words(
        gettext_lazy("Site"), gettext_lazy("By site"), gettext_lazy("all other sites")
    ),
    Dimension.REASON.value: Words(
        gettext_lazy("Reason"),
        gettext_lazy("By reason"),
        gettext_lazy("all other reasons"),
        gettext_lazy("no reason"),
    ),
    Dimension.SOURCE.value: Words(
        gettext_lazy("Source"), gettext_lazy("By source"), gettext_lazy("all other sources")
    ),
    Dimension.CAMPAIGN.value: Words(
        gettext_lazy("Campaign"),
        gettext_lazy("By campaign"),
        gettext_lazy("all other campaigns"),
        gettext_lazy("no campaign"),
        gettext_lazy("other campaigns"),
    ),
    Dimension.PAGE.value: Words(
        gettext_lazy("Page"),
        gettext_lazy("By page"),
        gettext_lazy("all other pages"),
        gettext_lazy("no page"),
        gettext_lazy("other pages"),
    ),
}
"""The tables of the dashboard."""
WORDS = TITLES | {
    Dimension.CROSSED.value: Words(
        gettext_lazy("Source and campaign"),
        gettext_lazy("By source and campaign"),
        gettext_lazy("all others"),
        other=gettext_lazy("others"),
    ),
}
"""These, and what sales stand by beside them."""


@dataclass(frozen=True)
class Line:
    """One value of a dimension, or several together."""

    key: Key
    name: str
    now: Counts
    before: Counts


@dataclass(frozen=True)
class Table:
    """All values of a dimension, the worst first; with the others and the unknown, the whole."""

    dimension: str
    lines: Sequence[Line]
    others: Line | None = None
    unknown: Line | None = None
    """Leads of before, that have no such value yet."""

    @property
    def words(self) -> Words:
        """What it is called."""
        return TITLES[self.dimension]

    @property
    def rest(self) -> list[Line]:
        """What is no single value."""
        return [line for line in (self.others, self.unknown) if line]

    def first(self, most: int) -> Table:
        """With so many lines, and all others as one."""
        if len(self.lines) <= most:
            return self
        rest = [*self.lines[most:], *([self.others] if self.others else [])]
        now, before = total_of(line.now for line in rest), total_of(line.before for line in rest)
        return replace(
            self, lines=self.lines[:most], others=Line("", str(self.words.every_other), now, before)
        )


@dataclass(frozen=True)
class Overview:
    """Everything about a span."""

    span: Span
    past: Span | None
    """The same span before; None where there is none: of all time."""
    now: Counts
    before: Counts
    tables: Mapping[str, Table]
    known: Counts
    """How much of the span has an attribution; of no other lead is it known when it arrived."""
    known_before: Counts
    unaccounted: int
    """Leads that are in no count; anything but 0 is a fault of ours."""


def overview(
    span: Span,
    past: Span | None,
    sites: Sequence[int] | None = None,
    dimensions: Iterable[str] = tuple(TITLES),
) -> Overview:
    """A span and the one before, of these sites alone where some are given."""
    wanted = (Dimension.SITE.value, *dimensions)
    with database.snapshot():
        reader = Reader.now(sites)
        now = Whole.of(reader, span, dict.fromkeys(wanted))
        before = Whole.of(reader, past, {name: now.values(name) for name in wanted})
        unaccounted = reader.unaccounted()
    unknown = [one.all.leads() - one.known for one in (now, before)]
    line = Line("", of_before(), *unknown) if any(unknown) else None
    tables = {name: _table(name, now, before, line) for name in dimensions}
    return Overview(span, past, now.all, before.all, tables, now.known, before.known, unaccounted)


@dataclass(frozen=True)
class Whole:
    """A span by each dimension, and how much of it has a source, campaign and page."""

    by: Mapping[str, Mapping[Key, Counts]]
    all: Counts
    """All leads and attempts of the span."""
    known: Counts

    @classmethod
    def of(
        cls, reader: Reader, span: Span | None, wanted: Mapping[str, Sequence[str] | None]
    ) -> Whole:
        """By these dimensions, of these values alone where some are given; nothing of no span."""
        if span is None:
            return cls({name: {} for name in wanted}, Counts(), Counts())
        by = reader.by_each(span, wanted)
        return cls(by, total_of(by[Dimension.SITE].values()), reader.known(span))

    def values(self, dimension: str) -> list[str] | None:
        """The values that there are, where others are not asked for."""
        return [str(value) for value in self.by[dimension]] if dimension in DIMENSIONS else None


def _table(dimension: str, now: Whole, before: Whole, unknown: Line | None) -> Table:
    found, earlier = now.by[dimension], before.by[dimension]
    if dimension not in DIMENSIONS:
        every = {**dict.fromkeys(earlier, Counts()), **found}
        return Table(dimension, _lines(dimension, worst_first(every), earlier))
    lines = _lines(dimension, worst_first(found), earlier)
    others = Line(
        "",
        str(TITLES[dimension].every_other),
        now.known - total_of(line.now for line in lines),
        before.known - total_of(line.before for line in lines),
    )
    return Table(dimension, lines, others if others.now or others.before else None, unknown)


def _lines(
    dimension: str, ranked: Mapping[Key, Counts], earlier: Mapping[Key, Counts]
) -> list[Line]:
    names = names_of(dimension, ranked)
    return [Line(key, names[key], n, earlier.get(key, Counts())) for key, n in ranked.items()]


def of_before() -> str:
    since = attribute.known_since()
    if since is None:
        return _("not known")
    return before(since)


def before(since: datetime) -> str:
    return _("before %(day)s") % {"day": date_format(since, _("d M Y"))}


def names_of(dimension: str, found: Iterable[Key]) -> dict[Key, str]:
    if dimension == Dimension.SITE:
        sites = dict(Site.objects.filter(pk__in=list(found)).values_list("pk", "name"))
        return {key: sites.get(int(key), _("site %(pk)s") % {"pk": key}) for key in found}
    if dimension == Dimension.REASON:
        return {
            key: Reason.title_of(str(key)) if key else str(TITLES[dimension].none) for key in found
        }
    if dimension == Dimension.SOURCE:
        return _sources([str(key) for key in found])
    if dimension == Dimension.CROSSED:
        return _crossed([str(key) for key in found])
    words = TITLES[dimension]
    plain = {NONE: str(words.none), Breakdown.OTHER: str(words.other)}
    return {key: plain.get(str(key), str(key)) for key in found}


def _crossed(found: Iterable[str]) -> dict[Key, str]:
    pairs = {key: key.partition(" ")[::2] for key in found if key != Breakdown.OTHER}
    sources = names_of(Dimension.SOURCE, {source for source, _campaign in pairs.values()})
    campaigns = names_of(Dimension.CAMPAIGN, {campaign for _source, campaign in pairs.values()})
    named: dict[Key, str] = {key: f"{sources[s]} · {campaigns[c]}" for key, (s, c) in pairs.items()}
    return {Breakdown.OTHER: str(WORDS[Dimension.CROSSED].other)} | named


def _sources(found: Iterable[str]) -> dict[Key, str]:
    """Ways in by their labels, webhook sources by the names that people gave them."""
    labels = {str(value): str(label) for value, label in Lead.Source.choices}
    ids = {key: key.partition(":")[2] for key in found}
    known = Source.objects.filter(pk__in=[pk for pk in ids.values() if pk.isdecimal()])
    names = {str(pk): name for pk, name in known.values_list("pk", "name")}
    return {key: names.get(pk, labels.get(key.partition(":")[0], key)) for key, pk in ids.items()}
