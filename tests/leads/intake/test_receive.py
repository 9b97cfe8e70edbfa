"""From a request to a stored lead: nothing is acknowledged that is not on disk."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django_q.models import OrmQ

from leads.figures import totals
from leads.intake import receive as receiving
from leads.intake.errors import KeyReused, OverQuota, Unreadable
from leads.intake.parse import MAX_BODY
from leads.intake.receive import Origin, fingerprint_of, receive
from leads.models import ApiLog, Lead, Site
from leads.reasons import Reason
from leads.signals import lead_failed
from tests.factories import make_key, make_lead, make_site, make_submission
from tests.leads.intake.conftest import ADDRESS, Post


def keyed(key: str) -> Origin:
    return Origin(idempotency_key=key)


# --- Stored --------------------------------------------------------------------------------


def test_a_lead_is_answered_202_with_its_reference(post: Post) -> None:
    answer = post()

    lead = Lead.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"id": str(lead.reference), "status": "queued"}


def test_everything_that_came_is_stored(post: Post) -> None:
    body = b'{"contact_name": " Ana  Silva ", "email": " Ana@Example.COM ", "budget": [1, null]}'

    post(body, "application/json; charset=utf-8", Idempotency_Key="k1")

    lead = Lead.objects.get()
    assert bytes(lead.body) == body
    assert lead.data == json.loads(body)
    assert lead.content_type == "application/json; charset=utf-8"
    assert lead.idempotency_key == "k1"
    assert (lead.name, lead.email) == ("Ana  Silva", "ana@example.com")
    assert lead.received_at == lead.due_at == lead.queued_at


def test_a_form_encoded_lead_is_stored_alike(post: Post) -> None:
    answer = post(b"last_name=Silva&phone=%2B1+555", "application/x-www-form-urlencoded")

    assert answer.status_code == 202
    assert Lead.objects.get().data == {"last_name": "Silva", "phone": "+1 555"}


def test_a_lead_is_counted_once(post: Post) -> None:
    post()

    assert totals().received == totals().leads["queued"] == 1


def test_values_longer_than_the_columns_are_kept_whole_in_the_data(post: Post) -> None:
    name, email, phone = "n" * 500, "e" * 500 + "@example.com", "1" * 500

    assert post({"contact_name": name, "email": email, "phone": phone}).status_code == 202

    lead = Lead.objects.get()
    assert lead.data == {"contact_name": name, "email": email, "phone": phone}
    assert (len(lead.name), len(lead.email), len(lead.phone)) == (200, 254, 50)


@pytest.mark.parametrize(
    "data",
    [
        {"contact_name": "Ana", "n": 10**4000},
        {"contact_name": "Ana", "n": 1e308, "m": 5e-324, "z": -0.0},
        {"contact_name": {"first": "Ana"}, "email": ["a@b.example", "c@d.example"]},
        {"contact_name": True, "": "", "email": 5, "phone": None},
        {"contact_name": "\U0001f600" * 300, "email": "\u0130" * 300},
    ],
)
def test_odd_values_are_a_lead(post: Post, data: dict[str, Any]) -> None:
    answer = post(data)

    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


# --- Refused -------------------------------------------------------------------------------


def test_a_body_over_a_megabyte_is_refused_before_it_is_read(site: Site, client: Client) -> None:
    unread = Mock(side_effect=AssertionError("the body was read"))

    answer = client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=ADDRESS,
        CONTENT_TYPE="application/json",
        CONTENT_LENGTH=str(MAX_BODY + 1),
        HTTP_AUTHORIZATION=f"Bearer {make_key(site)}",
        **{"wsgi.input": Mock(read=unread, readline=unread)},
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_of_exactly_a_megabyte_is_a_lead(post: Post) -> None:
    start, end = b'{"contact_name": "Ana", "message": "', b'"}'
    body = start + b"x" * (MAX_BODY - len(start) - len(end)) + end

    assert post(body).status_code == 202


@pytest.mark.parametrize("length", ["", "abc", "-1"])
def test_a_content_length_that_is_no_number_is_no_server_error(
    site: Site, client: Client, length: str
) -> None:
    answer = client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=ADDRESS,
        CONTENT_TYPE="application/json",
        CONTENT_LENGTH=length,
        HTTP_AUTHORIZATION=f"Bearer {make_key(site)}",
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP"])
def test_a_compressed_body_is_a_415(post: Post, encoding: str) -> None:
    assert post(Content_Encoding=encoding).status_code == 415


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "unreadable"),
        (b" ", "application/json", 400, "unreadable"),
        (b"x", "text/plain", 415, "unsupported_type"),
    ],
)
def test_an_error_has_one_shape(
    post: Post, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = post(body, content_type)

    assert answer.status_code == status
    assert answer.json().keys() == {"code", "title", "detail"}
    assert answer.json()["code"] == code
    assert not Lead.objects.exists()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_a_405_in_the_same_shape(site: Site, client: Client, method: str) -> None:
    headers = {"Authorization": f"Bearer {make_key(site)}"}

    answer = client.generic(method, ADDRESS, headers=headers)

    assert answer.status_code == 405
    assert answer.json().keys() == {"code", "title", "detail"}


def test_an_error_repeats_no_personal_data(post: Post) -> None:
    answer = post(b'{"email": "ana@example.com", "phone": 555-1234}')

    assert b"ana@example.com" not in answer.content
    assert b"555" not in answer.content


# --- After the commit, and the bell ----------------------------------------------------------


def test_a_stored_lead_rings_once_after_the_commit(
    site: Site, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        receive(make_submission(), site, Origin())
        assert not OrmQ.objects.exists()

    assert OrmQ.objects.count() == 1


def test_a_held_lead_does_not_ring(site: Site, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        receive(make_submission(phone="1"), site, Origin())

    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [OperationalError("gone"), InterfaceError("connection already closed"), RuntimeError("bug")],
)
def test_a_bell_that_fails_does_not_hide_that_the_lead_is_stored(
    post: Post, error: Exception
) -> None:
    with patch("leads.delivery.bell.async_task", side_effect=error):
        answer = post()

    assert answer.status_code == 202
    assert Lead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_acknowledged_when_the_commit_fails(post: Post, client: Client) -> None:
    with patch.object(connection, "_commit", side_effect=OperationalError("gone")):
        answer = post()

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer.json()["code"] == "unavailable"
    assert not Lead.objects.exists()


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_a_503(post: Post, error: Exception) -> None:
    with patch("leads.intake.keys.look_up", side_effect=error):
        answer = post()

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer.json().keys() == {"code", "title", "detail"}


# --- Idempotency-Key ------------------------------------------------------------------------


def test_a_repeat_is_the_same_lead(post: Post) -> None:
    first, second = post(Idempotency_Key="k1"), post(Idempotency_Key="k1")

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert totals().received == Lead.objects.count() == 1


def test_a_repeat_shows_the_status_of_today(post: Post) -> None:
    post(Idempotency_Key="k1")
    Lead.objects.update(
        status="failed", due_at=None, reason="refused", failed_at="2026-01-01T00:00Z",
        settled_at="2026-01-01T00:00Z",
    )  # fmt: skip

    assert post(Idempotency_Key="k1").json()["reason"]["code"] == "refused"


def test_a_repeat_may_spell_its_json_differently(post: Post) -> None:
    first = post(b'{"contact_name": "Ana", "city": "Rome"}', Idempotency_Key="k1")
    second = post(b'{ "city":"Rome","contact_name":"\\u0041na" }', Idempotency_Key="k1")

    assert first.json()["id"] == second.json()["id"]


def test_a_key_with_another_body_is_a_422(post: Post) -> None:
    post({"contact_name": "Ana"}, Idempotency_Key="k1")

    answer = post({"contact_name": "Bea"}, Idempotency_Key="k1")

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert Lead.objects.count() == 1


def test_keys_are_told_apart_by_site(site: Site) -> None:
    first = receive(make_submission(), site, keyed("k1"))
    second = receive(make_submission(), make_site(), keyed("k1"))

    assert first.pk != second.pk


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_or_with_an_empty_one_each_post_is_a_lead(post: Post, key: str) -> None:
    headers = {} if key is None else {"Idempotency_Key": key}

    assert post(**headers).json()["id"] != post(**headers).json()["id"]
    assert set(Lead.objects.values_list("idempotency_key", flat=True)) == {None}


def test_a_key_of_255_characters_is_taken_and_a_longer_one_refused(site: Site) -> None:
    receive(make_submission(), site, keyed("k" * 255))

    with pytest.raises(Unreadable):
        receive(make_submission(), site, keyed("k" * 256))


def test_a_repeat_of_a_lead_with_an_email_is_no_duplicate_of_itself(site: Site) -> None:
    site.refuses_duplicates = True
    first = receive(make_submission(), site, keyed("k1"))

    second = receive(make_submission(), site, keyed("k1"))

    assert (second.pk, second.status) == (first.pk, "queued")
    assert not ApiLog.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_equal_posts_at_once_make_one_lead(site: Site, at_once: Any) -> None:
    leads = at_once(*[lambda: receive(make_submission(), site, keyed("k1"))] * 4)

    assert {getattr(lead, "pk", lead) for lead in leads} == {Lead.objects.get().pk}
    assert totals().received == 1


def test_a_fingerprint_tells_values_of_other_types_apart() -> None:
    assert fingerprint_of({"a": 1}) != fingerprint_of({"a": "1"})


# --- Quota ----------------------------------------------------------------------------------


def test_over_the_quota_is_a_429_with_retry_after(post: Post, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=2)
    post()
    post()

    answer = post()

    assert (answer.status_code, answer.json()["code"]) == (429, "over_quota")
    assert int(answer["Retry-After"]) > 0
    assert Lead.objects.count() == 2


def test_a_repeat_costs_no_quota(post: Post, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)
    first = post(Idempotency_Key="k1")

    second = post(Idempotency_Key="k1")

    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])


def test_the_quota_is_that_of_the_last_minute(site: Site) -> None:
    site.quota = 1
    lead = receive(make_submission(), site, Origin())
    Lead.objects.update(received_at=lead.received_at - timedelta(seconds=61))

    receive(make_submission(), site, Origin())


def test_a_quota_of_zero_is_none(site: Site, settings: Any) -> None:
    settings.INTAKE_QUOTA = 1
    site.quota = 0

    for _ in range(3):
        receive(make_submission(), site, Origin())


def test_a_site_without_a_quota_has_the_default_one(site: Site, settings: Any) -> None:
    settings.INTAKE_QUOTA = 1
    receive(make_submission(), site, Origin())

    with pytest.raises(OverQuota):
        receive(make_submission(), site, Origin())


def test_the_leads_of_another_site_cost_no_quota(site: Site) -> None:
    site.quota = 1
    make_lead(site=make_site())

    receive(make_submission(), site, Origin())


def test_a_reused_key_over_the_quota_is_still_a_422(site: Site) -> None:
    site.quota = 1
    receive(make_submission(a="1"), site, keyed("k1"))

    with pytest.raises(KeyReused):
        receive(make_submission(a="2"), site, keyed("k1"))


# --- Held by a rule -------------------------------------------------------------------------


def test_a_held_lead_is_stored_and_answered_202_with_the_reason(post: Post) -> None:
    answer = post({"email": "ana@example.com"})

    assert answer.status_code == 202
    assert answer.json() == {
        "id": str(Lead.objects.get().reference),
        "status": "failed",
        "reason": {
            "code": "missing_field",
            "title": "Missing required field: contact_name",
            "field": "contact_name",
        },
    }


def test_a_held_lead_leaves_a_13002_without_a_call(site: Site) -> None:
    lead = receive(make_submission(phone="1"), site, Origin())

    log = ApiLog.objects.get()
    assert (log.lead, log.response_code, log.reason) == (lead, 13002, Reason.MISSING_FIELD)
    assert log.call is None
    assert lead.failed_at == lead.settled_at == log.created_at


def test_a_held_lead_is_counted_as_failed_and_as_an_attempt(site: Site) -> None:
    receive(make_submission(phone="1"), site, Origin())

    assert totals().leads["failed"] == totals().attempts[13002] == 1


def test_a_held_lead_is_told_in_the_transaction_that_stores_it(site: Site) -> None:
    told = []

    def listen(lead: Lead, **kwargs: Any) -> None:
        told.append((lead.pk, connection.in_atomic_block))

    lead_failed.connect(listen)
    try:
        lead = receive(make_submission(phone="1"), site, Origin())
    finally:
        lead_failed.disconnect(listen)

    assert told == [(lead.pk, True)]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_leaves_nothing_half_stored(site: Site) -> None:
    with (
        patch.object(receiving.lead_failed, "send", side_effect=RuntimeError("bug")),
        pytest.raises(RuntimeError),
    ):
        receive(make_submission(phone="1"), site, Origin())

    assert not Lead.objects.exists()
    assert not ApiLog.objects.exists()
    assert totals().received == 0
