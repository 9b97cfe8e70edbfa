"""Charsets: UTF-8 comes first, then what is declared, be it by a header or by the document."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from leads.intake.body.parse import parse_submission
from leads.intake.body.read_any import read_submissions

JURGEN = "Jürgen Müller"
WESTERN = ["ISO-8859-1", "iso-8859-15", "windows-1252", "UTF-8", "utf-16", "cp437", "nonsense"]
WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


def name_in(document: str, charset: str, content_type: str = "text/xml") -> str:
    """The name that is read from a document in a charset."""
    data = read_submissions(content_type, document.encode(charset))[0].data
    name: str = data["lead"]["name"]
    return name


def lead(name: str, charset: str) -> str:
    """A document that says which charset it is in."""
    return f"<?xml version='1.0' encoding='{charset}'?>\n<lead><name>{name}</name></lead>"


@pytest.mark.parametrize("declared", WESTERN)
def test_xml_in_utf_8_is_read_as_such_whatever_it_declares(declared: str) -> None:
    assert name_in(lead(JURGEN, declared), "utf-8") == JURGEN


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        (JURGEN, "ISO-8859-1"),
        (JURGEN, "windows-1252"),
        (JURGEN, "cp437"),
        ("Анна", "windows-1251"),
        ("Анна", "koi8-r"),
        ("Łukasz", "iso-8859-2"),
        *((name, charset) for charset in WIDE for name in (JURGEN, "Анна")),
    ],
)
def test_else_as_it_declares(name: str, charset: str) -> None:
    assert name_in(lead(name, charset), charset) == name


@pytest.mark.parametrize("said", ["text/xml; charset=windows-1251", "text/xml; charset='cp1251'"])
def test_the_header_comes_before_the_document(said: str) -> None:
    assert name_in(lead("Анна", "iso-8859-1"), "windows-1251", said) == "Анна"


@pytest.mark.parametrize("declared", ["", "nonsense", "base64", "unicode_escape"])
def test_a_charset_that_nobody_knows_is_what_old_pages_write(declared: str) -> None:
    assert name_in(lead(JURGEN, declared), "cp1252") == JURGEN


BODIES = {
    "application/json": json.dumps({"name": JURGEN}, ensure_ascii=False),
    "application/x-www-form-urlencoded": f"name={quote(JURGEN)}",
}


@pytest.mark.parametrize("charset", WIDE)
@pytest.mark.parametrize("kind", BODIES)
def test_letters_of_two_bytes_are_read_with_or_without_a_mark(kind: str, charset: str) -> None:
    said, body = f"{kind}; charset={charset}", BODIES[kind].encode(charset)

    assert read_submissions(kind, body)[0].data == {"name": JURGEN}
    assert read_submissions(said, body)[0].data == {"name": JURGEN}
    assert parse_submission(said, body).data == {"name": JURGEN}
