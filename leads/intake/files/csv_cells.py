"""Cells of a CSV file, by whatever separates them: comma, semicolon, tab or bar. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice

from django.utils.translation import gettext as _

from leads.intake.body.submission import MAX_BODY
from leads.intake.files.refused import FileRefused

SEPARATORS = (",", ";", "\t", "|")
LOOKED_AT = 20
"""Rows by which the separator is found."""
SAYS = "sep="
"""How Excel names the separator, in a line before all others."""

csv.field_size_limit(MAX_BODY)


def read(text: io.TextIOWrapper) -> Iterator[tuple[int, Sequence[str]]]:
    """Each line's number and its cells, blank lines included. Raises FileRefused."""
    first = text.readline(len(SAYS) + 5).strip('\r\n"').casefold()
    named = first.removeprefix(SAYS) if first.startswith(SAYS) else ""
    text.seek(0)
    if named not in ("", *SEPARATORS):
        raise FileRefused(_("The separator that it names is none that is read."), 1)
    separator = named or _separator(text)
    for line, cells in _cells(text, separator):
        if not (named and line == 1):
            yield line, cells


def _separator(text: io.TextIOWrapper) -> str:
    """The one by which the first rows have as many cells as the first, and the most."""
    best, most = SEPARATORS[0], (0, 1)
    for separator in SEPARATORS:
        try:
            rows = [cells for _n, cells in islice(_cells(text, separator), LOOKED_AT) if any(cells)]
        except FileRefused:
            continue
        width = len(rows[0]) if rows else 0
        alike = sum(len(cells) == width for cells in rows)
        if width > 1 and (alike, width) > most:
            best, most = separator, (alike, width)
    return best


def _cells(text: io.TextIOWrapper, separator: str) -> Iterator[tuple[int, list[str]]]:
    text.seek(0)
    reader = csv.reader(text, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(_words(str(error)), line) from None
        yield line, cells


def _words(error: str) -> str:
    """What the reader has against a row, for people."""
    if "field larger" in error:
        return _("A value has more than a million characters: is a quotation mark left open?")
    if "unexpected end" in error:
        return _("A quotation mark is opened here and never closed.")
    if "expected after" in error:
        return _(
            'After a closing quotation mark a value goes on. Within a value write it twice: "".'
        )
    return _("The row cannot be read as CSV.")
