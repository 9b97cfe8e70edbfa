"""What a known site sent and could not be taken leaves a trace, and a person can make a lead."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.intake.body.inflate import legible
from leads.intake.redact import redact
from leads.intake.rejected import MOST_A_DAY
from leads.intake.rescue import readable, take_as_lead
from leads.models import Allowance, Lead, RejectedSubmission, Site
from leads.models.sites.rejected import LONGEST_BODY
from leads.privacy.traces import traces_of
from leads.tasks import prune
from tests.factories import make_rejected, make_user
from tests.leads.intake.conftest import ADDRESS, Post

NOBODY = AnonymousUser()


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "status"),
    [
        (b'{"a": ', "application/json", {}, 400),
        (b"<lead/>", "application/xml", {}, 415),
        (b"\x1f\x8b", "application/json", {"Content_Encoding": "gzip"}, 415),
        (b"x" * (1024 * 1024 + 1), "application/json", {}, 413),
        (b'{"a": 1}', "application/json", {"Idempotency_Key": "k" * 256}, 400),
    ],
)
def test_what_cannot_be_taken_leaves_a_trace(
    post: Post, site: Site, body: bytes, content_type: str, headers: dict[str, str], status: int
) -> None:
    answer = post(body, content_type, **headers)

    kept = RejectedSubmission.objects.get()
    assert answer.status_code == kept.status == status
    assert (kept.site, kept.source, kept.content_type) == (site, "api", content_type)
    assert kept.why == answer.json()["detail"]


def test_a_key_with_another_body_leaves_a_trace_with_that_body(post: Post) -> None:
    post({"contact_name": "Ana"}, Idempotency_Key="k1")
    post({"contact_name": "Bea"}, Idempotency_Key="k1")

    assert RejectedSubmission.objects.get().body == '{"contact_name": "Bea"}'


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer unknown"}, {"Authorization": ""}])
def test_a_stranger_leaves_no_trace(post: Post, headers: dict[str, str]) -> None:
    post(b"{", **headers)

    assert not RejectedSubmission.objects.exists()


@pytest.mark.usefixtures("within_a_minute")
def test_a_lead_or_one_over_the_quota_leaves_none(post: Post, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)
    post()
    post()

    assert not RejectedSubmission.objects.exists()


def test_a_trace_is_clipped_and_can_be_stored(post: Post) -> None:
    post(b"\x00\xff\xf0" + "ü".encode() * 20_000)

    kept = RejectedSubmission.objects.get()
    assert (len(kept.body), kept.is_clipped, kept.size) == (LONGEST_BODY, True, 40_003)
    assert "\x00" not in kept.body


def test_a_flood_of_broken_posts_fills_no_disk(post: Post, site: Site) -> None:
    post(b"{")
    Allowance.objects.filter(name__startswith="rejected").update(used=MOST_A_DAY)

    answer = post(b"{")

    assert answer.status_code == 400
    assert RejectedSubmission.objects.count() == 1


def test_a_flood_of_one_fault_does_not_hide_another(post: Post) -> None:
    post(b"{")
    Allowance.objects.filter(name__startswith="rejected").update(used=MOST_A_DAY)

    post(b"x", "text/plain")

    assert RejectedSubmission.objects.count() == 2


def test_traces_go_after_thirty_days(site: Site) -> None:
    now = timezone.now()
    make_rejected(site=site, received_at=now - timedelta(days=31))
    kept = make_rejected(site=site, received_at=now - timedelta(days=29))
    Allowance.objects.create(name="visitor:old", ends_at=now.timestamp() - 100_000, used=1)

    prune()

    assert list(RejectedSubmission.objects.all()) == [kept]
    assert not Allowance.objects.exists()


# --- Secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"password": "hunter2", "city": "Rome"}', '{"password": [removed], "city": "Rome"}'),
        ('{"api_key": "abc\\"d', '{"api_key": [removed]'),
        ("city=Rome&card_number=4111&a=1", "city=Rome&card_number=[removed]&a=1"),
        ("user_password=x%20y", "user_password=[removed]"),
        ('name="password"\r\n\r\nhunter2\r\n--', 'name="password"\r\n\r\n[removed]\r\n--'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [removed]"),
        ("pay 4111 1111 1111 1111 now", "pay [removed] now"),
        ("call 4111 1111 1111 1112 now", "call 4111 1111 1111 1112 now"),
        ('{"email": "ana@example.com"}', '{"email": "ana@example.com"}'),
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays(text: str, kept: str) -> None:
    assert redact(text) == kept


SECRET = [
    "pin",
    "PIN",
    "user_pin",
    "user-pin",
    "user[pin]",
    "user.pin",
    "cardPin",
    "userPIN",
    "PINNumber",
    "pin2",
    "pins",
    "new-password",
    "newpassword",
    "Password2",
    "pass",
    "apiKey",
    "APIKey",
    "x-api-key",
    "apikey",
    "accessToken",
    "csrf_tokens",
    "Card number",
    "cardNo",
    "card_no",
    "iban",
    "client-secret",
]
HARMLESS = [
    "opinion",
    "shipping_city",
    "shippingCity",
    "Shopping",
    "SHIPPING",
    "PINK",
    "pincode",
    "Pinto",
    "passenger",
    "passport_country",
    "compass",
    "secretary",
    "tokenized",
    "caribana",
    "discard_note",
    "card_notes",
    "cardnote",
    "cityassn",
]
WRITTEN: dict[str, Callable[[str], str]] = {
    "JSON": lambda name: json.dumps({"a": 1, name: "7391", "b": 2}),
    "a number in JSON": lambda name: json.dumps({name: 7391}),
    "deep in JSON": lambda name: json.dumps({"user": {"c": {name: "7391"}}}),
    "broken JSON": lambda name: f'{{"{name}": "7391',
    "form": lambda name: urlencode({"a": 1, name: "7391", "b": 2}),
    "the first of a form": lambda name: f"{name}=7391",
    "multipart": lambda name: f'--x\r\nx: form-data; name="{name}"\r\n\r\n7391\r\n--x--',
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("name", SECRET)
def test_a_secret_is_known_by_a_word_of_its_fields_name(name: str, written: str) -> None:
    assert "7391" not in redact(WRITTEN[written](name))


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("name", HARMLESS)
def test_a_word_that_has_one_inside_is_no_secret(name: str, written: str) -> None:
    text = WRITTEN[written](name)

    assert redact(text) == text


# --- Taken as a lead --------------------------------------------------------------------------

ANA = {"contact_name": "Ana Silva", "email": "ana@example.com"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"contact_name": "Ana Silva", "email": "ana@example.com", "x": }'),
        ("application/json", '{\'x\': 1, "contact_name": "Ana Silva", "email": "ana@example.com'),
        ("application/json", '{"contact_name": "Ana\\u0020Silva"\n"email": "ana@example.com"}'),
        ("text/plain", "contact_name=Ana+Silva&email=ana%40example.com"),
        (
            "multipart/form-data",
            '--x\r\nContent-Disposition: form-data; name="contact_name"\r\n\r\nAna Silva\r\n'
            '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nana@example.com\r\n--x--',
        ),
    ],
)
def test_what_can_be_made_out_is_filled_in(site: Site, content_type: str, body: str) -> None:
    found = readable(make_rejected(content_type=content_type, body=body))

    assert {name: found.get(name) for name in ANA} == ANA


@pytest.mark.parametrize("body", ["", "hello", "<lead/>", "\ufffd\ufffd", "{[("])
def test_of_what_nobody_can_read_nothing_is_filled_in(site: Site, body: str) -> None:
    assert readable(make_rejected(content_type="text/plain", body=body)) == {}


def test_a_person_makes_a_lead_of_it(site: Site) -> None:
    site.quota = 0
    rejected, user = make_rejected(site=site), make_user()

    lead = take_as_lead(rejected, ANA, user)

    rejected.refresh_from_db()
    assert lead is not None
    assert (lead.status, lead.source, lead.data, lead.site) == ("queued", "desk", ANA, site)
    assert (rejected.lead, rejected.taken_by) == (lead, user)


def test_only_one_person_makes_a_lead_of_it(site: Site) -> None:
    rejected = make_rejected(site=site)
    take_as_lead(rejected, ANA, NOBODY)

    assert take_as_lead(rejected, ANA, NOBODY) is None
    assert Lead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_makes_a_lead(site: Site, at_once: Any) -> None:
    rejected = make_rejected(site=site)

    results = at_once(*[lambda: take_as_lead(rejected, ANA, NOBODY)] * 3)

    assert sum(isinstance(result, Lead) for result in results) == Lead.objects.count() == 1


def test_the_rules_judge_it_as_any_other(site: Site) -> None:
    lead = take_as_lead(make_rejected(site=site), {"email": "ana@example.com"}, NOBODY)

    assert lead is not None
    assert lead.reason == "missing_field"


def test_a_trace_of_an_absent_key_is_none(client: Client, db: None) -> None:
    client.post(ADDRESS, b"{", "application/json")

    assert not RejectedSubmission.objects.exists()


# --- Compressed bodies ------------------------------------------------------------------------

BROKEN_ANA = b'{"contact_name": "Ana Silva", "email": "ana@example.com", '
BARE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
COMPRESSED = {
    "broken JSON": (gzip.compress(BROKEN_ANA), "gzip"),
    "broken JSON as zlib": (zlib.compress(BROKEN_ANA), "deflate"),
    "broken JSON as a bare stream": (BARE.compress(BROKEN_ANA) + BARE.flush(), "deflate"),
    "cut short": (gzip.compress(BROKEN_ANA + os.urandom(500))[:-300], "gzip"),
    "broken behind": (
        gzip.compress(BROKEN_ANA + os.urandom(4000))[:3000] + b"\xff" * 2000,
        "x-gzip",
    ),
    "too large": (gzip.compress(BROKEN_ANA + b" " * 2**21), "gzip"),
    "not said": (gzip.compress(BROKEN_ANA), ""),
    "said wrongly": (BROKEN_ANA, "gzip"),
    "in capitals": (gzip.compress(BROKEN_ANA), " GZIP "),
}


@pytest.mark.parametrize("case", COMPRESSED)
def test_the_trace_of_a_compressed_body_can_be_read(post: Post, case: str) -> None:
    body, encoding = COMPRESSED[case]

    answer = post(body, "application/json", **({"Content_Encoding": encoding} if encoding else {}))

    kept = RejectedSubmission.objects.get()
    assert answer.status_code == kept.status >= 400
    assert kept.body.startswith(BROKEN_ANA.decode())
    assert len(kept.body) <= LONGEST_BODY
    assert traces_of([], email="ana@example.com").sure == [kept.pk]


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd"])
def test_of_what_nobody_here_can_inflate_no_byte_is_kept(post: Post, encoding: str) -> None:
    post(b"\x8b\x00\x80 ana@example.com", "application/json", Content_Encoding=encoding)

    assert RejectedSubmission.objects.get().body == ""


@given(st.binary(max_size=3000), st.sampled_from(["", "gzip", "deflate", "br", "x"]))
def test_any_bytes_are_shortened(body: bytes, encoding: str) -> None:
    assert len(legible(body, encoding, 100)) <= 100


@given(st.binary(min_size=1, max_size=3000), st.integers(1, 4000))
def test_what_is_inflated_is_the_beginning(body: bytes, most: int) -> None:
    assert legible(gzip.compress(body), "gzip", most) == body[:most]
