"""Which tokens a lead has, and which terms a text is read as."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.search.typed import Typed
from leads.search.words import LONGEST, MOST, NOTHING, fold, tokens_of
from tests.leads.search.finding import finds

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["contact_name", "first_name", "email", "phone", "company", "other"])

SLOW_MACHINES_TOO = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


AISHA = {
    "contact_name": "Aïsha Fortin-Łukasz",
    "email": "aisha.fortin@mail.dealer.ca",
    "phone": "+1 (403) 555-1106",
    "company": "O'Brien & Søn GmbH",
}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "4035551106",
            "(403) 555-1106",
            "555 1106",
            "1106",
            "+1 403 555 1106",
            "001 403.555.1106",
        ),
        *("٤٠٣٥٥٥١١٠٦", "Fortin", "FORT", "fortin aisha", "Aisha Fortin", "aïsha", "lukasz"),
        *("aisha.f", "AISHA.FORTIN@MAIL.DEALER.CA", "aisha.fortin@", "mail.dealer.ca", "dealer.ca"),
        *("@dealer.ca", "O'Brien", "obrien", "o brien", "brien", "O’Brien", "son", "soen", "sø"),
        *(
            "fortin 1106",
            "555 1106 aisha",
            "fortin obrien 555-1106",
            "fortin, aisha",
            "aisha.brien",
        ),
    ],
)
def test_a_caller_is_found_by_each_form_of_what_is_known(text: str) -> None:
    assert finds(text, AISHA)


@pytest.mark.parametrize(
    "text",
    [
        *("ortin", "fortina", "4035551107", "555 110", "5511", "aisha.x", "ealer.ca", "gmbhx"),
        *("fortin smith", "aisha@mail.dealer.ca", "+49 403 555 1106", "0000", "()", "'", "%"),
    ],
)
def test_what_no_lead_has_finds_none(text: str) -> None:
    assert not finds(text, AISHA)


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("Müller", "mueller"), ("Mueller", "Müller"), ("Müller", "muller"), ("Weiß", "weiss"),
        ("Weiss", "Weiß"), ("Ødegård", "oedegaard"), ("Ødegård", "odegard"), ("İnci", "inci"),
        ("Nguyễn", "nguyen"), ("Ἀλέξανδρος", "αλεξανδρος"), ("Ёлкин", "елкин"),
        ("हिन्दी", "हिन्दी"), ("山田太郎", "山田"), ("李", "李"), ("김철수", "김철"),
        ("D'Angelo", "angelo"), ("ﬁnn", "finn"),
    ],
)  # fmt: skip
def test_letters_are_compared_as_people_type_them(kept: str, typed: str) -> None:
    assert finds(typed, {"contact_name": kept})


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("+49 (0)30 123456", "030 123456"),
        ("030 123456", "+49 30 123456"),
        ("0049 30 123456", "+49 (0)30/123456"),
        ("403 555 1106 / 403 555 1107", "555-1106"),
        ("403 555 1106 / 403 555 1107", "555-1107"),
        ("4035551106 4035551107", "5551106"),
        ("403-555-1106 ext. 12", "403 555 1106"),
        ("403-555-1106x12", "5551106"),
        ("555-1106", "403 555-1106"),
        ("403 555 0106", "0106"),
    ],
)
def test_numbers_are_compared_from_their_end(kept: str, typed: str) -> None:
    assert finds(typed, {"phone": kept})


def test_a_corrected_field_may_be_of_any_kind() -> None:
    assert tokens_of({"email": ["a@b.co", "c@d.co"], "phone": 4035551106})[:2] == [
        "#6011555304",
        "a@b.co",
    ]


def test_a_lead_without_words_has_the_token_of_nothing() -> None:
    assert tokens_of({"message": "Call me"}) == [NOTHING]


def test_a_text_that_names_nothing_has_no_terms() -> None:
    assert Typed.read(" ..'-, ").readings() == []


@pytest.mark.parametrize(("text", "short"), [("", True), ("a", True), ("1", False), ("李", False)])
def test_one_letter_is_too_short(text: str, short: bool) -> None:
    assert Typed.read(text).is_too_short is short


@SLOW_MACHINES_TOO
@given(st.dictionaries(FIELDS, JSON))
def test_any_data_has_tokens_that_a_database_takes(data: dict[str, Any]) -> None:
    tokens = tokens_of(data)

    assert 0 < len(tokens) <= MOST
    assert len(set(tokens)) == len(tokens)
    for token in tokens:
        assert len(token) <= LONGEST
        assert "\x00" not in token
        token.encode()


@SLOW_MACHINES_TOO
@given(st.text())
def test_any_text_is_read_as_terms_that_a_database_takes(text: str) -> None:
    for terms in Typed.read(text).readings():
        for term in terms:
            assert term.beginnings
            assert all(term.beginnings), "an empty beginning is in every lead"
            "".join((*term.beginnings, *term.exact)).encode()


NAME = st.text(
    st.characters(whitelist_categories=["Lu", "Ll", "Lt", "Lo"], max_codepoint=0x2FFF),
    min_size=2,
    max_size=12,
)


@SLOW_MACHINES_TOO
@given(st.lists(NAME, min_size=1, max_size=4), st.randoms())
def test_a_name_is_found_by_its_words_in_any_order(names: list[str], dice: Any) -> None:
    typed = [name for name in names if fold(name)]
    dice.shuffle(typed)

    assert not typed or finds(" ".join(typed), {"contact_name": " ".join(names)})


@SLOW_MACHINES_TOO
@given(st.text("0123456789", min_size=7, max_size=15), st.integers(4, 15), st.data())
def test_a_number_is_found_by_any_end_of_four_digits(digits: str, length: int, data: Any) -> None:
    number = "1" + digits
    signs = data.draw(
        st.lists(st.sampled_from(["", " ", "-", ".", ") "]), min_size=20, max_size=20)
    )
    kept = "".join(map("".join, zip(number, signs, strict=False)))
    end = number[-length:]

    assert finds(end, {"phone": number})
    assert finds(end, {"phone": kept})
