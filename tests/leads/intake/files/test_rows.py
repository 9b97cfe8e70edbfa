"""Files of leads: whatever a table is written in is read alike, and what is broken is refused."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from leads.intake.files import xlsx_cells
from leads.intake.files.refused import FileRefused
from leads.intake.files.rows import MOST_ROWS, open_rows

PEOPLE = "Name;E-mail;Message\nJosé Ünal;jose@example.com;Hallo; bitte\n".replace("; ", ", ")
MOMENT = datetime(2026, 11, 30, 9, 5)  # noqa: DTZ001 - Excel knows no time zone
WANTED = [
    (2, {"Name": "José Ünal", "E-mail": "jose@example.com", "Message": "Hallo, bitte"}),
]


def read(content: bytes | str) -> list[tuple[int, dict[str, Any]]]:
    """All rows of a file."""
    content = content.encode() if isinstance(content, str) else content
    return [(row.line, row.data) for row in open_rows(io.BytesIO(content)).rows]


def workbook(*lines: list[Any], change: Callable[[Any], None] = lambda _sheet: None) -> bytes:
    """An .xlsx file with these lines."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in lines:
        sheet.append(line)
    change(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_table_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    assert read(PEOPLE.encode(encoding)) == WANTED


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begins", ["", "sep=%s\n"])
def test_a_table_is_read_by_its_separator(separator: str, line_end: str, begins: str) -> None:
    first = begins.replace("%s", separator)
    lines = [["Name", "Message"], ["Ada", 'a "word",\nand; more|\t']]
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=line_end).writerows(lines)

    found = [data for _line, data in read(first + text.getvalue())]

    assert found == [{"Name": "Ada", "Message": 'a "word",\nand; more|'}]


def test_lines_of_json_keep_their_objects() -> None:
    text = '\n{"name": "Ada", "utm": {"source": "x"}, "empty": ""}\n\n{"phone": 1}\n'

    assert read(text) == [(2, {"name": "Ada", "utm": {"source": "x"}}), (4, {"phone": 1})]


def test_a_workbook_is_read_as_its_table_would_be() -> None:
    lines: list[list[Any]] = [
        [None, None],
        ["Name", "Phone", "Day", "At", "Amount", "Yes"],
        ["Ada", 493012345678, date(2026, 11, 30), MOMENT, 1.5, True],
        [None],
        ["Bob"],
    ]

    ada = {"Name": "Ada", "Phone": "493012345678", "Day": "2026-11-30"}
    ada |= {"At": "2026-11-30 09:05:00", "Amount": "1.5", "Yes": "yes"}
    assert read(workbook(*lines)) == [(3, ada), (5, {"Name": "Bob"})]


def test_days_of_a_workbook_that_counts_from_1904_are_the_same_days() -> None:
    def from_1904(sheet: Any) -> None:
        sheet.parent.epoch = CALENDAR_MAC_1904

    assert read(workbook(["Day"], [MOMENT], change=from_1904)) == read(workbook(["Day"], [MOMENT]))


def test_the_same_row_is_the_same_in_every_format() -> None:
    cells = ["Ada", "ada@example.com"]
    as_json = json.dumps({"Name": cells[0], "E-mail": cells[1]})

    found = [
        [data for _line, data in read(file)]
        for file in (
            f"Name,E-mail\n{','.join(cells)}\n",
            workbook(["Name", "E-mail"], cells),
            as_json,
        )
    ]

    assert found[0] == found[1] == found[2]


