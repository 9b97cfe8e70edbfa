"""Reading a lead's data: any JSON value as the text it stands for."""

from __future__ import annotations

from typing import Any

import pytest

from leads.data import as_text, columns, contact_name, has_name, normalised_email


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  a b ", "a b"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (1.5, "1.5"),
        ([], ""),
        (["a", None, " b ", 3, True], "a, b, 3, yes"),
        ([["a"], "b"], '[["a"], "b"]'),
        ({"ü": 1}, '{"ü": 1}'),
    ],
)
def test_a_value_as_text(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("data", "name", "enough"),
    [
        ({"contact_name": " Ana Silva "}, "Ana Silva", True),
        ({"first_name": "Ana", "last_name": "Silva"}, "Ana Silva", True),
        ({"last_name": "Silva"}, "Silva", True),
        ({"first_name": "Ana"}, "Ana", False),
        ({"contact_name": "A", "last_name": "B"}, "A", True),
        ({}, "", False),
    ],
)
def test_a_name(data: dict[str, Any], name: str, enough: bool) -> None:
    assert (contact_name(data), has_name(data)) == (name, enough)


@pytest.mark.parametrize(
    ("email", "normalised"),
    [(" Ana@EXAMPLE.com ", "ana@example.com"), ("STRASSE@X.DE", "strasse@x.de"), (None, "")],
)
def test_an_address_is_compared_trimmed_and_case_folded(email: Any, normalised: str) -> None:
    assert normalised_email({"email": email}) == normalised


def test_columns_are_cut_and_a_phone_is_one_line() -> None:
    data = {"contact_name": "n" * 300, "email": "e" * 300, "phone": "1\n 2" + "3" * 99}

    cut = columns(data)

    assert {name: len(value) for name, value in cut.items()} == {
        "name": 200,
        "email": 254,
        "phone": 50,
    }
    assert cut["phone"].startswith("1 23")
