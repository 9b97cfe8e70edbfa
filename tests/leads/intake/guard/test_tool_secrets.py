"""A form tool's secret: checked, and no part of what is kept, read, shown or sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.intake.body.submission import Submission
from leads.intake.guard.tool_secrets import bytes_without_secrets, without_secrets
from leads.models import Lead, RejectedSubmission, Site, Source, SourceAddress

SECRET = "correct-horse-71"
GOOGLE = {
    "lead_id": "7f3a", "api_version": "1.0", "form_id": 8, "google_key": SECRET,
    "user_column_data": [
        {"column_id": "FULL_NAME", "string_value": "Ada Lovelace"},
        {"column_id": "EMAIL", "string_value": "ada@example.com"},
    ],
}  # fmt: skip
ADA = {"name": "Ada Lovelace", "email": "ada@example.com"}


def send(
    site: Site, body: Any, kind: str = "application/json", **settings: str
) -> tuple[int, Source]:
    """Post a body to a new source with these settings: the status, and the source."""
    source = Source.objects.create(site=site, name="Form", **settings)
    address = SourceAddress.objects.issue(source, timezone.now())
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().generic("POST", f"/in/{address.secret}/", sent, kind).status_code, source


def kept() -> str:
    """Everything that is stored of the only lead."""
    lead = Lead.objects.get()
    return repr([bytes(lead.body), lead.data, lead.reading, lead.current_data(), lead.page])


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", SECRET], ids=["unchecked", "checked"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (GOOGLE, "application/json"),
        (GOOGLE, "text/plain"),
        ([GOOGLE], "application/json"),
        (f"google_key={SECRET}&name=Ada+Lovelace&email=ada@example.com".encode(),
         "application/x-www-form-urlencoded"),
        (b'--x\r\nContent-Disposition: form-data; name="google_key"\r\n\r\n' + SECRET.encode()
         + b'\r\n--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda Lovelace\r\n--x--',
         "multipart/form-data; boundary=x"),
        ({**ADA, "google_key": SECRET, "copy": {"google_key": SECRET}}, "application/json"),
        ({**ADA, "google_key": SECRET, "copy": json.dumps({"google_key": SECRET})},
         "application/json"),
        ({**ADA, "google_key": SECRET, "lead[google_key]": SECRET}, "application/json"),
        ({**ADA, "google_key": SECRET, "more": [{"name": "google_key", "value": SECRET},
                                               {"name": "colour", "value": "blue"}]},
         "application/json"),
    ],
)  # fmt: skip
def test_what_is_kept_and_read_holds_no_secret(site: Site, key: str, body: Any, kind: str) -> None:
    status, _source = send(site, body, kind, tool_key=key)

    assert status == 200
    assert Lead.objects.get().name == "Ada Lovelace"
    assert SECRET not in kept()
    assert "google_key" not in kept()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "Ada", "google_key": "%s", ',
        b"{'google_key': %s",
        b"<lead><google_key>%s</google_key>",
        b'--y\r\nname="google_key"\r\n\r\n%s\r\nno end',
        b'\xff{"Google_Key":"%s"',
    ],
)
def test_what_nobody_could_read_is_kept_without_the_secret(site: Site, body: bytes) -> None:
    kind = "multipart/form-data; boundary=z" if body.startswith(b"--") else "application/json"

    status, _source = send(site, body.replace(b"%s", SECRET.encode()), kind)

    lead = Lead.objects.get()
    assert (status, lead.reason) == (200, "not_read")
    assert SECRET.encode() not in bytes(lead.body)
    assert bytes(lead.body) == body.replace(b'"%s"', b"[removed]").replace(b"%s", b"[removed]")


@pytest.mark.django_db
def test_google_is_known_by_its_post_and_its_repeat_is_one_lead(site: Site) -> None:
    _status, source = send(site, GOOGLE)
    address = SourceAddress.objects.issue(source, timezone.now())

    again = Client().post(f"/in/{address.secret}/", GOOGLE, content_type="application/json")

    lead = Lead.objects.get()
    assert (again.json()["id"], lead.repeats) == (str(lead.reference), 1)
    assert str(lead.idempotency_key).startswith("google:")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("settings", "more", "kept_as"),
    [
        ({"verify_token": "v"}, {"token": "v", "colour": "v"}, {"colour": "v"}),
        ({"verify_token": "v"}, {"token": "other"}, {"token": "other"}),
        ({"verify_token": ""}, {"token": ""}, {"token": ""}),
        ({"verify_token": SECRET}, {"note": f"by {SECRET}"}, {"note": "by [removed]"}),
        ({"verify_token": "blue"}, {"note": "blue chair"}, {"note": "blue chair"}),
        ({}, {"keyword": "google key", "gclid": "g"}, {"keyword": "google key", "gclid": "g"}),
    ],
)
def test_a_sources_other_secrets_are_no_part_of_a_lead_and_words_stay(
    site: Site, settings: dict[str, str], more: dict[str, str], kept_as: dict[str, str]
) -> None:
    send(site, ADA | more, **settings)

    assert Lead.objects.get().data == ADA | kept_as


@pytest.mark.django_db
def test_a_wrong_key_is_on_no_page_either(site: Site) -> None:
    status, _source = send(site, {**ADA, "google_key": "yesterdays-key"}, tool_key=SECRET)

    assert status == 401
    assert "yesterdays-key" not in RejectedSubmission.objects.get().body


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
TREES = st.recursive(
    LEAVES,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "google_key", "x[google_key]", "name"]), below)
    ),
    max_leaves=12,
)


@given(TREES)
def test_without_secrets_everything_else_stays(tree: Any) -> None:
    sent = Submission(b"as it came", "", {"root": tree})

    left = without_secrets(sent, Source())

    assert "google_key" not in json.dumps(left.data)
    if "google_key" not in json.dumps(tree):
        assert left is sent


@given(st.binary(max_size=60))
def test_bytes_without_a_secret_stay(body: bytes) -> None:
    assert bytes_without_secrets(body, Source()) == body
