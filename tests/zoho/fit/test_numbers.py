"""Numbers as people write them: each form, in each country, for each kind of field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho.fit.kinds import fit
from zoho.fit.metadata import Field
from zoho.fit.numbers import read_number
from zoho.fit.readers import Home

COMMA, POINT, NONE = ("DE", "FR", "SE"), ("US", "IN", "CH"), ("",)
EVERYWHERE = (*COMMA, *POINT, *NONE)
KINDS = {
    "integer": Field("X", "integer", 9),
    "bigint": Field("X", "bigint", 18),
    "currency": Field("X", "currency", 16, decimals=2),
    "double": Field("X", "double", 16, decimals=4),
}
WHOLE, PARTS = ("integer", "bigint"), ("currency", "double")


def sent(kind: str, text: Any, country: str) -> Any:
    """The number that the field gets; a long one travels as text."""
    value = fit(text, KINDS[kind], Home(country)).value
    assert not isinstance(value, str) or kind == "bigint"
    return int(value) if isinstance(value, str) else value


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize(
    ("text", "countries", "number"),
    [
        # thousands, whatever divides them: no fraction can be meant
        ("1,200", EVERYWHERE, 1200),
        ("1,000", EVERYWHERE, 1000),
        ("-1,000", EVERYWHERE, -1000),
        ("1.200", COMMA + POINT, 1200),
        ("1.000", COMMA + POINT, 1000),
        ("100.000", COMMA + POINT, 100_000),
        ("$1,200", EVERYWHERE, 1200),
        ("€ 1.200", COMMA + POINT, 1200),
        ("1.200,- €", COMMA + POINT, 1200),
        ("1.200", NONE, None),
        ("1.000", NONE, 1),
        ("1 200", EVERYWHERE, 1200),
        ("1\u202f200", EVERYWHERE, 1200),
        ("1'200", EVERYWHERE, 1200),
        ("1.200.300", EVERYWHERE, 1_200_300),
        ("1,20,000", EVERYWHERE, 120_000),
        # fractions, whole or not
        ("0,500", EVERYWHERE, None),
        ("0.500", EVERYWHERE, None),
        ("0,000", EVERYWHERE, 0),
        ("00.200", EVERYWHERE, None),
        ("1200,00", EVERYWHERE, 1200),
        ("1200.000", EVERYWHERE, 1200),
        ("1.200,00", EVERYWHERE, 1200),
        ("1.200,50", EVERYWHERE, None),
        ("12,5", EVERYWHERE, None),
        ("1,2000", EVERYWHERE, None),
        # no whole numbers
        ("1,20", EVERYWHERE, None),
        ("1 20", EVERYWHERE, None),
        ("12 pieces", EVERYWHERE, None),
        ("1e3", EVERYWHERE, None),
        ("", EVERYWHERE, None),
    ],
)
def test_in_a_whole_field_every_divider_divides_thousands(
    kind: str, text: str, countries: tuple[str, ...], number: int | None
) -> None:
    assert {sent(kind, text, country) for country in countries} == {number}


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize(
    ("text", "countries", "number"),
    [
        ("1,200", COMMA, 1.2),
        ("1,200", POINT + NONE, 1200),
        ("1.200", COMMA, 1200),
        ("1.200", POINT + NONE, 1.2),
        ("1,000", COMMA, 1),
        ("1.000", COMMA, 1000),
        ("0,500", EVERYWHERE, 0.5),
        ("0.500", EVERYWHERE, 0.5),
        ("1.200,50", EVERYWHERE, 1200.5),
    ],
)
def test_in_a_field_with_decimals_the_country_decides(
    kind: str, text: str, countries: tuple[str, ...], number: float
) -> None:
    assert {sent(kind, text, country) for country in countries} == {number}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("country", EVERYWHERE)
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 200:-", 1200),
        ("1200:-", 1200),
        ("1 200:– kr", 1200),
        ("1 200 kr", 1200),
        ("5,00,000/-", 500_000),
        ("INR 5,00,000/-", 500_000),
        ("Rs. 500/-", 500),
        ("$ 500/=", 500),
        ("1200-", -1200),
        ("1 200-", -1200),
        ("1'200− €", -1200),
        ("(1'200)", -1200),
        ("(€ 1'200)", -1200),
        ("€ (1'200)", -1200),
        ("CHF 1'200.–", 1200),
        ("1'200,-", 1200),
        ("(-1200)", None),
        ("-1200-", None),
        ("((1200))", None),
        ("(1200", None),
        ("1200)", None),
        ("()", None),
        ("1200--", None),
        ("12-14", None),
        ("1200 (net)", None),
        ("5/5", None),
        ("12:30", None),
    ],
)
def test_other_forms_of_writing(kind: str, country: str, text: str, number: int | None) -> None:
    assert sent(kind, text, country) == number


CURRENCIES = """
    TL R RM Rp 円 руб руб. р. грн RSD KM đ KSh S/ S/. MAD FCFA LKR DH Din. CFA 元 원 лв ден XOF RD$
    NT$ Kč zł kr. Rs. ₺ ₽ ₴ ₹ ₦ ₫ ￥ ر.س
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", CURRENCIES.split())
def test_a_currency_stands_before_or_behind(kind: str, word: str) -> None:
    for text in (f"1 200 {word}", f"{word} 1 200", f"{word}1200", f"1200{word}"):
        assert {sent(kind, text, country) for country in EVERYWHERE} == {1200}, text


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("１２００", 1200),
        ("１，２００．５０", 1200.5),
        ("（１２００）", -1200),
        ("－１２", -12),
        ("١٢٠٠", 1200),
        ("۱۲۰۰", 1200),
        ("१२००", 1200),
        ("١٬٢٠٠", 1200),
        ("١٬٢٠٠٫٥", 1200.5),
        ("١٫٢٠٠", 1.2),
        ("\u200f١٢٠٠\u200e", 1200),
        ("1\u3000200", 1200),
        ("1\u2003200", 1200),
        ("1\u2032200", 1200),
        ("1＇200", 1200),
        ("²", None),
        ("Ⅻ", None),
        ("十二", None),
        ("١٫٢٫٣", None),
    ],
)
def test_digits_and_signs_of_every_script(kind: str, text: str, number: float | None) -> None:
    assert {sent(kind, text, country) for country in EVERYWHERE} == {number}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("text", ["１２００", "١٢٠٠", "1\u3000200", "1200 руб"])
