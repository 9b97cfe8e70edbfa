"""The figures of a span, each beside the same span before: signs, numbers and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from leads.counters.overview import Overview
from leads.counters.spans import Counts


def number(value: int) -> str:
    """84892 as 84,892."""
    return f"{value:,}"


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
        return "—"
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
        pair = (seen.known, seen.known_before) if name == "prompt" else (seen.now, seen.before)
        rate, before = of(pair[0]), of(pair[1])
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
