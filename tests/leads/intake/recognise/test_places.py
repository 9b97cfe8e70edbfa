"""Whose a name is: theirs who can be reached, and nobody's where something else stands above it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leads.data import contact_name
from leads.intake.recognise.junk import _text, cleaned
from leads.intake.recognise.names import OTHERS
from leads.intake.recognise.places import WRAPPERS, is_wrapper
from leads.intake.recognise.reading import read_as

THINGS = [
    *("student", "dealer", "vehicle", "agent", "author", "teacher", "spouse", "insured", "event"),
    *("course", "property", "unit", "form_owner", "manager", "doctor", "landlord", "tenant"),
    *("broker", "bride", "room", "boat", "clinic", "seller", "reviewer", "Fahrzeug", "Arzt"),
    *("véhicule", "professeur", "abogado", "inquilino", "leerling", "nauczyciel", "student1", "a"),
]
NAMES: dict[str, dict[str, Any]] = {
    "name": {"name": "Bob Stone"},
    "full name": {"full_name": "Bob Stone"},
    "parts": {"first_name": "Bob", "last_name": "Stone"},
    "a name in parts": {"name": {"first": "Bob", "last": "Stone"}},
    "with a number": {"name": "Bob Stone", "phone": "5551106"},
    "with an address": {"name": "Bob Stone", "email": "bob@x.co", "phone": "5551106"},
}
ROOTS: dict[str, dict[str, Any]] = {
    "our own": {"email": "a@b.co"},
    "a label": {"Your e-mail": "a@b.co"},
    "a shape": {"q7": "a@b.co"},
    "below a wrapper": {"data": {"fields": {"E-mail": "a@b.co"}}},
}


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("inner", NAMES)
@pytest.mark.parametrize("thing", THINGS)
def test_a_name_below_a_thing_is_not_that_of_who_wrote(thing: str, inner: str, root: str) -> None:
    read = read_as({thing: NAMES[inner], **ROOTS[root]})

    assert contact_name(read.fields) == ""
    assert (read.fields["email"], "phone" in read.fields) == ("a@b.co", False)


@given(st.text(min_size=1, max_size=12), st.sampled_from(sorted(NAMES)))
def test_whatever_the_thing_is_called(thing: str, inner: str) -> None:
    assume(not is_wrapper(thing))

    read = read_as({"email": "a@b.co", "data": {thing: NAMES[inner]}})

    assert contact_name(read.fields) == ""


@pytest.mark.parametrize("thing", ["student", "teacher", "insured", "x7q", "Fahrzeug"])
def test_who_alone_can_be_reached_is_who_wrote(thing: str) -> None:
    read = read_as({"id": 7, thing: {"name": "Bob Stone", "email": "bob@x.co"}})

    assert (contact_name(read.fields), read.fields["email"]) == ("Bob Stone", "bob@x.co")


@pytest.mark.parametrize(
    "wrapper",
    [
        *("contact", "lead", "customer", "data", "fields", "answers", "payload", "submission"),
        *("f81d4fae-7dec", "x7q", "field_12"),
        *("form_response", "formSubmission", "your-details", "personal_info", "step_2", "3", "q1"),
        *("contact_info", "billing_address", "Kontaktdaten-Person", "datos", "attributes", "entry"),
    ],
)
def test_what_wraps_a_name_is_nobody_else(wrapper: str) -> None:
    fields = read_as({wrapper: {"full_name": "Ada Byron"}, "email": "a@b.co"}).fields

    if wrapper == "Kontaktdaten-Person":  # a word that no table has is a thing
        assert contact_name(fields) == ""
    else:
        assert contact_name(fields) == "Ada Byron"


def test_no_word_is_both_a_wrapper_and_anothers() -> None:
    assert not WRAPPERS & OTHERS


UNCLEAR: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"student": {"full_name": "B"}, "email": "a@b.co"}, {"contact_name": ["student.full_name"]}),
    (
        {
            "parent": {"full name": "A", "phone": "5"},
            "pupil": {"first name": "B", "email": "b@c.d"},
        },
        {"contact_name": ["parent.full name"], "first_name": ["pupil.first name"]},
    ),
    (
        {"a": {"full name": "A", "email": "a@b.co"}, "b": {"full name": "B", "email": "b@b.co"}},
        {"contact_name": ["a.full name", "b.full name"], "email": ["a.email", "b.email"]},
    ),
]


@pytest.mark.parametrize(("data", "unclear"), UNCLEAR, ids=str)
def test_a_person_is_asked_where_the_only_name_is_somebodys(
    data: dict[str, Any], unclear: dict[str, list[str]]
) -> None:
    read = read_as(data)

    assert read.unclear == unclear
    assert contact_name(read.fields) == ""


def test_the_forms_own_name_wins_over_one_below_a_thing() -> None:
    data = {
        "first_name": "Ada",
        "last_name": "B",
        "manager": {"full_name": "Eva"},
        "email": "a@b.co",
    }

    read = read_as(data)

    assert (contact_name(read.fields), read.unclear) == ("Ada B", {})


LISTS: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {
            "NAME": "Ada",
            "PHONE[0][VALUE]": "+49 30 55511",
            "PHONE[0][VALUE_TYPE]": "WORK",
            "EMAIL[0][VALUE]": "a@b.co",
        },
        {"contact_name": "Ada", "phone": "+49 30 55511", "email": "a@b.co"},
    ),
    (
        {
            "fields[NAME]": "Ada",
            "fields[LAST_NAME]": "Byron",
            "fields[PHONE][0][VALUE]": "55511",
            "fields[PHONE][1][VALUE]": "55512",
            "fields[EMAIL][0][VALUE]": "a@b.co",
        },
        {"first_name": "Ada", "last_name": "Byron", "phone": "55511", "email": "a@b.co"},
    ),
    (
        {"PHONE": [{"VALUE": "55511", "VALUE_TYPE": "WORK"}], "EMAIL": [{"VALUE": "a@b.co"}]},
        {"phone": "55511", "email": "a@b.co"},
    ),
    (
        {
            "name": "Ada",
            "phone": [{"value": "55511", "primary": True}, {"value": "55512", "primary": False}],
            "email": [{"value": "a@b.co", "primary": True}, {"value": "c@d.co"}],
        },
        {"contact_name": "Ada", "phone": "55511", "email": "a@b.co"},
    ),
    ({"phones": ["55511"], "emails": ["a@b.co"]}, {"phone": "55511", "email": "a@b.co"}),
    (
        {"phone[0]": "55511", "phone[1]": "55512", "e": "a@b.co"},
        {"phone": "55511", "email": "a@b.co"},
    ),
    ({"name": {"0": "Ada", "1": "Bob"}, "email": "a@b.co"}, {"email": "a@b.co"}),
]


@pytest.mark.parametrize(("data", "expected"), LISTS, ids=str)
def test_the_first_of_several_numbers_and_addresses_is_taken(
    data: dict[str, Any], expected: dict[str, str]
) -> None:
    read = read_as(data)

    ours = {"contact_name", "first_name", "last_name", "phone", "email"}
    assert {name: text for name, text in read.fields.items() if name in ours} == expected
    assert not read.unclear


@pytest.mark.parametrize(
    "data", [{"via": "Facebook"}, {"business": "yes"}, {"Via": "newsletter"}, {"business": True}]
)
def test_a_channel_is_no_street_and_a_tick_no_company(data: dict[str, Any]) -> None:
    assert not {"street", "company"} & read_as({"email": "a@b.co", **data}).fields.keys()


@given(st.text() | st.sampled_from(["&amp;", "null", "\u200b", "{{x}}", "undefined null", "%%A%%"]))
def test_what_has_no_sign_of_junk_has_none(text: str) -> None:
    assert cleaned(text) == _text(text)
