"""Signed requests: who signed is let in, once; everything else is told what it needs to know."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from standardwebhooks import Webhook

from leads.intake.guard import keys, signed
from leads.models import Lead, SignedRequest, Site, SiteKey
from leads.signing.standard_webhooks import is_signed, new_secret, sign
from tests.factories import make_key, make_site

DOCS = (Path(__file__).parents[4] / "docs" / "intake.md").read_text()
ADDRESS = "/api/v1/leads/"
BODY = json.dumps({"contact_name": "Ada Lovelace", "email": "ada@example.org"}).encode()


@pytest.fixture
def recipe() -> Callable[..., dict[str, str]]:
    """The recipe, as it stands in the documentation."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "docs/intake.md", "exec"), names)
    found: Callable[..., dict[str, str]] = names["signed"]
    return found


class Sender:
    """A server that signs."""

    def __init__(self, site: Site, recipe: Callable[..., dict[str, str]]) -> None:
        self.key, self.secret = SiteKey.objects.issue(site, SiteKey.Kind.SIGNED)
        self.recipe = recipe

    def headers(self, message: str = "msg-1", body: bytes = BODY, **more: Any) -> dict[str, str]:
        moment = more.pop("moment", None)
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return self.recipe(self.key.token, self.secret, message, body, moment) | named

    def post(self, headers: dict[str, str], body: bytes = BODY, address: str = ADDRESS) -> Any:
        kind = "application/json"
        return Client().generic("POST", address, body, kind, headers=headers)


@pytest.fixture
def sender(site: Site, recipe: Callable[..., dict[str, str]]) -> Sender:
    return Sender(site, recipe)


def test_who_signed_by_the_recipe_is_let_in(sender: Sender) -> None:
    answer = sender.post(sender.headers())

    assert answer.status_code == 202
    assert Lead.objects.get().idempotency_key == "msg-1"
    assert SiteKey.objects.get(pk=sender.key.pk).last_used_at is not None


def test_a_receipt_is_asked_for_signed_too(sender: Sender) -> None:
    reference = sender.post(sender.headers()).json()["id"]

    headers = sender.headers("msg-2", b"")
    assert Client().get(f"{ADDRESS}{reference}/", headers=headers).status_code == 200


@given(body=st.binary(max_size=60), message=st.from_regex(r"\A[a-zA-Z0-9_-]{1,20}\Z"))
def test_any_bytes_are_signed_as_the_library_signs_texts(body: bytes, message: str) -> None:
    secret, text = new_secret(), body.decode("latin-1")
    right = sign(secret, message, "1800000000", text.encode())

    assert right == Webhook(secret).sign(message, datetime.fromtimestamp(1_800_000_000, UTC), text)
    assert is_signed(secret, message, "1800000000", text.encode(), f"v1,AAAA {right}")
    assert not is_signed(secret, message, "1800000001", text.encode(), right)
    assert not is_signed(new_secret(), message, "1800000000", text.encode(), right)


@given(shown=st.text(max_size=80))
def test_whatever_is_shown_as_a_signature_is_judged_without_an_error(shown: str) -> None:
    assert not is_signed(new_secret(), "a", "1", b"", f"v1,{shown}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", ""),
        ("webhook-id", "a.b"),
        ("webhook-id", "a b"),
        ("webhook-id", "x" * 256),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "1e9"),
        ("webhook-timestamp", "9" * 13),
        ("webhook-signature", ""),
        ("webhook-signature", "v2,AAAA"),
        ("webhook-key", "x" * 65),
    ],
)
def test_a_header_that_is_missing_or_misspelt_is_named(
    sender: Sender, name: str, value: str
) -> None:
    answer = sender.post(sender.headers() | {name: value})

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed"
    assert answer.json()["errors"].keys() == {name}


@pytest.mark.parametrize("seconds", [-310, 310, -(10**9)])
def test_a_clock_that_is_off_is_told(sender: Sender, seconds: int) -> None:
    answer = sender.post(sender.headers(moment=time.time() + seconds))

    assert answer.status_code == 401
    assert answer.json()["errors"].keys() == {"webhook-timestamp"}


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_clock_may_be_five_minutes_off(sender: Sender, seconds: int) -> None:
    assert sender.post(sender.headers(moment=time.time() + seconds)).status_code == 202


def test_which_part_of_a_signature_is_wrong_is_not_told(sender: Sender, site: Site) -> None:
    other = Sender(make_site(), sender.recipe)
    right = sender.headers()
    wrong = [
        right | {"webhook-key": "0" * 24},  # nobody's
        right | {"webhook-key": other.key.token},  # another's
        right | {"webhook-id": "msg-2"},
        right | {"webhook-timestamp": str(int(right["webhook-timestamp"]) - 1)},
        right | {"webhook-signature": "v1," + "A" * 44},
        right | {"webhook-signature": "v1,é"},
    ]

    answers = [sender.post(headers) for headers in wrong]
    answers.append(sender.post(right, BODY + b" "))

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert not Lead.objects.exists()


def test_a_replay_is_refused_at_every_address(sender: Sender) -> None:
    headers = sender.headers()
    sender.post(headers)

    answers = [sender.post(headers, address=ADDRESS + path) for path in ("", "test/", "dry-run/")]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert answers[0].json()["code"] == "replayed"
    assert Lead.objects.count() == 1


