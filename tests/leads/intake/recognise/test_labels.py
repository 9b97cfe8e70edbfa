"""Labels as real forms write them, titles that stand elsewhere, and tags that were never filled."""

from __future__ import annotations

from typing import Any

import pytest

from leads.data import contact_name
from leads.flags import Flag
from leads.intake.recognise.junk import cleaned
from leads.intake.recognise.reading import read_as

MAIL, PHONE = "ada@x.example", "+49 30 5551106"
TAGS = [
    *("[your-name]", "[your-email]", '[field id="name"]', "{inputs.names}", '{field_id="1"}'),
    *("{name}", "*|FNAME|*", "%name%", "${name}", "Undefined", "NULL", "undefined", "UNDEFINED"),
    *("[first-name] [last-name]", "*|FNAME|* *|LNAME|*", "{first_name} {last_name}"),
]
TEXTS = [
    *("Null", "Ada [Byron]", "Price {net} 20", "100%", "50% of %", "[sic] hello", "*Ada*", "a*|b"),
    *("{not a tag}", "[please call me]", "Ms. Null", "null and void", "5 % 3 %", "$name"),
]


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_that_was_not_filled_counts_as_empty(tag: str) -> None:
    assert cleaned(tag) == ("", frozenset({Flag.PLACEHOLDER}))


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_with_such_signs_is_a_text(text: str) -> None:
    assert cleaned(text) == (text, frozenset())


def typeform(title: str, value: str, **more: Any) -> dict[str, Any]:
    """A post of Typeform, whose answers say nothing but the ids of their fields."""
    field = {"id": "Kx1", "ref": "6f1a-22", "type": "short_text"}
    return {
        "event_type": "form_response",
        "form_response": {
            "definition": {"title": "Quote", "fields": [{**field, "title": title, **more}]},
            "answers": [
                {"type": "text", "text": value, "field": field},
                {"type": "email", "email": MAIL, "field": {"id": "Kx2", "ref": "7f-1"}},
            ],
        },
    }


def test_an_answer_has_the_title_of_its_field() -> None:
    read = read_as(typeform("Full name", "Ada Byron"))

    assert read.fields["contact_name"] == "Ada Byron"
    assert read.paths["form_response.answers.6f1a-22"] == "contact_name"


@pytest.mark.parametrize("title", ["Your adviser's full name", "Favourite colour", "Form name", ""])
def test_a_title_of_something_else_names_nobody(title: str) -> None:
    assert "contact_name" not in read_as(typeform(title, "Ada Byron")).fields


PHONES = [
    *(
        "Phone Number",
        "mobilephone",
        "customer_phone_number",
        "Telefone/WhatsApp",
        "Phone / Mobile",
    ),
    *("Phone number (incl. country code)", "Best phone number", "Numero di cellulare"),
    *("Recapito telefonico", "Teléfono de contacto", "Tel.-Nr.", "Telefon (tagsüber)"),
    *("Tél. portable", "Mobiel nummer", "Telefon kontaktowy", "et_pb_contact_phone_0"),
    *("What's your phone number?", "Ihre Telefonnummer für Rückfragen", "contactPhone"),
]
NO_PHONES = [
    *("Phone model", "System phone id", "Emergency phone", "Friend's phone number", "Phone bill"),
    *("Company phone number", "Telefon Ihres Maklers", "Teléfono de la empresa", "Fax number"),
    *("Order number", "Best number of guests", "Customer number", "Kundennummer", "Number"),
]


@pytest.mark.parametrize("label", PHONES)
@pytest.mark.parametrize("shape", ["a field", "an answer"])
def test_a_phone_number_is_known_by_the_words_of_its_label(label: str, shape: str) -> None:
    data = {label: PHONE} if shape == "a field" else {
        "questions_and_answers": [{"question": label, "answer": PHONE}]
    }  # fmt: skip

    assert read_as({"email": MAIL, **data}).fields.get("phone") == PHONE


@pytest.mark.parametrize("label", NO_PHONES)
def test_a_number_of_something_else_is_no_phone_number(label: str) -> None:
    assert "phone" not in read_as({"email": MAIL, label: PHONE}).fields


