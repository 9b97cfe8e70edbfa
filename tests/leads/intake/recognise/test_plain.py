"""Plain posts and browser forms: read beside their data where there is something to be read."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.data import KNOWN_FIELDS, columns
from leads.intake.body.submission import Submission
from leads.intake.recognise import plain
from leads.intake.recognise.plain import read_plain
from leads.intake.recognise.preview import preview
from leads.models import Lead, Site, SiteKey
from tests.factories import make_key
from tests.leads.intake.conftest import Post
from tests.leads.intake.recognise.test_senders import NOBODY, PAYLOADS
from tests.leads.intake.recognise.test_shape import BODIES
from zoho.mapping import dry_run
from zoho.mapping.record import to_record

OWN = dict.fromkeys(KNOWN_FIELDS, "1") | {"contact_name": "Ana Silva", "email": "ana@example.com"}
PLAIN: dict[str, dict[str, Any]] = {
    "our own fields": OWN,
    "nothing": {},
    "an empty name": {"contact_name": ""},
    "other fields": {"contact_name": "Ana", "utm_source": "x", "budget": 5, "newsletter": True},
    "what is nested": {"contact_name": "Ana", "utm": {"source": "x", "n": 1}, "tags": ["a", "b"]},
    "signs of no junk": {"contact_name": "Ana", "message": "R&D {not [a tag] 100%"},
    "our own beside another word": {"contact_name": "Ana", "name": "Contact form"},
    "a number for a name": {"contact_name": 42, "phone": 4917},
    "numbers": {"first_name": "Ana", "last_name": None, "1.3": "x"},
}
READ: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"name": "Ana Silva", "email": "a@b.co"}, {"name": "Ana Silva", "email": "a@b.co"}),
    ({"full_name": "Ana Silva"}, {"name": "Ana Silva"}),
    ({"firstName": "Ana", "lastName": "Silva"}, {"name": "Ana Silva"}),
    ({"contact_name": "Ana", "Email": "a@b.co"}, {"name": "Ana", "email": "a@b.co"}),
    ({"contact_name": "Ana", "Telefonnummer": "0170 1"}, {"name": "Ana", "phone": "0170 1"}),
    ({"contact_name": "Ana", "reply_to": "a@b.co"}, {"name": "Ana", "email": "a@b.co"}),
    ({"your-name": "Ana", "your-email": "a@b.co"}, {"name": "Ana", "email": "a@b.co"}),
    (
        {"fields[name][value]": "Ana", "fields[email][value]": "a@b.co"},
        {"name": "Ana", "email": "a@b.co"},
    ),
    ({"data": {"Your name": "Ana"}}, {"name": "Ana"}),
    ({"fields": [{"name": "Name", "value": "Ana"}]}, {"name": "Ana"}),
    ({"first_name": "Ana", "Nachname": "Silva"}, {"name": "Ana Silva"}),
    ({"last_name": "Silva", "Vorname": "Ana"}, {"name": "Ana Silva"}),
    ({"contact_name": "Ana Silva", "Vorname": "Eva"}, {"name": "Ana Silva"}),
    ({"last_name": "Silva", "Full name": "Eva Stone"}, {"name": "Silva"}),
    ({"email": "a@b.co", "Email": "c@d.co", "Your name": "Ana"}, {"email": "a@b.co"}),
    ({"contact_name": "", "Your name": "Ana"}, {"name": "Ana"}),
    ({"contact_name": "O&#039;Neil"}, {"name": "O'Neil"}),
    ({"contact_name": "Ana", "email": "\u200ba@b.co"}, {"email": "a@b.co"}),
    ({"contact_name": "{{contact.name}}", "email": "a@b.co"}, {"name": ""}),
    ({"contact_name": "undefined undefined"}, {"name": ""}),
    ({"last_name": "null", "first_name": "Ana"}, {"name": "Ana"}),
    ({"contact_name": "Ana", "raw": '{"Email": "a@b.co"}'}, {"name": "Ana", "email": "a@b.co"}),
    ({"contact_name": "Ana", "q1": {"type": "phone", "value": "55511"}}, {"phone": "55511"}),
    (
        {"contact_name": "Ana", "postal": {"code": "10115"}, "p": {"email": "a@b.co"}},
        {"name": "Ana"},
    ),
]


def submission(data: dict[str, Any]) -> Submission:
    return Submission(json.dumps(data).encode(), "application/json", data)


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_of_a_post_with_our_own_names_nothing_is_kept_beside(data: dict[str, Any]) -> None:
    sent = submission(data)

    assert read_plain(sent) is sent


@pytest.mark.parametrize("name", ["our own fields", "other fields", "what is nested", "nothing"])
def test_a_post_with_our_own_names_is_not_walked(name: str) -> None:
    with patch.object(plain, "read_as", side_effect=AssertionError):
        read_plain(submission(PLAIN[name]))


@pytest.mark.parametrize(("data", "who"), READ, ids=str)
def test_who_wrote_is_read_by_what_the_fields_are_called(
    data: dict[str, Any], who: dict[str, str]
) -> None:
    read = read_plain(submission(data))

    assert columns(read.fields).items() >= who.items()
    assert read.data == data


@pytest.mark.parametrize("data", NOBODY, ids=str)
def test_what_names_a_form_or_a_thing_names_nobody(data: dict[str, Any]) -> None:
    assert columns(read_plain(submission(data)).fields)["name"] == ""


def test_two_numbers_beside_our_own_name_ask_nobody() -> None:
    two = {"a": {"mobile": "55511"}, "b": {"mobile": "55512"}}

    named = read_plain(submission({"contact_name": "Ana", **two}))
    nameless = read_plain(submission(two))

    assert named.reading is None
    assert nameless.reading is not None
    assert nameless.reading["unclear"] == {"phone": ["a.mobile", "b.mobile"]}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BODIES, st.sampled_from([{}, {"contact_name": "Ana"}]))
def test_no_value_is_missing_from_the_record(body: dict[str, Any], own: dict[str, Any]) -> None:
    """Where nothing else is read than our names say, the record is that of the data as it came."""
    sent = submission(body | own)
    read = read_plain(sent)
    lead = Lead(data=sent.data, reading=read.reading)

    made = to_record(lead.current_data())

    if read.reading is None:
        assert made.record == to_record(sent.data).record
    else:
        told = json.dumps(made.record, ensure_ascii=False)
        for value in read.reading["fields"].values():
            if isinstance(value, str) and value.isalnum():
                assert value in told


# --- Through the doors ----------------------------------------------------------------------

ELSE = {"Your name": "Ana Silva", "E-Mail": "Ana@example.com", "Mobile": "0170 1", "Topic": "Solar"}


@pytest.fixture
def form(site: Site, client: Client) -> Any:
    page = "https://www.example.com"
    Site.objects.update(allowed_origins=page)
    token = make_key(site, SiteKey.Kind.FORM)
    return lambda data: client.post(f"/f/{token}/", data, headers={"Origin": page})


@pytest.mark.parametrize("door", ["post", "form"])
def test_a_lead_is_on_its_way_by_what_its_fields_are_called(door: str, request: Any) -> None:
    request.getfixturevalue(door)(ELSE)

    lead = Lead.objects.get()
    assert (lead.status, lead.name) == ("queued", "Ana Silva")
    assert (lead.email, lead.phone, lead.data) == ("ana@example.com", "0170 1", ELSE)
    shown = dry_run.preview(lead.site, lead).record
    assert (shown["First_Name"], shown["Last_Name"]) == ("Ana", "Silva")
    assert shown["Description"] == "Topic: Solar"


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["post", "form"])
@pytest.mark.parametrize("data", [ELSE, {"Your name": "Ana", "b": {"Your name": "Eva"}}, OWN])
def test_with_recognition_off_a_lead_is_what_it_always_was(
    data: dict[str, Any], door: str, request: Any
) -> None:
    send = request.getfixturevalue(door)
    Site.objects.update(recognises=False)

    send({name: value for name, value in data.items() if door == "post" or isinstance(value, str)})

    lead = Lead.objects.get()
    assert lead.reading is None
    assert (lead.name, lead.email) == tuple(columns(lead.data)[name] for name in ("name", "email"))
    assert lead.status == ("queued" if data is OWN else "failed")


def test_two_values_that_fit_hold_the_lead(post: Post) -> None:
    answer = post({"a": {"Your name": "Ana"}, "b": {"Your name": "Eva"}})

    assert answer.json()["reason"] == {
        "code": "unclear",
        "title": "Which of these is the name?",
        "field": "contact_name",
    }


def test_the_duplicate_rule_goes_by_the_address_that_was_read(post: Post) -> None:
    Site.objects.update(duplicate_rule="refuse")

    post({"contact_name": "Ana", "email": "a@b.co"})
    answer = post({"contact_name": "Ana", "Email": "\u200bA@b.co"})

    assert answer.json()["reason"]["code"] == "duplicate_email"


def test_repeats_go_by_the_data_as_it_came(post: Post) -> None:
    Site.objects.update(recognises=False)
    first = post(ELSE, Idempotency_Key="k").json()
    Site.objects.update(recognises=True)

    assert post(ELSE, Idempotency_Key="k").json()["id"] == first["id"]


def test_junk_is_flagged(post: Post) -> None:
    post({"contact_name": "O&#039;Neil", "email": "\u200ba@b.co", "phone": "{{phone}}"})

    assert Lead.objects.get().flags == "entities unseen placeholder"


BY_NAME = [
    one
    for one in PAYLOADS
    if "json" in one["content_type"] and not one["slug"].startswith(("gravity", "google"))
]


@pytest.mark.parametrize("payload", BY_NAME, ids=lambda payload: payload["slug"])
def test_a_form_tool_that_posts_with_a_key_is_read_as_at_its_own_address(
    payload: dict[str, Any], post: Post
) -> None:
    post(payload["body"].encode(), payload["content_type"])

    assert Lead.objects.get().name == payload["expect"]["name"]


@pytest.mark.django_db
@pytest.mark.usefixtures("site")
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(BODIES, st.sampled_from(["application/json", "text/plain", "application/xml", ""]))
def test_any_json_is_a_lead_or_a_plain_refusal(
    post: Post, body: dict[str, Any], content_type: str
) -> None:
    answer = post(json.dumps(body).encode(), content_type)

    assert answer.status_code in (202, 400, 415), answer.content


@pytest.mark.django_db
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=6), st.booleans())
def test_any_form_is_a_lead(post: Post, fields: dict[str, str], recognises: bool) -> None:
    Site.objects.update(recognises=recognises)
    body = urlencode({f"x{name}": value for name, value in fields.items()} | {"a": "1"}).encode()

    answer = post(body, "application/x-www-form-urlencoded")

    assert answer.status_code == 202, answer.content


# --- The preview ----------------------------------------------------------------------------


def test_a_preview_counts_what_would_be_read_otherwise() -> None:
    leads: list[dict[str, Any]] = [
        OWN,
        ELSE,
        {"contact_name": "Ana", "E-Mail": "a@b.co"},
        {"contact_name": "O&#039;Neil"},
        {"a": {"Your name": "Ana"}, "b": {"Your name": "Eva"}},
    ]

    found = preview(enumerate(leads))

    assert (found.leads, found.named, found.changed, found.unclear) == (5, 2, 1, 1)
    assert [row.lead_id for row in found.rows] == [1, 2, 3, 4]
    assert (found.rows[2].today["name"], found.rows[2].then["name"]) == ("O&#039;Neil", "O'Neil")


@pytest.mark.parametrize("name", ["contact_name", "last_name", "your-name"])
@pytest.mark.parametrize(
    "text",
    ["null", "undefined undefined", "{{contact.first_name}} {Name:1}", "\u200b", "[object Object]"],
)
def test_what_stands_for_nothing_is_no_name(post: Post, name: str, text: str) -> None:
    # The rules of before go by the data as it came, where the reading has nothing for them.
    post({name: text})

    lead = Lead.objects.get()
    assert (lead.name, lead.status, lead.reason) == ("", "failed", "missing_field")
