"""What real form tools post, read as people would read it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from leads.data import contact_name
from leads.intake.body.read_any import read_submissions
from leads.intake.recognise.reading import ReadAs, read_as

PAYLOADS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "senders" / "payloads.json").read_text()
)


def read(payload: dict[str, Any], chosen: dict[str, str] | None = None) -> ReadAs:
    [submission] = read_submissions(payload["content_type"], payload["body"].encode())
    return read_as(submission.data, chosen)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload["slug"])
def test_who_wrote_is_read_from_what_a_tool_posts(payload: dict[str, Any]) -> None:
    chosen = {field: path for path, field in payload.get("chosen", {}).items()}

    fields = read(payload, chosen).fields

    expected = payload["expect"]
    assert (contact_name(fields), fields["email"]) == (expected["name"], expected["email"])
    digits = re.sub(r"\D", "", fields.get("phone", ""))
    assert digits.endswith(expected.get("phone_digits_end", ""))


def test_numbers_for_names_are_nobody_until_a_person_chooses() -> None:
    [gravity] = [one for one in PAYLOADS if one["slug"].startswith("gravity")]

    fields = read(gravity).fields

    assert fields["email"] == "s2@example.com"  # by its shape
    assert contact_name(fields) == ""
    assert fields["1.3"] == "Ada"


NOBODY: list[dict[str, Any]] = [
    {"form": {"name": "Contact"}, "email": "a@b.co"},
    {"form": {"id": 1, "title": "Get a quote", "name": "Quote"}, "data": {"email": "a@b.co"}},
    {"form_name": "Contact", "email": "a@b.co"},
    {"formName": "Contact", "email": "a@b.co"},
    {"Form Title": "Contact", "email": "a@b.co"},
    {"payload": {"name": "Contact Us", "formId": "1", "data": {"Email": "a@b.co"}}},
    {"payload": {"name": "Contact Us", "data": {"Email": "a@b.co", "Phone": "123"}}},
    {"name": "Contact form", "fields": {"email": "a@b.co"}},
    {"name": "Contact form", "answers": [{"label": "Email", "value": "a@b.co"}]},
    {"title": "Ada", "email": "a@b.co"},
    {"page": {"name": "Landing"}, "email": "a@b.co"},
    {"page_name": "Landing", "email": "a@b.co"},
    {"pageTitle": "Ada Lovelace", "email": "a@b.co"},
    {"site": {"name": "My site"}, "email": "a@b.co"},
    {"site_name": "My site", "email": "a@b.co"},
    {"siteName": "My site", "email": "a@b.co"},
    {"website": "Ada", "email": "a@b.co"},
    {"campaign": {"name": "Spring"}, "email": "a@b.co"},
    {"campaign_name": "Spring", "email": "a@b.co"},
    {"utm": {"name": "Spring"}, "email": "a@b.co"},
    {"utm_campaign": "Ada", "email": "a@b.co"},
    {"company": {"name": "ACME"}, "email": "a@b.co"},
    {"company_name": "ACME", "email": "a@b.co"},
    {"Company Name": "ACME", "email": "a@b.co"},
    {"organization": {"name": "ACME", "phone": "123"}, "email": "a@b.co"},
    {"product": {"name": "Roof"}, "email": "a@b.co"},
    {"product_name": "Roof", "email": "a@b.co"},
    {"items": [{"name": "Roof", "price": 3}, {"name": "Wall", "price": 4}], "email": "a@b.co"},
    {"referrer": {"name": "Bob", "email": "c@d.co"}, "email": "a@b.co"},
    {"referrer_name": "Bob", "email": "a@b.co"},
    {"partner": {"first_name": "Bob", "last_name": "B"}, "email": "a@b.co"},
    {"partner_first_name": "Bob", "email": "a@b.co"},
    {"Partner's name": "Bob", "email": "a@b.co"},
    {"child": {"name": {"first": "Bob", "last": "B"}}, "email": "a@b.co"},
    {"Child's first name": "Bob", "email": "a@b.co"},
    {"pet": {"name": "Rex"}, "email": "a@b.co"},
    {"Pet name": "Rex", "email": "a@b.co"},
    {"hidden": {"name": "x"}, "email": "a@b.co"},
    {"definition": {"fields": [{"name": "name", "title": "Name"}]}, "email": "a@b.co"},
    {"schema": {"name": "Name"}, "data": {"email": "a@b.co"}},
    {"meta": {"name": "x"}, "email": "a@b.co"},
    {"event": {"name": "Open day"}, "data": {"email": "a@b.co"}},
    {"eventName": "lead", "email": "a@b.co"},
    {"file_name": "cv.pdf", "email": "a@b.co"},
    {"username": "ada99", "email": "a@b.co"},
    {"agent": {"name": "Bob"}, "email": "a@b.co"},
    {"name": "undefined undefined", "email": "a@b.co"},
    {"name": "{{contact.first_name}} {Name:1}", "email": "a@b.co"},
    {"name": "null", "email": "a@b.co"},
    {"name": "\u200b", "email": "a@b.co"},
    {"vendor": {"contact": {"name": "Dealer"}}, "email": "a@b.co"},
]


@pytest.mark.parametrize("data", NOBODY, ids=str)
def test_what_is_no_persons_name_is_taken_for_none(data: dict[str, Any]) -> None:
    fields = read_as(data).fields

    assert contact_name(fields) == ""
    assert fields["email"] == "a@b.co"


SOMEBODY: list[tuple[dict[str, Any], str]] = [
    ({"name": "Ada L", "email": "a@b.co"}, "Ada L"),
    ({"full_name": "Ada L"}, "Ada L"),
    ({"fullName": "Ada L"}, "Ada L"),
    ({"firstName": "Ada", "lastName": "L"}, "Ada L"),
    ({"first_name": "Ada"}, "Ada"),
    ({"Your name?": "Ada L", "E-mail?": "a@b.co"}, "Ada L"),
    ({"Vorname *": "Ada", "Nachname *": "L"}, "Ada L"),
    ({"Vor- und Nachname": "Ada L"}, "Ada L"),
    ({"Prénom": "Ada", "Nom": "L", "Courriel": "a@b.co"}, "Ada L"),
    ({"Nombre": "Ada L", "Correo electrónico": "a@b.co"}, "Ada L"),
    ({"Nombre": "Ada", "Apellidos": "L", "Correo": "a@b.co"}, "Ada L"),
    ({"Nome e cognome": "Ada L"}, "Ada L"),
    ({"Voornaam": "Ada", "Achternaam": "L"}, "Ada L"),
    ({"Imię i nazwisko": "Ada L"}, "Ada L"),
    ({"Nome": "Ada", "Sobrenome": "L", "e-mail": "a@b.co"}, "Ada L"),
    ({"contact": {"name": {"first": "Ada", "last": "L"}, "email": "a@b.co"}}, "Ada L"),
    ({"customer": {"name": "Ada L", "email": "a@b.co"}}, "Ada L"),
    ({"name-1": "Ada L", "email-1": "a@b.co"}, "Ada L"),
    ({"form_response": {"answers": [{"text": "Ada L", "field": {"ref": "full_name"}}]}}, "Ada L"),
    ({"formSubmission": {"name": "Ada L", "email": "a@b.co"}}, "Ada L"),
    ({"data": '{"name": "Ada L", "email": "a@b.co"}'}, "Ada L"),
    ({"fields[name][value]": "Ada L", "fields[email][value]": "a@b.co"}, "Ada L"),
    ({"contact[Name]": "Ada L", "contact[email]": "a@b.co"}, "Ada L"),
    ({"name": "O&#039;Something", "email": "a@b.co"}, "O'Something"),
    ({"Name": "Jean\u200b Null", "email": "a@b.co"}, "Jean Null"),
]


@pytest.mark.parametrize(("data", "name"), SOMEBODY, ids=str)
def test_a_name_is_known_by_what_it_is_called(data: dict[str, Any], name: str) -> None:
    assert contact_name(read_as(data).fields) == name


def test_two_that_fit_equally_are_left_to_a_person() -> None:
    read = read_as({"a": {"full name": "Ada", "email": "a@b.co"}, "b": {"full name": "Bob"}})

    assert read.unclear == {"contact_name": ["a.full name", "b.full name"]}
    assert contact_name(read.fields) == ""


def test_our_own_names_always_win() -> None:
    fields = read_as({"contact_name": "Ada", "name": "Shop", "full name": "Bob"}).fields

    assert fields["contact_name"] == "Ada"


def test_a_choice_wins_over_what_is_called_so() -> None:
    fields = read_as({"name": "Shop", "1.3": "Ada", "email": "a@b.co"}, {"contact_name": "1.3"})

    assert fields.fields["contact_name"] == "Ada"
    assert fields.why["contact_name"] == "chosen"


def test_it_is_said_why_a_value_was_recognised() -> None:
    why = read_as({"Your name": "Ada", "x": "a@b.co", "phone": "12"}).why

    assert why == {"contact_name": "label", "email": "shape", "phone": "own_name"}
