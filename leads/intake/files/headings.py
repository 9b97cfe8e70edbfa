"""The headings of a table, and a row's cells by them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leads.intake.body.fields import storable
from leads.intake.body.submission import MAX_BODY
from leads.intake.files.refused import FileRefused

MOST_COLUMNS = 500
LONGEST_HEADING = 200


@dataclass(frozen=True)
class Headings:
    """What the columns of a table are called, from left to right."""

    names: list[str]

    @classmethod
    def of(cls, cells: Sequence[str], line: int) -> Headings:
        """Of the table's first line. Raises FileRefused."""
        names = [storable(cell).strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if len(names) > MOST_COLUMNS:
            raise FileRefused(
                f"There are {len(names):,} columns; up to {MOST_COLUMNS} are read.", line
            )
        if any("@" in name for name in names):
            raise FileRefused(
                "The first line must hold the headings of the columns; there is an e-mail address.",
                line,
            )
        seen: dict[str, int] = {}
        for number, name in enumerate(names, 1):
            if len(name) > LONGEST_HEADING:
                raise FileRefused(
                    f"Column {number} has a heading of more than {LONGEST_HEADING} characters.",
                    line,
                )
            if name and (first := seen.setdefault(name.casefold(), number)) != number:
                raise FileRefused(f"Columns {first} and {number} have the same heading.", line)
        return cls(names)

    def named(self, cells: Sequence[str], line: int) -> dict[str, str]:
        """A row's values by column, without empty ones. Raises FileRefused."""
        if sum(map(len, cells)) > MAX_BODY:
            raise FileRefused("The row has more than a million characters.", line)
        if len(cells) > len(self.names) and any(cells[len(self.names) :]):
            raise FileRefused(
                f"The row has {len(cells):,} cells, the headings have {len(self.names):,}.", line
            )
        texts = [storable(cell).strip() for cell in cells]
        found = {}
        for number, (name, text) in enumerate(zip(self.names, texts, strict=False), 1):
            if text and not name:
                raise FileRefused(f"Column {number} has a value and no heading.", line)
            if text:
                found[name] = text
        if len(found) > 1 and all(name == text for name, text in found.items()):
            raise FileRefused("The headings come again: are these two files in one?", line)
        return found