def test_a_number_of_another_script_is_kept_as_it_came(kind: str, text: str) -> None:
    fitted = fit(text, KINDS[kind], Home("DE"))

    assert (int(fitted.value), fitted.keep) == (1200, True)


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("country", EVERYWHERE)
@pytest.mark.parametrize("text", ["1.200-", "(1.200)", "1,200-", "(1,200)"])
def test_below_nothing_with_thousands(kind: str, country: str, text: str) -> None:
    number = None if not country and "." in text else -1200
    assert sent(kind, text, country) == number


@pytest.mark.parametrize("text", ["1 200", "1'200", "(12)", "12-", "12:-", "€ 12", "12,0"])
@pytest.mark.parametrize("kind", WHOLE)
def test_what_was_written_otherwise_is_kept_as_it_came(kind: str, text: str) -> None:
    assert fit(text, KINDS[kind], Home("DE")).keep


@given(
    st.integers(-(10**9) + 1, 10**9 - 1),
    st.sampled_from((",", ".", " ", "'", "\u202f")),
    st.sampled_from(COMMA + POINT),
)
def test_a_whole_number_is_read_back_however_its_thousands_are_divided(
    number: int, divider: str, country: str
) -> None:
    text = f"{number:,}".replace(",", divider)

    assert [sent(kind, text, country) for kind in WHOLE] == [number, number]


@given(st.text("0123456789.,:/-=() '€", max_size=12), st.sampled_from(EVERYWHERE))
def test_no_text_is_read_as_digits_that_it_has_not(text: str, country: str) -> None:
    for only_whole in (False, True):
        reading = read_number(text, country, only_whole)
        digits = "".join(filter(str.isdigit, text))
        read = f"{abs(reading.value):f}".replace(".", "") if reading else digits
        assert read.lstrip("0") == digits.lstrip("0")
