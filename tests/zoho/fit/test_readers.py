"""Numbers, phone numbers, yes and no as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho.fit.numbers import COMMA_COUNTRIES, POINT_COUNTRIES, read_number
from zoho.fit.readers import Home, Reading, read_phone, read_yes_no


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


# --- Numbers where a site is at home ------------------------------------------------------------

SURE, GUESSED = True, False


@pytest.mark.parametrize(
    ("text", "country", "number", "whole"),
    [
        ("1.200", "DE", "1200", GUESSED),
        ("1.200", "de", "1200", GUESSED),
        ("1.200", "US", "1.200", SURE),
        ("1.200", "CH", "1.200", SURE),
        ("1.200", "", "1.200", SURE),
        ("1,200", "US", "1200", GUESSED),
        ("1,200", "DE", "1.200", SURE),
        ("1,200", "", "1200", GUESSED),
        ("0.500", "DE", "0.500", SURE),
        ("0,500", "US", "0.500", SURE),
        ("1200.5", "DE", "1200.5", SURE),
        ("1200,5", "US", "1200.5", SURE),
        ("12.50", "DE", "12.50", SURE),
        ("1234.567", "DE", "1234.567", SURE),
        ("1.234.567", "US", "1234567", SURE),
        ("1,234,567", "DE", "1234567", SURE),
        ("1.234.567,89", "US", "1234567.89", SURE),
        ("1,234,567.89", "DE", "1234567.89", SURE),
        ("12.34.56", "DE", None, None),
        ("1.2345.678", "DE", None, None),
        # blanks and apostrophes
        ("1 200", "FR", "1200", SURE),
        ("1\u00a0200", "FR", "1200", SURE),
        ("1\u202f200,50", "FR", "1200.50", SURE),
        ("1\u2009200.50", "FR", "1200.50", SURE),
        ("1'200", "CH", "1200", SURE),
        ("1’200.50", "CH", "1200.50", SURE),
        ("1'200,50", "CH", "1200.50", SURE),
        ("1 20", "FR", None, None),
        ("1 200'000", "CH", None, None),
        # India
        ("1,00,000", "IN", "100000", SURE),
        ("12,34,567.50", "IN", "1234567.50", SURE),
        # with a currency
        ("€ 1.200", "DE", "1200", GUESSED),
        ("1.200 €", "DE", "1200", GUESSED),
        ("1.200,- €", "DE", "1200", GUESSED),
        ("EUR 1.200,50", "DE", "1200.50", GUESSED),
        ("1.200,50 Euro", "DE", "1200.50", GUESSED),
        ("CHF 1'200.–", "CH", "1200", GUESSED),
        ("Fr. 1’200.--", "CH", "1200", GUESSED),
        ("$1,200.50", "US", "1200.50", GUESSED),
        ("US$ 1,200", "US", "1200", GUESSED),
        ("R$ 1.200,00", "BR", "1200.00", GUESSED),
        ("-$12", "US", "-12", GUESSED),
        ("$-12", "US", "-12", GUESSED),
        ("−12", "US", "-12", SURE),
        ("12 kr", "SE", "12", GUESSED),
        ("₺12", "TR", "12", GUESSED),
        ("25 %", "DE", "25", SURE),
        # no numbers
        ("12 k", "US", None, None),
        ("5 Mio", "DE", None, None),
        ("3 rooms", "US", None, None),
        ("1-2", "US", None, None),
        ("--12", "US", None, None),
        ("€ 12 €", "DE", None, None),
        ("€", "DE", None, None),
        ("", "DE", None, None),
        (".", "DE", None, None),
        ("1.", "DE", None, None),
    ],
)
def test_a_number_is_read_as_the_sites_country_writes_it(
    text: str, country: str, number: str, whole: bool
) -> None:
    assert read_number(text, country) == (number and Reading(Decimal(number), whole))


def test_no_country_writes_both_ways() -> None:
    assert not POINT_COUNTRIES & COMMA_COUNTRIES


WRITTEN = {"DE": (".", ","), "US": (",", "."), "FR": ("\u202f", ","), "CH": ("’", ".")}


@given(
    st.integers(0, 10**12),
    st.text(st.sampled_from("0123456789"), min_size=1, max_size=4),
    st.sampled_from(sorted(WRITTEN)),
)
def test_what_a_country_writes_is_read_back(whole: int, cents: str, country: str) -> None:
    group, point = WRITTEN[country]
    text = f"{whole:,}".replace(",", group)

    assert read_number(text, country) == Reading(
        Decimal(whole), whole=not (country in ("DE", "US") and 4 <= len(str(whole)) <= 6)
    )
    reading = read_number(f"{text}{point}{cents}", country)
    assert reading is not None
    assert reading.value == Decimal(f"{whole}.{cents}")


@given(st.text(max_size=70), st.sampled_from(["", "DE", "US"]))
def test_any_text_is_a_number_or_none(text: str, country: str) -> None:
    reading = read_number(text, country)

    assert reading is None or any(sign.isdigit() for sign in text)
