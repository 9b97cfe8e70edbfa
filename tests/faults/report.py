"""What a run came to, as the Markdown of docs/reliability.md."""

from __future__ import annotations

from pathlib import Path

from tests.faults.play import Row

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

Rows = dict[str, list[Row]]
"""What was played, by database."""


def report(rows: Rows, about: list[str]) -> str:
    """How it was run, the table, and what there is to add."""
    notes = [
        f"- {row.fault.name}, {NAMES[database]}: {note}"
        for database, played in rows.items()
        for row in played
        for note in row.notes
    ]
    return "\n".join([*about, "", *table(rows), *([""] if notes else []), *notes])


def table(rows: Rows) -> list[str]:
    """A line for each fault: its figures on all databases, and its seconds on each."""
    by_fault: dict[str, dict[str, Row]] = {}
    for database, played in rows.items():
        for row in played:
            by_fault.setdefault(row.fault.name, {})[database] = row
    titles = ["fault", "tries", "leads", "lost", "twice"]
    titles += [f"seconds, {NAMES[database]}" for database in rows]
    cells = [titles, ["---"] * len(titles)]
    cells += [line(name, found, list(rows)) for name, found in by_fault.items()]
    return [f"| {' | '.join(row)} |" for row in cells]


def line(name: str, found: dict[str, Row], databases: list[str]) -> list[str]:
    """The cells of one fault."""
    sums = [
        f"{sum(getattr(row, figure) for row in found.values()):,}"
        for figure in ("tries", "leads", "lost", "twice")
    ]
    return [name, *sums, *(seconds(found.get(database)) for database in databases)]


def seconds(row: Row | None) -> str:
    """How long it took to recover; a dash where the fault has no meaning."""
    if row is None:
        return "–"
    if row.skipped:
        return f"skipped: {row.skipped}"
    return f"{row.seconds:.0f}" if row.is_good else f"{row.seconds:.0f}, **failed**"
