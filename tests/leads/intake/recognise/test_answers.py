"""A form's answers with what describes them: read by their labels, whole or in parts."""

from __future__ import annotations

from typing import Any

import pytest

from leads.intake.recognise.reading import read_as

ADA = {"first_name": "Ada", "last_name": "Byron"}
ANSWERS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a list of one": (
        {"fields": [{"name": "Name", "value": "Ada"}]},
        {"contact_name": "Ada"},
    ),
    "a name in parts": (
        {"fields": [{"label": "Full Name", "value": {"first": "Ada", "last": "Byron"}}]},
        ADA,
    ),
    "a name in parts, in other words": (
        {"fields": [{"label": "Your name", "value": {"given": "Ada", "family": "Byron"}}]},
        ADA,
    ),
    "by their ids, named by a label": (
        {
            "answers": {
                "3": {"name": "fullName", "text": "x", "answer": {"first": "Ada", "last": "Byron"}},
                "4": {"name": "email", "text": "E-mail", "answer": "a@b.co"},
                "5": {"name": "phoneNumber", "text": "x", "answer": {"full": "(403) 555-1106"}},
            }
        },
        ADA | {"email": "a@b.co", "phone": "(403) 555-1106"},
    ),
    "the label is stronger than the id": (
        {
            "fields": {
                "name": {"title": "Firma", "value": "ACME"},
                "field_1": {"title": "Telefon", "value": "+49 30 1"},
                "x": {"title": "Ihr Name", "value": "Ada"},
            }
        },
        {"company": "ACME", "phone": "+49 30 1", "contact_name": "Ada"},
    ),
    "a label that says nothing leaves the id": (
        {
            "fields": {
                "name": {"title": "Wie heißen Sie?", "value": "Ada"},
                "email": {"value": "a@b.co"},
            }
        },
        {"contact_name": "Ada", "email": "a@b.co"},
    ),
    "by its kind": (
        {"fields": {"x": {"title": "?", "type": "tel", "value": "555 1106"}}},
        {"phone": "555 1106"},
    ),
    "questions": (
        {
            "q1": {"question": "What is your name?", "answer": "Ada"},
            "q2": {"question": "Your e-mail?", "answer": "a@b.co"},
        },
        {"contact_name": "Ada", "email": "a@b.co"},
    ),
    "a person, and no answers": (
        {"lead": {"name": "Ada", "text": "Please call", "email": "a@b.co"}},
        {"contact_name": "Ada", "email": "a@b.co"},
    ),
    "a person with a deal": (
        {"lead": {"name": "Ada", "value": 500, "email": "a@b.co"}},
        {"contact_name": "Ada", "email": "a@b.co"},
    ),
}
NOBODY: dict[str, dict[str, Any]] = {
    "the name of a field": {
        "answers": {
            "4": {"name": "email", "answer": "a@b.co"},
            "5": {"name": "budget", "answer": "5"},
        }
    },
    "a product's": {"fields": {"name": {"label": "Product name", "value": "Solar"}}},
    "a friend's": {
        "fields": [{"label": "Friend's name", "value": {"first": "Eva", "last": "Stone"}}]
    },
    "the form's": {"form": {"title": "Name", "value": "Contact"}},
    "a title before a name": {"fields": [{"label": "Name", "value": {"prefix": "Dr."}}]},
}


@pytest.mark.parametrize("case", ANSWERS)
def test_answers_are_read_by_what_they_are_called(case: str) -> None:
    data, expected = ANSWERS[case]

    fields = read_as(data).fields

    assert {name: fields.get(name) for name in expected} == expected


@pytest.mark.parametrize("case", NOBODY)
def test_what_describes_an_answer_is_nobody(case: str) -> None:
    read = read_as(NOBODY[case])

    assert not {"contact_name", "first_name", "last_name"} & {*read.fields, *read.unclear}
