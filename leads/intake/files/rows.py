"""The rows of a file, whatever it is written in: told by its first bytes, not by its name.

A file is read once, row by row, and refused whole at the first row that is not as it must be:
nothing of half a file is ever imported.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from leads.intake.body.formats.charsets import BOMS, OLD, WIDE
from leads.intake.files import csv_cells, json_objects, xlsx_cells
from leads.intake.files.headings import Headings
from leads.intake.files.refused import FileRefused

MOST_ROWS = 100_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BLOCK = 1024 * 1024


class Row(NamedTuple):
    """One row of the file that says something."""

    line: int
    """Where it begins, counted from 1."""
    data: dict[str, Any]
    """Its values by the column's name; empty cells are left out."""


@dataclass
class Rows:
    """What is in the file. The columns are known once the first row was asked for."""

    columns: list[str]
    rows: Iterator[Row]
    """Raises FileRefused where the file is not as it must be."""


def open_rows(file: BinaryIO) -> Rows:
    """The rows of a file that can be read again from its beginning. Raises FileRefused."""
    size = file.seek(0, io.SEEK_END)
    if size > settings.IMPORT_BYTES:
        raise FileRefused(
            _("The file has %(size)s bytes; up to %(most)s are taken."),
            size=size,
            most=settings.IMPORT_BYTES,
        )
    begins = _head(file)
    if not size:
        raise FileRefused(_("The file is empty."))
    if begins.startswith(OLE):
        raise FileRefused(
            _(
                "This is an old or a protected Excel file. Save it as .xlsx without a password, or "
                "as CSV."
            )
        )
    if begins.startswith(ZIP):
        return _table(xlsx_cells.read(file))
    text = _as_text(file)
    first = text.read(1)
    while first and first.isspace():
        first = text.read(1)
    text.seek(0)
    if first in ("{", "["):
        found = Rows([], iter(()))
        found.rows = _counted(_objects(text, found.columns))
        return found
    return _table(csv_cells.read(text))


def _table(lines: Iterator[tuple[int, Sequence[str]]]) -> Rows:
    """The rows of a table whose first line holds the headings. Raises FileRefused."""
    for line, cells in lines:
        if _says(cells):
            headings = Headings.of(cells, line)
            break
    else:
        raise FileRefused(_("The file is empty."))
    rows = (Row(n, headings.named(cells, n)) for n, cells in lines if _says(cells))
    return Rows(headings.names, _counted(rows))


def _says(cells: Sequence[str]) -> bool:
    """Whether there is more in a line than blanks."""
    return any(cells) and bool("".join(cells).strip())


def _objects(text: io.TextIOWrapper, columns: list[str]) -> Iterator[Row]:
    """The rows of lines of JSON; every name that comes is a column."""
    known: dict[str, None] = {}
    for line, data in json_objects.read(text):
        known.update(dict.fromkeys(data))
        if len(known) > json_objects.MOST_NAMES:
            raise FileRefused(
                _("There are more than %(most)s names."), line, most=json_objects.MOST_NAMES
            )
        columns[:] = known
        yield Row(line, data)


def _counted(rows: Iterator[Row]) -> Iterator[Row]:
    """The same rows; raises FileRefused for too many of them, and for none."""
    count = 0
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise FileRefused(
                _("The file has more than %(most)s rows. Part it into several."),
                row.line,
                most=MOST_ROWS,
            )
        yield row
    if not count:
        raise FileRefused(_("There is no row with a value in the file."))


def _as_text(file: BinaryIO) -> io.TextIOWrapper:
    """The file as text: UTF-8, UTF-16 by its mark or its NULs, else Windows-1252."""
    head = _head(file)
    name = next((name for mark, name in BOMS if head.startswith(mark)), "")
    name = name or WIDE.get(tuple(byte == 0 for byte in head[:4]), "")
    if not name and any(b"\0" in block for block in _blocks(file)):
        raise FileRefused(_("The file holds NUL bytes: it is no text, nor an .xlsx file."))
    names = [name] if name else ["utf-8", OLD]
    for one in names:
        if _reads_as(file, one):
            file.seek(0)
            return _text(file, one)
    if name:
        raise FileRefused(
            _("The file's text cannot be read: it is not whole %(name)s."), name=name.upper()
        )
    raise FileRefused(_("The file's text cannot be read: it is neither UTF-8 nor Windows-1252."))


def _reads_as(file: BinaryIO, encoding: str) -> bool:
    """Whether all bytes of the file are text in this encoding."""
    file.seek(0)
    text = _text(file, encoding)
    try:
        while text.read(BLOCK):
            pass
    except (UnicodeError, ValueError):
        return False
    finally:
        text.detach()
    return True


def _text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(_Kept(file)), encoding=encoding, newline="")


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(64)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(BLOCK):
        yield block


class _Kept(io.RawIOBase):
    """A file that stays open when a reader of it is done."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self.file = file

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """In the file."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """In the file."""
        return self.file.tell()

    def readinto(self, buffer: Any, /) -> int:
        """From the file."""
        found = self.file.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)
