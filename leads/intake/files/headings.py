"""The headings of a table, and a row's cells by them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

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
                _("There are %(count)s columns; up to %(most)s are read."),
                line,
                count=len(names),
                most=MOST_COLUMNS,
            )
        if any("@" in name for name in names):
            raise FileRefused(
                _(
                    "The first line must hold the headings of the columns; there is an e-mail "
                    "address."
                ),
                line,
            )
        seen: dict[str, int] = {}
        for number, name in enumerate(names, 1):
            if len(name) > LONGEST_HEADING:
                raise FileRefused(
                    _("Column %(number)s has a heading of more than %(most)s characters."),
                    line,
                    number=number,
                    most=LONGEST_HEADING,
                )
            if name and (first := seen.setdefault(name.casefold(), number)) != number:
                raise FileRefused(
                    _("Columns %(first)s and %(number)s have the same heading."),
                    line,
                    first=first,
                    number=number,
                )
        return cls(names)

    def named(self, cells: Sequence[str], line: int) -> dict[str, str]:
        """A row's values by column, without empty ones. Raises FileRefused."""
        if sum(map(len, cells)) > MAX_BODY:
            raise FileRefused(_("The row has more than a million characters."), line)
        if len(cells) > len(self.names) and any(cells[len(self.names) :]):
            raise FileRefused(
                _("The row has %(cells)s cells, the headings have %(names)s."),
                line,
                cells=len(cells),
                names=len(self.names),
            )
        texts = [storable(cell).strip() for cell in cells]
        found = {}
        for number, (name, text) in enumerate(zip(self.names, texts, strict=False), 1):
            if text and not name:
                raise FileRefused(
                    _("Column %(number)s has a value and no heading."), line, number=number
                )
            if text:
                found[name] = text
        if len(found) > 1 and all(name == text for name, text in found.items()):
            raise FileRefused(_("The headings come again: are these two files in one?"), line)
        return found