def zipped(**parts: bytes) -> bytes:
    """A ZIP file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


BROKEN = {
    "empty": (b"", "empty"),
    "only blanks": (b" \n\r\n ;;\n", "no row with a value"),
    "only a mark": (b"\xef\xbb\xbf", "empty"),
    "headings alone": ("Name,Mail\n", "no row with a value"),
    "no headings": ("Ada,ada@example.com\nBob,b@example.com\n", "Line 1: The first line must hold"),
    "headings twice in a line": ("Name,name\nA,B\n", "Line 1: Columns 1 and 2 have the same"),
    "headings twice in a file": ("Name,Mail\nA,B\nName,Mail\n", "Line 3: The headings come again"),
    "a value without a heading": ("Name,,Mail\nA,B,C\n", "Line 2: Column 2 has a value and no"),
    "more cells than headings": ("Name,Mail\nA,B\nA,B,C\n", "Line 3: The row has 3 cells"),
    "10,000 columns": (",".join(f"c{n}" for n in range(10_000)) + "\n", "Line 1: There are 10,000"),
    "a heading too long": (f"{'x' * 300},Mail\nA,B\n", "Line 1: Column 1 has a heading"),
    "a row too long": (f"A,B\n1,2\n{'x' * 600_000},{'y' * 600_000}\n", "Line 3: The row has more"),
    "a quote never closed": ('Name,Mail\nA,B\n"C,D\n', "Line 3: A quotation mark is opened"),
    "a quote in the middle": ('Name,Mail\n"A"x,B\n', "Line 2: After a closing quotation mark"),
    "nul bytes": (b"Name,Mail\nA\0,B\n", "NUL bytes"),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x81\x8d\x8f", "NUL bytes"),
    "no encoding": (b"Name,Mail\n\x81\x8d,B\n", "neither UTF-8 nor Windows-1252"),
    "half of UTF-16": ("Name,Mail\n".encode("utf-16")[:-1], "not whole UTF-16"),
    "another separator named": ("sep=#\nA#B\n", "Line 1: The separator that it names"),
    "a list of JSON": ('[{"a": 1}]', "Line 1: Each line must be one JSON object"),
    "JSON over lines": ('{"a":\n1}', "Line 1: It is not JSON"),
    "JSON broken off": ('{"a": 1}\n{"a": ', "Line 2: It is not JSON"),
    "JSON too deep": ('{"a":' * 50 + "1" + "}" * 50, "Line 1: The data is nested too deeply"),
    "JSON of many names": (json.dumps({f"n{n}": 1 for n in range(600)}), "Line 1: There are more"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old or a protected"),
    "a ZIP of something else": (zipped(readme=b"x"), "no Excel workbook"),
    "half a workbook": (workbook(["A"], ["1"])[:-300], "cannot be read"),
    "a workbook of nothing": (zipped(xl__workbook_xml=b"<a/>"), "cannot be read"),
    "merged cells": (
        workbook(["A", "B"], ["1", "2"], change=lambda sheet: sheet.merge_cells("A2:B2")),
        "Cells A2:B2 are merged",
    ),
    "a formula that was never calculated": (
        workbook(["A", "B"], ["1", "=1+1"]),
        "Cell B2 has a formula that was never calculated",
    ),
    "an empty workbook": (workbook(), "empty"),
    "a workbook with 10,000 columns": (workbook(["x"], [1] * 10_000), "Line 2: There are 10,000"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_refused_in_one_clear_line(content: bytes | str, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(content)

    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_zip_bomb_is_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_cells, "MOST_UNFOLDED", 100_000)
    bomb = zipped(xl__workbook_xml=b" " * 200_000)

    with pytest.raises(FileRefused, match="unfolds to more"):
        read(bomb)


def test_a_line_number_beyond_excel_is_not_counted_up_to() -> None:
    book, far = workbook(["A"], ["1"]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as parts, zipfile.ZipFile(far, "w") as changed:
        for one in parts.namelist():
            content = parts.read(one).replace(b'<row r="2"', b'<row r="99999999"')
            changed.writestr(one, content)

    with pytest.raises(FileRefused, match="lines than Excel knows"):
        read(far.getvalue())


def test_entities_of_a_workbook_are_not_expanded() -> None:
    book, laughs = workbook(["A"], ["1"]), io.BytesIO()
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    with zipfile.ZipFile(io.BytesIO(book)) as parts, zipfile.ZipFile(laughs, "w") as changed:
        for one in parts.namelist():
            content = parts.read(one)
            is_sheet = one.startswith("xl/worksheets/")
            changed.writestr(one, entity + content if is_sheet else content)

    with pytest.raises(FileRefused, match="cannot be read"):
        read(laughs.getvalue())


def test_more_rows_than_are_taken_are_refused_and_as_many_are_not() -> None:
    rows = "A\n" + "1\n" * MOST_ROWS

    assert sum(1 for _row in open_rows(io.BytesIO(rows.encode())).rows) == MOST_ROWS
    with pytest.raises(FileRefused, match="Line 100,002: The file has more than 100,000 rows"):
        read(rows + "1\n")


def test_a_file_beyond_the_setting_is_refused_unread(settings: Any) -> None:
    settings.IMPORT_BYTES = 10

    with pytest.raises(FileRefused, match="up to 10 are taken"):
        read("Name\nAda Lovelace\n")


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_no_cell_is_lost_or_moved(cells: list[tuple[str, str]], separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(
        [["First name", "Last name"], *cells]
    )
    wanted = [[cell.strip() for cell in pair] for pair in cells]
    wanted = [pair for pair in wanted if any(pair)]

    try:
        found = [data for _line, data in read(text.getvalue())]
    except FileRefused:
        found = []

    assert [[data.get("First name", ""), data.get("Last name", "")] for data in found] == wanted


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(FileRefused):
        read(content)


@settings(deadline=None)
@given(st.integers(0, 5_000), st.integers(0, 255))
def test_a_broken_workbook_is_read_or_refused(at: int, byte: int) -> None:
    content = bytearray(BOOK)
    content[at % len(content)] = byte

    with suppress(FileRefused):
        read(bytes(content))


BOOK = workbook(["Name", "Mail"], ["Ada", "ada@example.com"])


@pytest.mark.parametrize(
    ("cell", "is_empty"),
    [
        ('<c r="B2"><f>1+1</f><v></v></c>', True),
        ('<c r="B2"><f>1+1</f><v/></c>', True),
        ('<c r="B2" s="4"><f t="shared" si="0"/></c>', True),
        ("<x:c r='B2'><x:f>A1&amp;\"x\"</x:f></x:c>", True),
        ('<c r="B2"><f>1+1</f><v>2</v></c>', False),
        ('<c r="B2" t="str"><f>IF(1,"","x")</f><v></v></c>', False),
        ('<c t="str" r="B2"><f>""</f></c>', False),
        ('<c r="B2"><v></v></c>', False),
        ('<c r="B2"/>', False),
    ],
)
def test_only_a_formula_without_its_value_was_never_calculated(cell: str, is_empty: bool) -> None:
    found = xlsx_cells.NOT_CALCULATED.search(f"<row>{cell}</row>".encode())

    assert (found[1] if found else None) == (b"B2" if is_empty else None)
