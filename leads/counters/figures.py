"""The figures of a span, each beside the same span before: signs, numbers and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.counters.overview import Line, Overview
from leads.counters.spans import Counts
from leads.shown.numbers import localised


def number(value: int) -> str:
    """84892 as 84,892; in German 84.892."""
    return localised(f"{value:,}")


BETTER, WORSE = "better", "worse"
JUDGED: dict[str, Promise] = {BETTER: gettext_lazy("better"), WORSE: gettext_lazy("worse")}
"""What more or less of a figure is, said in a word: a colour alone says it to some."""


SIGNS = {"up": "▲", "down": "▼", "same": "="}


@dataclass(frozen=True)
class Difference:
    """How a figure stands to the one before: its way, the words for it, and what that is."""

    way: str
    """Of SIGNS, which the styles of pages draw."""
    words: str
    before: str
    verdict: str = ""
    """BETTER or WORSE; empty where it is neither."""

    @classmethod
    def of_counts(cls, now: int, before: int, verdict_of_more: str = "") -> Difference:
        """In percent of what was."""
        if now == before:
            return cls("same", _("as before"), number(before))
        is_more = now > before
        words = _("%(share)s more") if is_more else _("%(share)s fewer")
        if before:
            percent = abs(now - before) * 100 / before
            told = localised(f"{percent:,.0f}%") if percent >= 1 else _("under 1%")
        else:
            told = number(now)
        return cls._judged(is_more, words % {"share": told}, number(before), verdict_of_more)

    @classmethod
    def of_rates(cls, now: Decimal | None, before: Decimal | None) -> Difference | None:
        """In points of percent, of which more is better; nothing where one of them is none."""
        if now is None or before is None:
            return None
        points = now - before
        if abs(points) < Decimal("0.05"):
            return cls("same", _("as before"), share(before))
        is_more = points > 0
        words = _("%(points)s points higher") if is_more else _("%(points)s points lower")
        told = words % {"points": localised(f"{abs(points):.1f}")}
        return cls._judged(is_more, told, share(before), BETTER)

    @classmethod
    def _judged(cls, is_more: bool, words: str, before: str, of_more: str) -> Difference:
        verdict = of_more if is_more or not of_more else ({BETTER, WORSE} - {of_more}).pop()
        said = f"{words}, {JUDGED[verdict]}" if verdict else words
        return cls("up" if is_more else "down", said, before, verdict)

    @property
    def sign(self) -> str:
        """For mails and texts."""
        return SIGNS[self.way]

    def __str__(self) -> str:
        return f"{self.sign} {self.words}"


@dataclass(frozen=True)
class Changes:
    """How the figures of one line stand to those of before."""

    received: Difference
    arrived: Difference | None
    prompt: Difference | None
    failed: Difference

    @classmethod
    def of(cls, line: Line) -> Changes:
        """Which site got worse is told beside the figure that did."""
        now, before = line.now, line.before
        return cls(
            Difference.of_counts(now.received, before.received),
            Difference.of_rates(now.outcome_rate, before.outcome_rate),
            Difference.of_rates(prompt_of(now), prompt_of(before)),
            Difference.of_counts(now.failed, before.failed, WORSE),
        )


def prompt_of(counts: Counts) -> Decimal | None:
    """The share in the CRM within 60 s; none where of no lead it is known when it arrived."""
    return counts.prompt_share if counts.prompt else None


def share(value: Decimal | None) -> str:
    """A rate with one decimal, and never 100.0% while anything is missing."""
    if value is None:
        return "—"
    held = value if value in (0, 100) else min(max(value, Decimal("0.1")), Decimal("99.9"))
    return localised(f"{held:.1f}%")


@dataclass(frozen=True)
class Tile:
    """One figure of the span."""

    name: str
    title: str
    shown: str
    about: str
    difference: Difference | None

    @property
    def anchor(self) -> str:
        """Where the help page says what it counts."""
        return f"span-{self.name}"


COUNTED: dict[str, tuple[Promise, Promise, Callable[[Counts], int]]] = {
    "received": (
        gettext_lazy("Leads received"),
        gettext_lazy("whatever became of them"),
        lambda n: n.received,
    ),
    "delivered": (
        gettext_lazy("In Zoho"),
        gettext_lazy("arrived, of the leads received then"),
        lambda n: n.delivered,
    ),
    "failed": (
        gettext_lazy("Failed"),
        gettext_lazy("refused or given up, and still waiting"),
        lambda n: n.failed,
    ),
    "held": (
        gettext_lazy("Held by a rule"),
        gettext_lazy("never sent, in no rate"),
        lambda n: n.held,
    ),
    "spam": (
        gettext_lazy("Looked like spam"),
        gettext_lazy("never sent, in no rate"),
        lambda n: n.spam,
    ),
}
RATES: dict[str, tuple[Promise, Promise, Callable[[Counts], Decimal | None]]] = {
    "outcome": (
        gettext_lazy("Arrived"),
        gettext_lazy("in Zoho, of the leads that are settled"),
        lambda n: n.outcome_rate,
    ),
    "prompt": (
        gettext_lazy("In Zoho within 60 s"),
        gettext_lazy("of the leads that were sent on"),
        lambda n: n.prompt_share,
    ),
    "tries": (
        gettext_lazy("Tries that worked"),
        gettext_lazy("of all attempts to reach Zoho"),
        lambda n: n.success_rate,
    ),
}
ORDER = ("received", "delivered", "outcome", "prompt", "failed", "held", "spam", "tries")


def tiles(seen: Overview) -> list[Tile]:
    """The figures of the span, each beside the one before."""
    found: dict[str, Tile] = {}
    for name, (title, about, count) in COUNTED.items():
        now, past = count(seen.now), count(seen.before)
        judged = WORSE if name == "failed" else ""
        told = Difference.of_counts(now, past, judged) if seen.past else None
        found[name] = Tile(name, str(title), number(now), str(about), told)
    for name, (title, about, of) in RATES.items():
        pair = (seen.known, seen.known_before) if name == "prompt" else (seen.now, seen.before)
        rate, before = of(pair[0]), of(pair[1])
        told = Difference.of_rates(rate, before) if seen.past else None
        found[name] = Tile(name, str(title), share(rate), str(about), told)
    return [found[name] for name in ORDER]


SUM: dict[str, Promise] = {
    "delivered": gettext_lazy("in Zoho"),
    "entered": gettext_lazy("typed in by hand"),
    "under_way": gettext_lazy("on the way"),
    "failed": gettext_lazy("failed"),
    "held": gettext_lazy("held by a rule"),
    "spam": gettext_lazy("looked like spam"),
    "discarded": gettext_lazy("discarded"),
}


def accounts(seen: Overview) -> dict[str, Any]:
    """Where every lead of the span is, and how many are nowhere."""
    parts = [
        (number(n), str(words)) for name, words in SUM.items() if (n := getattr(seen.now, name))
    ]
    return {
        "received": number(seen.now.received),
        "parts": parts,
        "unaccounted": number(seen.unaccounted),
        "is_short": seen.unaccounted != 0,
    }
