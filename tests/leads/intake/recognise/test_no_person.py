"""Names that are none, numbers that are none, and what is somebody else's: 0 wrong ones."""

from __future__ import annotations

from typing import Any

import pytest

from leads.data import contact_name
from leads.intake.recognise.reading import read_as

MAIL = "ada@x.example"
THINGS: list[dict[str, Any]] = [
    # Nothing of a person beside a bare name.
    {"name": "Blue chair", "price": "20", "sku": "A1"},
    {"name": "Contact form", "version": 2},
    {"id": "1", "name": "form.submitted", "data": {"colour": "red"}},
    {"name": "signup", "value": "clicked"},
    {"data": {"name": "Acme", "address": "x"}, "meta": {"entity": "organization"}},
    {"name": "Acme", "city": "Rome", "zip": "00100"},
    {"name": "Berlin", "country": "Germany"},
    {"name": "TypeError", "message": "x is undefined"},
    {"name": "Spring sale", "company": "Acme"},
    {"nome": "Sedia blu", "prezzo": "20"},
    {"nombre": "Silla azul", "precio": "20"},
    {"naam": "Stoel", "prijs": "20"},
    {"first": "Monday", "last": "Friday"},
    {"fields": {"name": "Chair", "colour": "red"}},
    {"data": {"nom": "Chaise", "ville": "Paris"}},
    {"properties": {"name": "Acme", "phone": "+1 555 010 9999", "domain": "acme.example"}},
    {"name": "Acme", "phone": "+1 555 010 9999", "industry": "Steel"},
    {"name": "Acme", "phone": "+1 555 010 9999", "vat": "DE1"},
    {"name": "Drill", "sku": "A1", "email": MAIL},
    {"name": "Acme", "domain": "acme.example", "email": MAIL},
    {"fields": [{"label": "Name", "value": "Chair"}, {"label": "Price", "value": "20"}]},
    # Values that no person has for a name.
    {"name": "https://x.example/1", "email": MAIL},
    {"name": "www.x.example", "email": MAIL},
    {"name": "x.example/contact", "email": MAIL},
    {"name": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "email": MAIL},
    {"full_name": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "email": MAIL},
    {"full_name": "https://x.example/1", "email": MAIL},
    {"first": "https://x/1", "last": "https://x/9", "email": MAIL},
    {"first": "google", "last": "direct", "email": MAIL},
    {"first": "yes", "last": "no", "email": MAIL},
    {"last": "yes", "email": MAIL},
    {"first": "ja", "last": "nein", "email": MAIL},
    {"first": "oui", "last": "non", "email": MAIL},
    {"first": "Homepage", "last": "Pricing", "email": MAIL},
    {"first": "Contact us", "last": "Thank you", "email": MAIL},
    {"first": "organic", "last": "cpc", "email": MAIL},
    {"first": "Facebook", "last": "Instagram", "email": MAIL},
    {"first": "Monday", "last": "Friday", "email": MAIL},
    {"first": "2026-01-01", "last": "2026-02-01", "email": MAIL},
    {"first": "/home", "last": "/pricing", "email": MAIL},
    {"lead": {"email": MAIL, "first": "google / cpc", "last": "(direct)"}},
    {"lead": {"email": MAIL, "first": "(none)", "last": "(not set)"}},
    {"name": "Contact form", "email": MAIL},
    {"name": "contact-form-7", "email": MAIL},
    {"name": "Kontaktformular", "email": MAIL},
    {"name": "Formulaire de contact", "email": MAIL},
    {"name": "Formulario de contacto", "email": MAIL},
    {"name": "Modulo contatti", "email": MAIL},
    {"name": "Contactformulier", "email": MAIL},
    {"name": "Formularz kontaktowy", "email": MAIL},
    {"name": "New lead", "email": MAIL},
    {"name": "Lead #12", "email": MAIL},
    {"name": "lead.created", "email": MAIL},
    {"name": "form_submitted", "email": MAIL},
    {"name": "Newsletter signup", "email": MAIL},
    {"name": "Order 1234", "email": MAIL},
    {"name": "Acme Ltd", "email": MAIL},
    {"name": "Acme GmbH", "email": MAIL},
    {"name": "Acme S.r.l.", "email": MAIL},
    {"record": {"name": "LEAD-0001", "email": MAIL}},
    {"data": [{"name": "Form A", "email": MAIL}]},
    {"entry": {"name": "Entry 12", "email": MAIL}},
    # A field's own name.
    {"fields": [{"name": "email", "val": MAIL}]},
    {"fields": [{"name": "Kontaktweg", "zzz": MAIL}]},
    {"data": {"mail": {"name": "Work e-mail", "content": MAIL}, "size": {"name": "Size",
     "content": "L"}}},
    {"email_field": {"name": "Mail field", "content": MAIL}},
    {"x": {"name": "Where can we write to?", "content": MAIL}},
    {"x": {"name": "Reach me", "result": MAIL}},
    {"fields": [{"name": "email", "zzz": MAIL}, {"name": "phone", "zzz": "+49 30 5551106"},
                {"name": "size", "zzz": "L"}]},
    {"answers": [{"name": "Email Address", "answerDetails":
                  {"textQuestionAnswer": {"answer": MAIL}}}]},
    {"name": "email", "val": MAIL},
    {"name": "Telefon", "val": "+49 30 5551106"},
    # The e-mail stands elsewhere.
    {"email": MAIL, "client": {"name": "Chrome", "version": "120"}},
    {"email": MAIL, "client": {"name": "Zapier"}},
    {"email": MAIL, "customer": {"name": "Acme Ltd"}},
    {"email": MAIL, "contact": {"name": "Contact form"}},
    {"email": MAIL, "lead": {"name": "Roof quote 12"}},
    {"email": MAIL, "person": {"name": "Default"}},
    {"email": MAIL, "input": {"name": "email_input"}},
    {"email": MAIL, "input": {"name": "Colour"}},
    {"email": MAIL, "field": {"name": "Colour"}},
    {"email": MAIL, "question": {"name": "Colour"}},
    {"email": MAIL, "address": {"name": "Head office"}},
    {"email": MAIL, "billing_address": {"name": "Head office"}},
    {"email": MAIL, "kunde": {"name": "Muster"}},
    # The form's and somebody else's.
    {"website": {"contact": {"name": "Acme", "email": "info@acme.example"}}, "message": "x"},
    {"site": {"owner_data": {"name": "Acme"}}, "email": MAIL},
    {"page": {"contact": {"full_name": "Eva Stone"}}, "email": MAIL},
]  # fmt: skip
OTHERS = [
    *("consultant", "seller", "berater", "adviser", "advisor", "realtor", "broker", "recruiter"),
    *("sales_rep", "salesRep", "representative", "manager", "Verkäufer", "Makler", "vendeur"),
    *("conseiller", "vendedor", "asesor", "venditore", "consulente", "consultor", "verkoper"),
    *("adviseur", "sprzedawca", "doradca", "coach", "operator", "author"),
]


