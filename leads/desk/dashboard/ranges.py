"""A chosen span of time and the same span before: figures side by side, in words too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from leads.counters.overview import Overview
from leads.counters.read import HOUR, down
from leads.counters.spans import Counts, Span
from leads.desk.dashboard import series
from leads.desk.kit.formatting import DASH, number

LENGTHS = {"24h": timedelta(hours=24), "7d": timedelta(hours=7 * 24)}
DAYS = {"30d": 30, "90d": 90}


def spans(name: str, now: datetime) -> tuple[Span, Span | None]:
    """The span of a range and the one before it, which ends at the same time of day.

    To the hour: where a zone's days begin at half past, both begin half an hour early.
    """
    if name == "all":
        return Span.of(None, now), None
    since = series.axis(name, now, None).bounds[0]
    if name in LENGTHS:
        begin, end = since - LENGTHS[name], now - LENGTHS[name]
    else:
        begin = series.days(now, 2 * DAYS[name]).bounds[0]
        local = timezone.localtime(now).replace(tzinfo=None)
        end = timezone.make_aware(local - timedelta(days=DAYS[name]))
    return Span.of(since, now), Span.of(begin, max(down(end + HOUR / 2, HOUR), begin + HOUR))


def words_of(span: Span | None) -> str:
    """From when to when, on the clock of whoever looks."""
    if span is None or span.since is None:
        return "all time"
    ends = (timezone.localtime(moment) for moment in (span.since, span.until))
    return " to ".join(date_format(end, "j M Y H:i") for end in ends)


@dataclass(frozen=True)
class Difference:
    """How a figure stands to the one before: a sign, and the words for it."""

    sign: str
    words: str
    before: str

    @classmethod
    def of_counts(cls, now: int, before: int) -> Difference:
        """In percent of what was."""
        if now == before:
            return cls("=", "as before", number(before))
        sign, word = ("▲", "more") if now > before else ("▼", "fewer")
        if not before:
            return cls(sign, f"{now:,} {word}", number(before))
        percent = abs(now - before) * 100 / before
        share = f"{percent:,.0f}%" if percent >= 1 else "under 1%"
        return cls(sign, f"{share} {word}", number(before))

    @classmethod
    def of_rates(cls, now: Decimal | None, before: Decimal | None) -> Difference | None:
        """In points of percent; nothing where one of them is none."""
        if now is None or before is None:
            return None
        points = now - before
        if abs(points) < Decimal("0.05"):
            return cls("=", "as before", share(before))
        sign, word = ("▲", "higher") if points > 0 else ("▼", "lower")
        return cls(sign, f"{abs(points):.1f} points {word}", share(before))


def share(value: Decimal | None) -> str:
    """A rate with one decimal, and never 100.0% while anything is missing."""
    if value is None:
        return DASH
    held = value if value in (0, 100) else min(max(value, Decimal("0.1")), Decimal("99.9"))
    return f"{held:.1f}%"


@dataclass(frozen=True)
class Tile:
    """One figure of the span."""

    name: str
    title: str
    shown: str
    about: str
    difference: Difference | None


COUNTED: dict[str, tuple[str, str, Callable[[Counts], int]]] = {
    "received": ("Leads received", "whatever became of them", lambda n: n.received),
    "delivered": ("In Zoho", "arrived, of the leads received then", lambda n: n.delivered),
    "failed": ("Failed", "refused or given up, and still waiting", lambda n: n.failed),
    "held": ("Held by a rule", "never sent, in no rate", lambda n: n.held),
    "spam": ("Looked like spam", "never sent, in no rate", lambda n: n.spam),
}
RATES: dict[str, tuple[str, str, Callable[[Counts], Decimal | None]]] = {
    "outcome": ("Arrived", "in Zoho, of the leads that are settled", lambda n: n.outcome_rate),
    "prompt": ("In Zoho within 60 s", "of the leads that were sent on", lambda n: n.prompt_share),
    "tries": ("Tries that worked", "13003 of all attempts", lambda n: n.success_rate),
}
ORDER = ("received", "delivered", "outcome", "prompt", "failed", "held", "spam", "tries")


def tiles(seen: Overview) -> list[Tile]:
    """The figures of the span, each beside the one before."""
    found: dict[str, Tile] = {}
    for name, (title, about, count) in COUNTED.items():
        now, past = count(seen.now), count(seen.before)
        told = Difference.of_counts(now, past) if seen.past else None
        found[name] = Tile(name, title, number(now), about, told)
    for name, (title, about, of) in RATES.items():
        rate, before = of(seen.now), of(seen.before)
        told = Difference.of_rates(rate, before) if seen.past else None
        found[name] = Tile(name, title, share(rate), about, told)
    return [found[name] for name in ORDER]


SUM = {
    "delivered": "in Zoho",
    "entered": "typed in by hand",
    "under_way": "on the way",
    "failed": "failed",
    "held": "held by a rule",
    "spam": "looked like spam",
    "discarded": "discarded",
}


def accounts(seen: Overview) -> dict[str, Any]:
    """Where every lead of the span is, and how many are nowhere."""
    parts = [(number(n), words) for name, words in SUM.items() if (n := getattr(seen.now, name))]
    return {
        "received": number(seen.now.received),
        "parts": parts,
        "unaccounted": number(seen.unaccounted),
        "is_short": seen.unaccounted != 0,
    }
