"""Numbers, phone numbers, yes and no as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zoho.fit.readers import Home, Reading, read_number, read_phone, read_yes_no


@pytest.mark.parametrize(
    ("text", "number", "whole"),
    [
        ("12", "12", True),
        ("-12.50", "-12.50", True),
        ("1.234,50", "1234.50", True),
        ("1,234.50", "1234.50", True),
        ("1 234 567", "1234567", True),
        ("1.234", "1.234", True),
        ("1,234", "1234", False),
        ("12,5", "12.5", True),
        ("€ 12", "12", False),
        ("25 %", "25", True),
        ("1.234,567.8", None, None),
        ("1,234,567,8", None, None),
        ("twelve", None, None),
        ("1" * 65, None, None),
    ],
)
def test_a_number_is_read_as_meant(text: str, number: str, whole: bool) -> None:
    assert read_number(text) == (number and Reading(Decimal(number), whole))


@pytest.mark.parametrize(
    ("text", "country", "number", "whole"),
    [
        ("030 901820", "DE", "+4930901820", True),
        ("+49 (30) 901820", "", "+4930901820", True),
        ("+49 (0)30 901820", "DE", "+4930901820", False),
        ("0049 30 901820", "DE", "+4930901820", True),
        ("212 555 0100 ext. 12", "US", "+12125550100", False),
        ("0800 FLOWERS", "US", None, None),
        ("030 901820", "", None, None),
        ("12", "DE", None, None),
        ("1" * 65, "DE", None, None),
    ],
)
def test_a_phone_number_is_read_by_its_country(
    text: str, country: str, number: str, whole: bool
) -> None:
    assert read_phone(text, Home(country)) == (number and Reading(number, whole))


@pytest.mark.parametrize(
    ("text", "answer"), [(" Yes", True), ("JA", True), ("off", False), ("maybe", None)]
)
def test_yes_and_no_in_the_words_of_forms(text: str, answer: bool | None) -> None:
    assert read_yes_no(text) == (None if answer is None else Reading(answer))
