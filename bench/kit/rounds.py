"""Interleaved rounds, so that whatever else the machine does falls on all sides alike."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.kit.stage import ROOT, Failed

PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True)
class Length:
    """How much is measured."""

    rounds: int
    seconds: float
    """Of one side's turn in one round of intake."""
    leads: int
    """Waiting, for delivery."""
    naive_leads: int
    naive_rounds: int
    posts: int
    """For the first lead."""
    kept: int
    """Leads that the desk's pages are looked at with."""
    taken: int
    """Leads after which the memory of a process is read again."""
    waiting: int
    """Leads that a fresh one finds before it."""
    steady: float
    """Seconds for which leads come in evenly."""
    a_machine: int
    """Leads for each machine."""


FULL = Length(
    rounds=5,
    seconds=5,
    leads=20_000,
    naive_leads=200,
    naive_rounds=3,
    posts=50,
    kept=1_000_000,
    taken=100_000,
    waiting=100_000,
    steady=20,
    a_machine=5_000,
)
QUICK = Length(
    rounds=2,
    seconds=2,
    leads=5_000,
    naive_leads=60,
    naive_rounds=1,
    posts=15,
    kept=20_000,
    taken=5_000,
    waiting=10_000,
    steady=5,
    a_machine=1_000,
)


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    measure: str
    figure: str
    against: str = ""
    ratio: str = ""
    aim: str = ""

    def cells(self) -> tuple[str, ...]:
        """In the order of the table's columns."""
        return self.measure, self.figure, self.against, self.ratio, self.aim


@dataclass
class Part:
    """What one part of the measurement found."""

    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


HEAD = ("measure", "figure", "against", "ratio", "aim")


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table with even columns."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    return "\n".join(
        [text[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|"] + text[1:]
    )


def middle(values: list[float]) -> float:
    """The median."""
    return median(values)


def spread(values: list[float], form: str = ".2f") -> str:
    """The median with the smallest and the largest value, where there are several."""
    centre = format(median(values), form)
    if len(values) == 1:
        return centre
    return f"{centre} ({format(min(values), form)}–{format(max(values), form)})"


def arguments(what: str) -> argparse.ArgumentParser:
    """The options that all parts share."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--quick", action="store_true", help="short rounds, to see that it works")
    return parser


def show(part: Part) -> None:
    """Print one part."""
    print(f"\n{part.title}\n\n{table(part.rows)}")
    for note in part.notes:
        print(f"  {note}")


def write(name: str, text: str, page: Path = PAGE) -> None:
    """Put the text between the markers of this name. Raises Failed where they are missing."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, begun, rest = page.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise Failed(f"{page} lacks {begin} and {end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")