NAMES = {
    "Wie lautet Ihr Name?": "contact_name",
    "Wie ist Ihr Name?": "contact_name",
    "Wie heißen Sie?": "contact_name",
    "Quel est votre nom ?": "contact_name",
    "Comment vous appelez-vous ?": "contact_name",
    "¿Cómo te llamas?": "contact_name",
    "¿Cuál es tu nombre completo?": "contact_name",
    "Come ti chiami?": "contact_name",
    "Qual è il tuo nome completo?": "contact_name",
    "Jak się nazywasz?": "contact_name",
    "Hoe heet je?": "contact_name",
    "What's your full name?": "contact_name",
    "What is your first name?": "first_name",
    "May we have your last name?": "last_name",
    "customer_first_name": "first_name",
    "client_first_name": "first_name",
    "lead_first_name": "first_name",
    "user_first_name": "first_name",
    "contactFirstName": "first_name",
    "contactLastName": "last_name",
    "et_pb_contact_name_0": "contact_name",
    "name-1-first-name": "first_name",
    "name-1-last-name": "last_name",
}
NOBODYS = [
    *(
        "What is your dog's name?",
        "What is your company's name?",
        "user_name",
        "Customer",
        "client",
    ),
    *(
        "agent_first_name",
        "customer_company_name",
        "Wie lautet der Name Ihres Kindes?",
        "file name",
    ),
    *("Quel est le nom de votre entreprise ?", "¿Cómo se llama tu perro?", "et_pb_contact_form_0"),
    *("What is the name of your street?", "name-1-company", "lead_source", "lead_status"),
    *("client_id", "Who told you of us?", "What's your favourite name?", "product_name_0"),
]


@pytest.mark.parametrize("label", NAMES)
def test_a_name_is_known_by_the_words_of_its_label(label: str) -> None:
    read = read_as({"email": MAIL, label: "Ada Byron"})

    assert contact_name(read.fields) == "Ada Byron"
    assert NAMES[label] == "contact_name" or NAMES[label] in read.fields


@pytest.mark.parametrize("label", NOBODYS)
def test_a_name_of_something_else_names_nobody(label: str) -> None:
    read = read_as({"email": MAIL, label: "Ada Byron"})

    assert not {"contact_name", "first_name", "last_name"} & read.fields.keys()


def test_googles_only_column_is_who_wrote() -> None:
    columns = [{"column_id": "FULL_NAME", "string_value": "Ada Byron"},
               {"column_id": "POSTAL_CODE", "string_value": "10115"}]  # fmt: skip

    for sent in (columns[:1], columns):
        read = read_as({"lead_id": "x", "form_id": 4, "user_column_data": sent})
        assert (read.fields.get("contact_name"), read.unclear) == ("Ada Byron", {})


@pytest.mark.parametrize("inner", [
    [{"question": {"text": "Your name?"}, "answer": {"text": "Ada Byron"}},
     {"question": {"text": "E-mail"}, "answer": {"text": MAIL}}],
    [{"heading": "What is your name?", "answers": [{"text": "Ada Byron"}]},
     {"heading": "E-mail", "answers": [{"text": MAIL}]}],
], ids=["objects", "headings"])  # fmt: skip
def test_a_question_is_a_label_wherever_it_stands(inner: Any) -> None:
    fields = read_as({"answers": inner}).fields

    assert (fields["contact_name"], fields["email"]) == ("Ada Byron", MAIL)


@pytest.mark.parametrize(("number", "phone"), [
    ({"area": "020", "phone": "7946 0018"}, "020 7946 0018"),
    ({"area": "(020)", "phone": "7946 0018"}, "020 7946 0018"),
    ({"area": "020", "phone": "+44 20 7946 0018"}, "+44 20 7946 0018"),
    ({"area": "020", "phone": "020 7946 0018"}, "020 7946 0018"),
    ({"area": "London", "phone": "7946 0018"}, "7946 0018"),
    ({"area": "", "phone": "7946 0018"}, "7946 0018"),
], ids=str)  # fmt: skip
def test_a_number_in_parts_is_read_whole(number: dict[str, str], phone: str) -> None:
    assert read_as({"q5_phoneNumber": number, "email": MAIL}).fields["phone"] == phone
