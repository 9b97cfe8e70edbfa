"""`/in/SECRET/`: whatever a form tool posts there becomes a lead, once."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import io
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.data import contact_name
from leads.intake.tools import TOOLS
from leads.models import ApiLog, Lead, RejectedSubmission, Site, Source, SourceAddress
from leads.privacy.erase import erase
from tests.factories import make_user
from tests.leads.intake.recognise.test_senders import PAYLOADS

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(site: Site) -> SourceAddress:
    source = Source.objects.create(site=site, name="Form")
    return SourceAddress.objects.issue(source, timezone.now())


def post(
    address: SourceAddress, body: Any, content_type: str = "application/json", **more: Any
) -> Any:
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return Client().post(f"/in/{address.secret}/", data, content_type=content_type, **more)


ADA = {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+44 20 7946 0018"}


def test_a_post_is_a_lead_on_its_way(address: SourceAddress) -> None:
    answer = post(address, ADA)

    lead = Lead.objects.get()
    assert (answer.status_code, answer.json()) == (
        200,
        {"id": str(lead.reference), "status": "queued"},
    )
    assert (lead.name, lead.email, lead.phone) == (ADA["name"], ADA["email"], ADA["phone"])
    assert lead.data == ADA  # as it came
    assert lead.source == Lead.Source.WEBHOOK


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload["slug"])
def test_what_real_tools_post_is_stored_once(
    address: SourceAddress, payload: dict[str, Any]
) -> None:
    chosen = {field: path for path, field in payload.get("chosen", {}).items()}
    Source.objects.update(chosen=chosen)
    headers = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in payload["headers"].items()}

    first = post(address, payload["body"], payload["content_type"], **headers)
    again = post(address, payload["body"], payload["content_type"], **headers)

    lead = Lead.objects.get()
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json() == {"id": str(lead.reference), "status": "queued"}
    assert contact_name(lead.current_data()) == payload["expect"]["name"] == lead.name
    assert lead.email == payload["expect"]["email"]
    assert lead.is_test == payload["expect"].get("is_test", False) or payload.get("is_test", False)
    assert lead.repeats == 1


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_the_tool_gets_the_success_it_takes(
    address: SourceAddress, method: str, status: int
) -> None:
    Source.objects.update(success=status)

    answer = getattr(Client(), method)(
        f"/in/{address.secret}", json.dumps(ADA), content_type="application/json"
    )

    assert answer.status_code == status
    assert Lead.objects.count() == 1
    assert (answer.content == b"") == (status == 204)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\x00\xff\xfe", "image/png"),
        (b"hello", "text/plain"),
        (b'{"name": "Ada"', "application/json"),
        (b"[1, 2]", "application/json"),
        (b'"Ada"', "application/json"),
        (b"<a><b></a>", "application/xml"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "application/xml"),
        (b"[" * 100 + b"]" * 100, "application/json"),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x"),
        (b"--x\r\nnothing", "multipart/form-data"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_kept_whole_for_a_person(
    address: SourceAddress, body: bytes, content_type: str
) -> None:
    answer = post(address, body, content_type)

    lead = Lead.objects.get()
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert (lead.reason, bytes(lead.body)) == ("not_read", body)
    assert ApiLog.objects.get().response_code == 13002


def test_two_that_cannot_be_read_are_two_leads(address: SourceAddress) -> None:
    post(address, b"one", "text/plain")
    post(address, b"two", "text/plain")

    assert Lead.objects.count() == 2


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"[]", b"[{}]", b'{"a": ""}', b'{"a": null}'])
def test_an_empty_post_is_a_ping(address: SourceAddress, body: bytes) -> None:
    answer = post(address, body)

    assert (answer.status_code, answer.json()) == (200, {"status": "ping"})
    assert not Lead.objects.exists()


def test_a_list_is_one_lead_each(address: SourceAddress) -> None:
    answer = post(address, [ADA, {**ADA, "name": "Bob", "email": "bob@example.com"}])

    references = [
        {"id": str(one.reference), "status": "queued"} for one in Lead.objects.order_by("pk")
    ]
    assert answer.json() == {"leads": references}
    assert len(references) == 2


@pytest.mark.parametrize(
    ("quota", "sent", "leads", "held"),
    [
        (5, 5, 5, False),
        (5, 6, 1, True),
        (5, 20, 1, True),
        (1, 2, 1, True),
        (1, 1, 1, False),
        (0, 20, 20, False),
    ],
)
def test_a_list_beyond_the_quota_is_kept_whole_for_a_person(
    address: SourceAddress, quota: int, sent: int, leads: int, held: bool
) -> None:
    Site.objects.update(quota=quota)
    body = [{**ADA, "n": number} for number in range(sent)]

    answer = post(address, [*body, {}])  # empty ones are none

    assert answer.status_code == 200
    assert Lead.objects.count() == leads
    assert Lead.objects.filter(reason="not_read").exists() == held
    if held:
        assert json.loads(bytes(Lead.objects.get().body)) == [*body, {}]
        assert f"a list of {sent} leads" in Lead.objects.get().reason_text


@pytest.mark.usefixtures("within_a_minute")
def test_a_list_beyond_the_quota_waits_for_the_minute_like_any_lead_and_is_held_once(
    address: SourceAddress,
) -> None:
    Site.objects.update(quota=2)
    body = [{**ADA, "n": number} for number in range(3)]

    bodies = [body, body, {**ADA, "n": 9}, [*body, ADA]]

    assert [post(address, one).status_code for one in bodies] == [200, 200, 200, 429]
    assert list(Lead.objects.order_by("pk").values_list("repeats", flat=True)) == [1, 0]


def test_a_disabled_site_keeps_what_comes(address: SourceAddress, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(enabled=False)

    answer = post(address, ADA)

    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert Lead.objects.get().reason == "site_disabled"


@pytest.mark.parametrize("secret", ["nonsense", "a" * 32, "é", "%00"])
def test_an_unknown_address_is_404(db: None, secret: str) -> None:
    answer = Client().post(f"/in/{secret}/", json.dumps(ADA), content_type="application/json")

    assert answer.status_code == 404
    assert not Lead.objects.exists()


def test_a_revoked_address_is_404(address: SourceAddress) -> None:
    SourceAddress.objects.revoke(address.source, timezone.now())

    assert post(address, ADA).status_code == 404


def test_two_addresses_work_while_one_takes_the_place_of_the_other(address: SourceAddress) -> None:
    new = SourceAddress.objects.issue(address.source, timezone.now())

    assert [post(one, {**ADA, "n": one.pk}).status_code for one in (address, new)] == [200, 200]
    SourceAddress.objects.filter(pk=address.pk).update(
        ends_at=timezone.now() - timedelta(seconds=1)
    )
    assert [post(one, {**ADA, "m": one.pk}).status_code for one in (address, new)] == [404, 200]


@pytest.mark.parametrize(
    ("tool", "body", "other"),
    [
        ("typeform", {"form_response": {"form_id": "f", "token": "t1", "answers": []}}, "x"),
        ("tally", {"eventType": "x", "data": {"formId": "f", "responseId": "r1"}}, "x"),
    ],
)
def test_an_id_that_comes_with_other_fields_is_a_lead_of_its_own(
    address: SourceAddress, tool: str, body: dict[str, Any], other: str
) -> None:
    first, second = post(address, {**body, **ADA}), post(address, {**body, **ADA, "more": other})

    assert {first.status_code, second.status_code} == {200}
    assert Lead.objects.count() == 2
    assert "same_id" in Lead.objects.latest("pk").flags
    third = post(address, {**body, **ADA, "more": other})
    assert third.json()["id"] == second.json()["id"]


TYPEFORM = {"form_response": {"form_id": "f", "token": "t1", "answers": []}}


@pytest.mark.parametrize(
    "order",
    [
        "A B A B",
        "A B B",
        "A B C B C A",
        "A A B B A",
    ],
)
@pytest.mark.parametrize("quota", [0, 3])
@pytest.mark.parametrize("token", ["t1", "t" * 300, "t" * 150])
def test_each_lead_of_one_id_is_known_again_whenever_it_comes(
    address: SourceAddress, order: str, quota: int, token: str
) -> None:
    Site.objects.update(quota=quota)
    told: dict[str, set[str]] = {}
    body = {"form_response": {**TYPEFORM["form_response"], "token": token}}

    for one in order.split():
        answer = post(address, {**body, **ADA, "more": one})
        Lead.objects.update(received_at=timezone.now() - timedelta(hours=2))
        told.setdefault(one, set()).add(answer.json()["id"])

    assert [len(ids) for ids in told.values()] == [1] * len(told)
    assert Lead.objects.count() == len(told)
    repeats = sum(Lead.objects.values_list("repeats", flat=True))
    assert repeats == len(order.split()) - len(told)


def test_a_second_lead_of_an_id_from_before_keys_of_their_own_is_known_for_a_while(
    address: SourceAddress,
) -> None:
    post(address, {**TYPEFORM, **ADA})
    second = post(address, {**TYPEFORM, **ADA, "more": "x"})
    Lead.objects.filter(flags__contains="same_id").update(idempotency_key=None)

    again = post(address, {**TYPEFORM, **ADA, "more": "x"})

    assert again.json()["id"] == second.json()["id"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by statistics")
def test_the_look_for_repeats_reads_no_other_leads_of_the_hour(address: SourceAddress) -> None:
    """A list of 500 leads read each of those before it: five seconds in one transaction."""
    post(address, ADA)
    with CaptureQueriesContext(connection) as captured:
        post(address, {**ADA, "more": "x"})
    look = next(query["sql"] for query in captured if 'fingerprint" = ' in query["sql"])

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {look}")
        plan = str(cursor.fetchall())

    assert "lead_source_repeat" in plan


def test_the_same_fields_after_the_window_are_a_new_lead(address: SourceAddress) -> None:
    post(address, ADA)
    Lead.objects.update(received_at=timezone.now() - timedelta(minutes=61))

    post(address, ADA)

    assert Lead.objects.count() == 2


def test_the_same_fields_of_another_source_are_a_lead(address: SourceAddress, site: Site) -> None:
    source = Source.objects.create(site=site, name="Another")
    other = SourceAddress.objects.issue(source, timezone.now())

    post(address, ADA)
    post(other, ADA)

    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    ("asked", "token", "echo"),
    [
        ({"type": "url_verification", "challenge": "c1", "token": "x"}, "", "c1"),
        ({"token": "secret", "challenge": "c2"}, "secret", "c2"),
        ({"type": "url_verification", "challenge": "c" * 500}, "", "c" * 200),
    ],
)
def test_a_handshake_in_the_body_is_echoed(
    address: SourceAddress, asked: dict[str, str], token: str, echo: str
) -> None:
    address.source.verify_token = token
    address.source.save()

    answer = post(address, asked)

    assert (answer.status_code, answer.content.decode()) == (200, echo)
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"token": "wrong", "challenge": "c"},
        {"type": "other", "challenge": "c"},
        {"type": "url_verification", "challenge": "c", "email": "a@b.co"},
    ],
)
def test_what_only_looks_like_a_handshake_is_a_lead(
    address: SourceAddress, asked: dict[str, str]
) -> None:
    post(address, asked)

    assert Lead.objects.count() == 1


def test_a_subscription_is_confirmed_with_the_right_token_only(address: SourceAddress) -> None:
    address.source.verify_token = "secret"
    address.source.save()
    url = f"/in/{address.secret}/"

    right = Client().get(url, {"hub.challenge": "42", "hub.verify_token": "secret"})
    wrong = Client().get(url, {"hub.challenge": "42", "hub.verify_token": "other"})

    assert (right.status_code, right.content) == (200, b"42")
    assert wrong.status_code == 405
    assert Client().get(url).status_code == 405


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("prefixed", [False, True])
def test_a_source_that_signs_is_believed_by_its_signature_only(
    address: SourceAddress, encoding: str, algorithm: str, prefixed: bool
) -> None:
    source = address.source
    source.signature_header, source.signature_secret = "X-Signature", "s"
    source.signature_algorithm, source.signature_encoding = algorithm, encoding
    source.save()
    body = json.dumps(ADA).encode()
    digest = hmac.new(b"s", body, getattr(hashlib, algorithm)).digest()
    shown = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    shown = f"{algorithm}={shown}" if prefixed else shown

    assert post(address, body, HTTP_X_SIGNATURE="no").status_code == 401
    assert post(address, body).status_code == 401
    assert post(address, body, HTTP_X_SIGNATURE=shown).status_code == 200
    assert Lead.objects.count() == 1
    assert RejectedSubmission.objects.count() == 2


@pytest.mark.parametrize(
    ("encoding", "spelt", "status"),
    [
        ("hex", "SHA256={}", 200),
        ("hex", "Sha256={}", 200),
        ("base64", "SHA256={}", 200),
        ("hex", "sha1={}", 401),
        ("hex", "={}", 401),
    ],
)
def test_a_signature_may_be_in_capitals(
    address: SourceAddress, encoding: str, spelt: str, status: int
) -> None:
    source = address.source
    source.signature_header, source.signature_secret = "X-Signature", "s"
    source.signature_algorithm, source.signature_encoding = "sha256", encoding
    source.save()
    body = json.dumps(ADA).encode()
    digest = hmac.new(b"s", body, hashlib.sha256).digest()
    is_hex = encoding == "hex"
    shown = digest.hex().upper() if is_hex else base64.b64encode(digest).decode()

    assert post(address, body, HTTP_X_SIGNATURE=spelt.format(shown)).status_code == status
    if not is_hex:  # its letters are not the same in capitals
        assert post(address, body, HTTP_X_SIGNATURE=shown.swapcase()).status_code == 401


@pytest.mark.parametrize(("key", "status"), [("k", 200), ("wrong", 401), (None, 401)])
def test_googles_key_is_checked_where_the_source_has_one(
    address: SourceAddress, key: str | None, status: int
) -> None:
    address.source.tool_key = "k"
    address.source.save()

    assert post(address, {**ADA, "google_key": key}).status_code == status


@pytest.mark.parametrize(
    ("body", "key", "signs", "status"),
    [
        (b'{"name": "Ada", "google_key": "kkkkkkkk', "kkkkkkkk", False, 401),
        (b"no fields at all", "k", False, 401),
        (b"<a><b></a>", "k", False, 401),
        (b'{"name": "Ada"', "", False, 200),
        (b'{"name": "Ada"', "k", True, 200),  # known by its signature
    ],
)
def test_what_cannot_be_read_does_not_bear_the_key_of_its_source(
    address: SourceAddress, body: bytes, key: str, signs: bool, status: int
) -> None:
    source = address.source
    source.tool_key = key
    if signs:
        source.signature_header, source.signature_secret = "X-Signature", "s"
        source.signature_algorithm, source.signature_encoding = "sha256", "hex"
    source.save()
    shown = hmac.new(b"s", body, hashlib.sha256).hexdigest()

    assert post(address, body, HTTP_X_SIGNATURE=shown).status_code == status
    assert Lead.objects.count() == (status == 200)
    assert RejectedSubmission.objects.count() == (status == 401)
    assert b"kkkkkkkk" not in b"".join(
        one.body.encode() for one in RejectedSubmission.objects.all()
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "NONE"])
def test_another_method_is_told_which_are_taken(address: SourceAddress, method: str) -> None:
    answer = Client().generic(method, f"/in/{address.secret}/")

    assert (answer.status_code, answer["Allow"]) == (405, "POST, PUT")


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_of_an_unknown_address_no_method_is_told(db: None, method: str) -> None:
    answer = Client().generic(method, "/in/nobodys/")

    assert (answer.status_code, answer.has_header("Allow")) == (404, False)


def test_too_much_is_413(address: SourceAddress) -> None:
    assert post(address, {"name": "x" * 1_100_000}).status_code == 413
    bomb = gzip.compress(b"x" * 30_000_000)
    assert post(address, bomb, HTTP_CONTENT_ENCODING="gzip").status_code == 413
    assert not Lead.objects.exists()


@pytest.mark.usefixtures("within_a_minute")
def test_a_quota_says_when_to_come_back(address: SourceAddress, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)
    post(address, ADA)

    answer = post(address, {**ADA, "n": 2})

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1


def test_a_mapping_rule_finds_what_was_recognised(address: SourceAddress) -> None:
    from zoho.mapping.paths import find  # noqa: PLC0415 - the one look over the wall

    post(
        address,
        {"your-name": "Ada Lovelace", "fields[mail][value]": "ada@example.com"},
        "application/json",
    )
    data = Lead.objects.get().current_data()

    assert find(data, "your-name")[1] == "Ada Lovelace"
    assert find(data, "fields[mail][value]")[1] == "ada@example.com"
    assert find(data, "email")[1] == "ada@example.com"


def test_the_leads_page_says_what_was_read_from_where(address: SourceAddress) -> None:
    post(address, {"your-name": "Ada Lovelace", "mail-7": "ada@example.com"})
    post(address, {"your-name": "Ada Lovelace", "mail-7": "ada@example.com"})
    boss = Client()
    boss.force_login(make_user("boss", is_superuser=True))

    page = " ".join(
        boss.get(f"/admin/leads/lead/{Lead.objects.get().pk}/change/").content.decode().split()
    )

    assert "<code>your-name</code> (by what it is called)" in page
    assert "<code>mail-7</code>" in page
    assert "posted again 1 time" in page


def test_the_address_is_in_no_log(
    address: SourceAddress, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leadops.logs import Formatter  # noqa: PLC0415 - the formatter of the settings

    record = logging.LogRecord("x", 40, "", 1, f"GET /in/{address.secret}/ 500", (), None)

    assert address.secret not in Formatter().format(record)
    assert "/in/***" in Formatter().format(record)


def test_erasing_takes_what_was_read_too(address: SourceAddress) -> None:
    post(address, ADA)

    erase(Lead.objects.all())

    lead = Lead.objects.get()
    assert (lead.reading, lead.data, lead.current_data()) == (None, {}, {})


def test_a_source_is_kept_as_a_digest_and_locked(address: SourceAddress) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, digest FROM leads_sourceaddress")
        stored = cursor.fetchone()

    assert address.secret not in stored
    assert len(address.secret) >= 22  # 128 bits and more


def test_the_commands_print_the_address_alone(db: None, site: Site) -> None:
    made, more = io.StringIO(), io.StringIO()
    call_command("createsite", "New", "--webhook", stdout=made)
    call_command("createsource", site.name, "--tool", "typeform", stdout=more)

    for said in (made, more):
        secret = said.getvalue().strip().rpartition("/in/")[2].strip("/")
        answer = Client().post(f"/in/{secret}/", json.dumps(ADA), content_type="application/json")
        assert answer.status_code == 200
    assert Source.objects.get(site=site).tool == "typeform"


def test_every_tool_says_where_its_address_goes() -> None:
    assert [tool.name for tool in TOOLS.values() if not tool.where] == ["shopify"][:0]
