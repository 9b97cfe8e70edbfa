"""What nobody posts but an attacker or a broken tool: no error, no wrong name, nothing lost."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.decisions.bulk.queue import queue
from leads.decisions.retry import retry
from leads.intake.body.read_any import MOST_LEADS, read_submissions
from leads.intake.body.shape import fields_of
from leads.intake.recognise.reading import read_as
from leads.models import BulkRetry, Lead, Site, Source, SourceAddress
from tests.factories import make_user
from tests.leads.intake.conftest import Post
from zoho.models import Mapping

FORM = "application/x-www-form-urlencoded"
DEEP = {
    "a name that leads deep": (b"a" + b"[b]" * 2000 + b"=1&email=a%40b.co", FORM),
    "JSON nested in a text": (json.dumps({"x": "[" * 600 + "]" * 600}).encode(), ""),
    "a half character in a text's JSON": (
        json.dumps({"data": '{"name":"\\ud800x","email":"a@b.co"}'}).encode(),
        "",
    ),
    "a NUL in a text's JSON": (json.dumps({"data": '{"n\\u0000":"\\u0000"}'}).encode(), ""),
    "no number in a text's JSON": (json.dumps({"data": '{"n":NaN,"m":1e999}'}).encode(), ""),
    "a charset that makes no text": (b"\xe9a=-zz9", "text/plain; charset=punycode"),
    "the same as a form": (b"a=%e9-zz9", f"{FORM}; charset=punycode"),
}


@pytest.fixture
def address(site: Site) -> SourceAddress:
    source = Source.objects.create(site=site, name="Form")
    return SourceAddress.objects.issue(source, timezone.now())


def hook(address: SourceAddress, body: Any, content_type: str = "application/json") -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().generic("POST", f"/in/{address.secret}/", content, content_type)


@pytest.mark.parametrize("case", DEEP)
def test_nothing_is_an_error_of_ours(post: Post, address: SourceAddress, case: str) -> None:
    body, content_type = DEEP[case]
    content_type = content_type or "application/json"

    assert hook(address, body, content_type).status_code == 200
    assert post(body, content_type).status_code in (202, 400, 415)

    assert Lead.objects.filter(webhook_source=address.source).count() == 1


def test_reading_leaves_the_data_as_it_came() -> None:
    data = {"a": {"b": 1}, "a[b]": 2, "topics[]": "x", "topics": "y"}
    before = json.dumps(data)

    names = {field.name for field in fields_of(data)}

    assert json.dumps(data) == before
    assert names == {"a.b", "topics"}


@pytest.mark.parametrize(
    "body",
    [
        [{"contact_name": "Ada L", "value": "1"}, {"contact_name": "Bob B", "value": "2"}],
        [{"name": "Ada", "value": "1", "email": "a@b.co"}, {"name": "Bob", "email": "c@d.co"}],
        [
            {"name": "Ada", "value": "1", "email": "a@b.co"},
            {"name": "Bob", "value": "2", "email": "c@d.co"},
        ],
    ],
    ids=str,
)
def test_a_list_of_people_is_no_form(body: Any) -> None:
    found = read_submissions("application/json", json.dumps(body).encode())

    assert [one.data for one in found] == body


@pytest.mark.parametrize("body", [{"note": "undefined"}, {"message": "[[please call 555 123]]"}])
def test_a_body_with_a_value_in_it_is_a_lead(
    db: None, address: SourceAddress, body: dict[str, str]
) -> None:
    assert hook(address, body).json()["id"]

    assert Lead.objects.get().data == body


@pytest.mark.usefixtures("within_a_minute")
def test_the_same_id_with_other_fields_at_the_quota_waits_its_turn(
    site: Site, address: SourceAddress
) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)

    def tally(name: str) -> Any:
        data = {"formId": "f", "responseId": "r", "fields": [{"label": "Name", "value": name}]}
        return hook(address, {"eventType": "FORM_RESPONSE", "data": data})

    assert tally("Ada").status_code == 200
    other = tally("Eva")

    assert (other.status_code, "Retry-After" in other) == (429, True)


@pytest.mark.parametrize("again", ["alone", "in bulk"])
def test_what_nobody_read_is_not_sent_for_a_rule_that_always_names(
    site: Site, address: SourceAddress, again: str
) -> None:
    rules = [{"target": "Last_Name", "transform": "constant", "argument": "Web"}]
    Mapping.objects.create(site=site, rules=rules)
    hook(address, b"call me 555", "text/plain")

    send_again(again)

    assert [(lead.status, lead.reason) for lead in Lead.objects.all()] == [("failed", "not_read")]


@pytest.mark.parametrize("again", ["alone", "in bulk"])
@pytest.mark.parametrize(
    "body",
    [
        {"contact_name": "{{contact.name}}", "email": "a@b.co"},
        {"last_name": "undefined", "email": "a@b.co"},
    ],
    ids=str,
)
def test_a_placeholder_is_no_name_on_any_way(
    address: SourceAddress, body: dict[str, str], again: str
) -> None:
    hook(address, body)

    send_again(again)

    assert Lead.objects.get().reason == "missing_field"


def send_again(how: str) -> None:
    """All failed leads, as a person would."""
    failed, user = Lead.objects.filter(status="failed"), make_user()
    if how == "alone":
        retry(failed, user)
        return
    now = timezone.now()
    kept = {"filter": {}, "words": "all", "filter_key": "x", "state": "running"}
    bulk = BulkRetry.objects.create(**kept, created_by=user, created_at=now, touched_at=now)
    queue(failed.select_for_update(), bulk)


NAMES: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {"firstName": "Ada", "lastName": "Byron", "user": {"name": "Staff", "email": "s@x.co"}},
        {"first_name": "Ada", "last_name": "Byron"},
    ),
    ({"Name": "Ada", "Surname": "Byron"}, {"first_name": "Ada", "last_name": "Byron"}),
    ({"name": "Ada", "last_name": "Byron"}, {"first_name": "Ada", "last_name": "Byron"}),
    ({"Name": "Ada Byron", "Surname": "Byron"}, {"contact_name": "Ada Byron"}),
    ({"Phone": "555 1106", "Phone 2": "555 1107"}, {"phone": "555 1106"}),
    (
        {
            "rawRequest": '{"q3_name":{"first":"Ada","last":"Byron"},'
            '"q5_phoneNumber":{"full":"55511"}}'
        },
        {"first_name": "Ada", "last_name": "Byron", "phone": "55511"},
    ),
    ({"field:first_name_a1b2": "Ada", "field:email_7": "a@b.co"}, {"first_name": "Ada"}),
    (
        {"changes": [{"field": "name", "value": "Ada"}, {"field": "email", "value": "a@b.co"}]},
        {"contact_name": "Ada", "email": "a@b.co"},
    ),
    (
        {
            "field_data": [
                {"name": "full_name", "values": ["Ada"]},
                {"name": "email", "values": ["a@b.co"]},
            ]
        },
        {"contact_name": "Ada", "email": "a@b.co"},
    ),
]
THINGS = ("account", "org", "property", "location", "hotel", "store", "deal", "list", "app", "bot")
NOBODY: list[dict[str, Any]] = [
    *({thing: {"name": "Villa Rosa", "email": "info@x.co", "phone": "5"}} for thing in THINGS),
    {"assigned_to": {"name": "Bob Sales", "email": "bob@x.co"}},
    {"name": "#1001", "email": "a@b.co"},
    {"name": True, "email": "a@b.co"},
    {"first": True, "last": False, "email": "a@b.co"},
    {"first": "2023", "email": "a@b.co"},
    {"billing": {"email": "a@b.co"}, "shipping": {"first_name": "Eva", "last_name": "Stone"}},
]


@pytest.mark.parametrize(("data", "expected"), NAMES, ids=str)
def test_one_person_is_read(data: dict[str, Any], expected: dict[str, str]) -> None:
    read = read_as(data)

    assert read.fields.items() >= expected.items()
    assert not read.unclear


@pytest.mark.parametrize("data", NOBODY, ids=str)
def test_a_thing_a_number_or_a_colleague_is_no_person(data: dict[str, Any]) -> None:
    assert not {"contact_name", "first_name", "last_name"} & read_as(data).fields.keys()


def test_more_objects_than_can_be_stored_together_are_one_lead_for_a_person(
    db: None, address: SourceAddress
) -> None:
    body = [{"name": "Ada", "email": f"a{number}@b.co"} for number in range(MOST_LEADS + 1)]

    assert hook(address, body).status_code == 200

    lead = Lead.objects.get()
    assert (lead.status, lead.reason) == ("failed", "not_read")
    assert json.loads(bytes(lead.body)) == body


def test_what_nobody_could_read_is_kept_without_its_compression(
    db: None, address: SourceAddress
) -> None:
    url, headers = f"/in/{address.secret}/", {"Content-Encoding": "gzip"}

    Client().generic("POST", url, gzip.compress(b"call me 555"), "text/plain", headers=headers)

    assert bytes(Lead.objects.get().body) == b"call me 555"