@pytest.mark.parametrize("data", THINGS, ids=str)
def test_what_is_no_persons_name_is_taken_for_none(data: dict[str, Any]) -> None:
    assert contact_name(read_as(data).fields) == ""


@pytest.mark.parametrize("other", OTHERS)
def test_who_answers_is_not_who_asks(other: str) -> None:
    them = {"name": "Bob", "full_name": "Bob Stone", "email": "bob@x.co", "phone": "555 110 612"}

    read = read_as({other: them, "message": "x"})

    assert not {"contact_name", "email", "phone"} & read.fields.keys()


def test_the_address_of_a_website_is_not_who_wrote() -> None:
    read = read_as({"website": {"contact": {"email": "info@acme.example"}}, "message": "x"})

    assert "email" not in read.fields


@pytest.mark.parametrize("data", [
    {"customer": {"name": "Ada Byron"}, "email": MAIL},
    {"contact": {"name": "Ada Byron"}, "email": MAIL},
    {"user": {"name": "Ada Byron"}, "email": MAIL},
    {"name": "Ada Byron", "message": "Please call"},
    {"name": "Ada Byron", "sku": "A1", "email": MAIL},
    {"somebody": {"full_name": "Ada Byron", "email": MAIL}, "message": "x"},
], ids=str)  # fmt: skip
def test_what_may_be_the_name_is_left_to_a_person(data: dict[str, Any]) -> None:
    read = read_as(data)

    assert contact_name(read.fields) == ""
    assert len(read.unclear["contact_name"]) == 1


