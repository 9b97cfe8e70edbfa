"""Cells of the first sheet of an Excel workbook (.xlsx), one row in memory at a time.

openpyxl reads it with defusedxml, so no entity is expanded. It trusts what a file says of its own
size: what a small file may unfold to is looked at before.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.intake.files.headings import MOST_COLUMNS
from leads.intake.files.refused import FileRefused

MOST_UNFOLDED = 400 * 1024 * 1024
"""Bytes of all parts of a workbook: 100,000 rows of 20 columns have 150 MB."""
MOST_TEXTS = 100 * 1024 * 1024
"""Bytes of the texts that its cells share, which are held in memory."""
MOST_PARTS = 2_000
MOST_LINES = 1_048_576
"""Rows that Excel knows; what a file says beyond them, it made up."""
WINDOW = 1024 * 1024
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z0-9:]{2,30})[\"']")
NOT_CALCULATED = re.compile(
    rb"""
    <(?:\w+:)?c\s (?![^>]{0,200}\bt=["']str)
        [^>]{0,200}?\br=["']([A-Z]{1,3}\d{1,7})["'] [^>]{0,200}>\s*
    <(?:\w+:)?f(?:\s[^>]{0,200})? (?:/> | >[^<]{0,8192}</(?:\w+:)?f>)\s*
    (?:<(?:\w+:)?v\s*/> | <(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*
    </(?:\w+:)?c>
    """,
    re.VERBOSE,
)
"""A formula without its value, as programs write them; one whose value is no text has t="str"."""
OVERLAP = 9_000
"""Bytes of one window that are looked at again with the next: the longest formula."""
UNREADABLE = gettext_lazy(
    "The workbook cannot be read. Open it in Excel and save it again, or save it as CSV."
)


def read(file: BinaryIO) -> Iterator[tuple[int, Sequence[str]]]:
    """Each line's number and its cells as texts, blank lines included. Raises FileRefused."""
    import openpyxl  # noqa: PLC0415 - a tenth of each process's start, and few read a workbook

    _check_size(file)
    file.seek(0)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.worksheets[0]
        _check_cells(file, sheet._worksheet_path)
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if len(cells) > MOST_COLUMNS and any(c is not None for c in cells[MOST_COLUMNS:]):
                raise FileRefused(
                    _("There are %(count)s columns; up to %(most)s are read."),
                    line,
                    count=len(cells),
                    most=MOST_COLUMNS,
                )
            if line > MOST_LINES:
                raise FileRefused(_("The sheet has more lines than Excel knows."))
            yield line, [text_of(cell) for cell in cells[:MOST_COLUMNS]]
    except FileRefused:
        raise
    except Exception as error:  # a broken workbook fails anywhere in its reader, with anything
        raise FileRefused(str(UNREADABLE)) from error


def _check_size(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as parts:
            found = parts.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise FileRefused(str(UNREADABLE)) from error
    texts = sum(one.file_size for one in found if one.filename.endswith("sharedStrings.xml"))
    # A part is read no further than it says: who says less than there is has a broken part.
    if len(found) > MOST_PARTS or sum(one.file_size for one in found) > MOST_UNFOLDED:
        raise FileRefused(_("The workbook unfolds to more than is read. Save the sheet as CSV."))
    if texts > MOST_TEXTS:
        raise FileRefused(_("The workbook holds more text than is read. Save the sheet as CSV."))
    if not any(one.filename.casefold() == "xl/workbook.xml" for one in found):
        raise FileRefused(_("This is a ZIP file and no Excel workbook (.xlsx)."))


def _check_cells(file: BinaryIO, path: str) -> None:
    """Raises FileRefused for what would be read as empty and is not: merged, or not calculated."""
    with zipfile.ZipFile(file) as parts, parts.open(path) as sheet:
        before = b""
        while block := sheet.read(WINDOW):
            window = before + block
            if found := MERGED.search(window):
                raise FileRefused(
                    _(
                        "Cells %(cells)s are merged: which row has their value cannot be known. "
                        "Unmerge them."
                    ),
                    cells=found[1].decode(),
                )
            if found := NOT_CALCULATED.search(window):
                raise FileRefused(
                    _(
                        "Cell %(cell)s has a formula that was never calculated. Open the workbook "
                        "in Excel and save it again."
                    ),
                    cell=found[1].decode(),
                )
            before = window[-OVERLAP:]


def text_of(cell: Any) -> str:
    """What stands in a cell, as CSV would have it; dates as 2026-11-30."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            is_day = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
            return cell.date().isoformat() if is_day else cell.isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)
