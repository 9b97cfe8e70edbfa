"""From a lead's data to a record: no value that arrived is left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leads.data import KNOWN_FIELDS, as_text
from zoho.fit.metadata import STANDARD_LEADS
from zoho.mapping.record import POSTCODE_LIMIT, Fitted, to_record

STREET_LIMIT = STANDARD_LEADS["Street"].length


def record_of(**data: Any) -> dict[str, Any]:
    return to_record(data).record


def test_known_fields_go_to_their_own_place() -> None:
    data = {name: f"the {name}" for name in KNOWN_FIELDS}
    data |= {"zip": "12345", "email": "ana@example.com"}

    assert record_of(**data) == {
        "First_Name": "the first_name",
        "Last_Name": "the last_name",
        "Email": "ana@example.com",
        "Phone": "the phone",
        "Company": "the company",
        "Street": "the street",
        "City": "the city",
        "State": "the state",
        "Zip_Code": "12345",
        "Country": "the country",
        "Description": "the message\ncontact_name: the contact_name",
    }


@pytest.mark.parametrize(
    ("data", "first", "last"),
    [
        ({"contact_name": "Ana Maria Silva"}, "Ana Maria", "Silva"),
        ({"contact_name": "Madonna"}, None, "Madonna"),
        ({"contact_name": "  Ana   Silva "}, "Ana", "Silva"),
        ({"first_name": "Ana", "last_name": "Silva"}, "Ana", "Silva"),
        ({"last_name": "Silva"}, None, "Silva"),
        ({"first_name": "Ana", "contact_name": "Ana Silva"}, "Ana", "Silva"),
        ({"first_name": "Ana", "contact_name": "Ana Ana"}, "Ana", "Ana"),
        ({"first_name": "Ana", "contact_name": "Silva"}, "Ana", "Silva"),
        ({"first_name": "Ana", "last_name": "S", "contact_name": "S Ana"}, "Ana", "S"),
        ({"contact_name": ["Ana", "Silva"]}, "Ana,", "Silva"),
    ],
)
def test_names(data: dict[str, Any], first: str | None, last: str) -> None:
    record = record_of(**data)

    assert (record.get("First_Name"), record["Last_Name"]) == (first, last)
    assert "Description" not in record


def test_a_contact_name_that_says_more_is_kept() -> None:
    record = record_of(contact_name="Dr Ana Silva", last_name="Silva")

    assert record == {"Last_Name": "Silva", "Description": "contact_name: Dr Ana Silva"}


def test_a_word_that_a_name_has_twice_is_not_lost() -> None:
    record = record_of(contact_name="Ana Ana Silva", first_name="Ana", last_name="Silva")

    assert record["Description"] == "contact_name: Ana Ana Silva"


def test_unknown_fields_go_to_description_under_their_name() -> None:
    record = record_of(last_name="S", message="Hello", budget=5, tags=["a", "b"], more={"x": None})

    assert record["Description"] == 'Hello\nbudget: 5\ntags: a, b\nmore: {"x": null}'


def test_empty_values_are_left_out() -> None:
    assert record_of(last_name="S", email="", phone=None, x=" ", y=[]) == {"Last_Name": "S"}


def test_the_same_data_make_the_same_record() -> None:
    data = {"contact_name": "Ana Silva", "zip": "x" * 20, "b": 1, "a": [2, {"c": 3}]}

    assert to_record(data) == to_record(dict(data))


# --- The postcode ----------------------------------------------------------------------------


def test_a_postcode_of_ten_characters_stays() -> None:
    fitted = to_record({"last_name": "S", "zip": "1" * POSTCODE_LIMIT})

    assert fitted == Fitted({"Last_Name": "S", "Zip_Code": "1" * POSTCODE_LIMIT}, [])


def test_a_longer_postcode_goes_to_the_street() -> None:
    fitted = to_record({"street": "Main St 1", "zip": "12345 Springfield"})
    record, repairs = fitted.record, fitted.repairs

    assert record == {"Street": "Main St 1, 12345 Springfield"}
    assert len(repairs) == 1
    assert "Street" in repairs[0]


def test_a_longer_postcode_without_a_street_becomes_it() -> None:
    assert record_of(zip="12345 Springfield") == {"Street": "12345 Springfield"}


@pytest.mark.parametrize(("room", "fits"), [(0, True), (-1, False)])
def test_where_the_street_is_full_it_goes_to_description(room: int, fits: bool) -> None:
    postcode = "12345 Springfield"
    street = "s" * (STREET_LIMIT - len(f", {postcode}") - room)

    fitted = to_record({"street": street, "zip": postcode, "message": "Hello"})
    record, repairs = fitted.record, fitted.repairs

    assert "Zip_Code" not in record
    if fits:
        assert record["Street"] == f"{street}, {postcode}"
    else:
        assert record["Street"] == street
        assert record["Description"] == f"Hello\nzip: {postcode}"
    assert len(repairs) == 1


# --- Nothing is lost -------------------------------------------------------------------------

NAMES = st.sampled_from(KNOWN_FIELDS) | st.text(min_size=1, max_size=8)
VALUES = st.one_of(
    st.text(max_size=300),
    st.text("ab \n\u00a0", max_size=12),
    st.integers(),
    st.booleans(),
    st.none(),
    st.lists(st.text(max_size=5) | st.none(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=2),
)


@given(st.dictionaries(NAMES, VALUES, max_size=8))
@example({"contact_name": "a b a", "first_name": "a", "last_name": "b"})
@example({"contact_name": "ab", "first_name": "a"})
@example({"zip": "x" * 300, "street": "y" * 300, "message": "z"})
def test_every_word_that_arrived_is_in_the_record(data: dict[str, Any]) -> None:
    record = to_record(data).record

    there = Counter(" ".join(record.values()).replace(",", " ").split())
    for name, value in data.items():
        words = Counter(as_text(value).replace(",", " ").split())
        assert words <= there, f"{name} is not all there"


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_a_record_holds_texts_under_known_names_only(data: dict[str, Any]) -> None:
    record = to_record(data).record

    assert record.keys() <= STANDARD_LEADS.keys()
    assert all(isinstance(value, str) and value for value in record.values())