NUMBERS = [
    *("iPhone 15", "Pixel 8", "MacBook Pro 14", "B12", 1, "0", "3", "yes", True, "Galaxy S24 256"),
    *("B12345678", "2026-01-15", "2026-01-15T10:00:00Z", "12.5", "call me", "1 to 5", "+44"),
    *("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "https://x.example/12345678", "10115.20", "iOS 17.1"),
]
CALLED = ("mobile", "handy", "portable", "cell", "tel", "Telefon", "Phone number")


@pytest.mark.parametrize("called", CALLED)
@pytest.mark.parametrize("value", NUMBERS, ids=str)
def test_what_has_too_few_digits_or_other_signs_is_no_phone_number(called: str, value: Any) -> None:
    assert "phone" not in read_as({"email": MAIL, called: value}).fields


def test_a_number_of_phones_is_no_phone_number() -> None:
    read = read_as({"q": {"label": "How many phones?", "type": "phone", "value": "3"}})

    assert "phone" not in read.fields


@pytest.mark.parametrize("value", [
    "+49 30 5551106", "(020) 7946-0018", "0170/1234567", "020.7946.0018", "555 1106", "55511",
    "+1 650 555 0123 ext. 12", "+1 650 555 0123 x12", "Tel: 0170 1234567", 15550000000,
    "+49 (0)30 5551106", "0170 1234567 (after 6 pm)", "+49305551106",
], ids=str)  # fmt: skip
def test_a_number_is_read_as_people_write_it(value: Any) -> None:
    assert read_as({"email": MAIL, "mobile": value}).fields["phone"] == str(value)


PEOPLE: list[tuple[dict[str, Any], str]] = [
    ({"name": name, "email": MAIL}, name)
    for name in ("Ada", "Ada Byron", "O'Neil", "Anne-Marie d'Été", "Dr. Ada Byron", "李小龍", "Жук",
                 "Ada Byron Jr.", "J. R. R. Tolkien", "Ng", "Ada Null", "Mary Page", "VAN DER BERG",
                 "deAnna Smith")
]  # fmt: skip
PEOPLE += [
    ({"name": "Ada Byron", "phone": "+49 30 5551106"}, "Ada Byron"),
    ({"name": "Ada", "last_name": "Byron"}, "Ada Byron"),
    ({"first": "Ada", "last": "Byron", "email": MAIL}, "Ada Byron"),
    ({"name": "Ada"}, "Ada"),
    ({"full_name": "Test User 12"}, "Test User 12"),
    ({"contact_name": "https://x.example/1"}, "https://x.example/1"),
    ({"first_name": "google", "last_name": "12"}, "google 12"),
    ({"fields": [{"name": "email", "val": MAIL}, {"name": "name", "val": "Ada"}]}, "Ada"),
    ({"fields": [{"name": "Full name", "response": "Ada"}]}, "Ada"),
    ({"fields": [{"name": "E-mail", "stringValue": MAIL},
                 {"name": "Your name", "stringValue": "Ada"}]}, "Ada"),
    ({"formResponse": {"answers": [
        {"name": "First Name", "answerDetails": {"textQuestionAnswer": {"answer": "Ada"}}},
        {"name": "Last Name", "answerDetails": {"textQuestionAnswer": {"answer": "Byron"}}},
    ]}}, "Ada Byron"),
    ({"form": {"fields": {"full_name": "Ada", "email": MAIL}}}, "Ada"),
    ({"customer": {"name": "Ada", "phone": "+49 30 5551106"}, "email": MAIL}, "Ada"),
    ({"form": {"name": "Contact"}, "data": {"name": "Ada", "email": MAIL}}, "Ada"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name"), PEOPLE, ids=str)
def test_a_person_is_read_as_ever(data: dict[str, Any], name: str) -> None:
    assert contact_name(read_as(data).fields) == name