def test_a_message_that_is_signed_anew_is_a_repeat_and_no_second_lead(sender: Sender) -> None:
    first = sender.post(sender.headers(moment=time.time() - 5)).json()["id"]
    again = sender.post(sender.headers())

    assert (again.status_code, again.json()["id"]) == (202, first)


def test_the_idempotency_key_wins_over_the_id(sender: Sender) -> None:
    sender.post(sender.headers(Idempotency_Key="order-7"))

    assert Lead.objects.get().idempotency_key == "order-7"


def test_what_was_not_stored_may_come_again_as_it_is(
    sender: Sender, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = sender.headers()
    with monkeypatch.context() as away:
        away.setattr("leads.intake.api.receive", fails)
        assert sender.post(headers).status_code == 503

    assert sender.post(headers).status_code == 202


def fails(*_given: Any) -> Lead:
    """A database that went away."""
    raise OperationalError("gone")


@pytest.mark.usefixtures("within_a_minute")
def test_over_the_quota_it_may_come_again_as_it_is(sender: Sender, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)
    sender.post(sender.headers("msg-1"))
    headers = sender.headers("msg-2")

    assert sender.post(headers).status_code == 429
    Site.objects.filter(pk=site.pk).update(quota=0)
    assert sender.post(headers).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_of_the_same_request_at_once_one_is_taken(sender: Sender) -> None:
    headers, codes = sender.headers(), []

    def send() -> None:
        codes.append(sender.post(headers).status_code)
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == [202, 409, 409, 409]


def test_what_is_too_old_for_anybody_is_forgotten(sender: Sender) -> None:
    sender.post(sender.headers())
    now = timezone.now()

    signed.forget_old(now)
    kept = SignedRequest.objects.count()
    signed.forget_old(now + timedelta(minutes=6))

    assert (kept, SignedRequest.objects.count()) == (1, 0)


def test_a_compressed_body_is_signed_as_it_is_sent(sender: Sender) -> None:
    body = gzip.compress(BODY)

    answer = sender.post(sender.headers(body=body, Content_Encoding="gzip"), body)

    assert answer.status_code == 202


def test_a_revoked_key_and_an_expired_one_sign_nothing(sender: Sender) -> None:
    SiteKey.objects.filter(pk=sender.key.pk).update(expires_at=timezone.now())
    assert sender.post(sender.headers()).status_code == 401
    SiteKey.objects.filter(pk=sender.key.pk).update(expires_at=None)
    sender.key.revoke()
    assert sender.post(sender.headers()).status_code == 401


@pytest.mark.parametrize("limits", [{"networks": "10.0.0.0/8"}, {"reads": False}])
def test_its_limits_hold_and_are_told_to_who_signed_alone(
    sender: Sender, limits: dict[str, Any]
) -> None:
    SiteKey.objects.filter(pk=sender.key.pk).update(**limits)
    address = f"{ADDRESS}dry-run/"

    assert sender.post(sender.headers(), address=address).status_code == 403
    assert sender.post(sender.headers(), BODY + b" ", address).status_code == 401
    assert not SignedRequest.objects.exists()


def test_while_keys_change_both_sign(
    sender: Sender, site: Site, recipe: Callable[..., dict[str, str]]
) -> None:
    new = Sender(site, recipe)

    assert sender.post(sender.headers("msg-1")).status_code == 202
    assert new.post(new.headers("msg-2")).status_code == 202


def test_the_id_of_a_signing_key_is_no_key(sender: Sender) -> None:
    for shown in (sender.key.token, sender.secret):
        assert sender.post({"Authorization": f"Bearer {shown}"}).status_code == 401
        assert Client().post(f"/f/{shown}/").status_code == 401


def test_a_site_that_takes_signed_requests_only_refuses_keys_that_are_shown(
    sender: Sender, site: Site
) -> None:
    Site.objects.filter(pk=site.pk).update(signed_only=True)
    refused = sender.post({"Authorization": f"Bearer {make_key(site)}"})

    assert (refused.status_code, refused.json()["code"]) == (403, "signature_needed")
    assert sender.post(sender.headers()).status_code == 202


def test_forms_of_such_a_site_go_on(site: Site, client: Client) -> None:
    Site.objects.filter(pk=site.pk).update(signed_only=True, allowed_origins="https://shop.example")
    token = make_key(site, SiteKey.Kind.FORM)

    answer = client.post(
        f"/f/{token}/", {"contact_name": "Ada"}, headers={"Origin": "https://shop.example"}
    )

    assert answer.status_code == 200


def test_the_secret_is_stored_encrypted(sender: Sender) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, token, digest FROM leads_sitekey")
        (stored,) = cursor.fetchall()

    assert sender.secret not in str(stored)
    assert sender.secret.removeprefix("whsec_") not in str(stored)


def test_without_its_field_key_nothing_is_lost_and_nothing_let_in(
    sender: Sender, settings: Settings
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key()]

    answer = sender.post(sender.headers())

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def test_a_shown_key_costs_no_statement_more(site: Site, django_assert_num_queries: Any) -> None:
    secret = make_key(site)
    keys.site_of(secret, SiteKey.Kind.SECRET)

    with django_assert_num_queries(1):
        keys.site_of(secret, SiteKey.Kind.SECRET)


def test_headers_of_standard_webhooks_beside_a_shown_key_mean_nothing(site: Site) -> None:
    headers = {"Authorization": f"Bearer {make_key(site)}", "webhook-signature": "v1,AAAA"}

    answer = Client().generic("POST", ADDRESS, BODY, "application/json", headers=headers)

    assert answer.status_code == 202
