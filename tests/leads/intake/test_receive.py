"""From a request to a stored lead: nothing is acknowledged that is not on disk."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from gunicorn.http.errors import InvalidChunkSize

from leads.counters.deltas import totals
from leads.flags import Flag, write_flags
from leads.intake.body.parse import MAX_BODY
from leads.intake.errors import KeyReused, OverQuota, Unreadable
from leads.intake.idempotency import fingerprint_of
from leads.intake.receive import Origin, receive
from leads.models import Allowance, ApiLog, Lead, Site, SiteKey
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


def test_a_body_that_ends_early_is_no_lead(site: Site, client: Client) -> None:
    answer: Any = client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=ADDRESS,
        CONTENT_TYPE="application/x-www-form-urlencoded",
        CONTENT_LENGTH="60",
        HTTP_AUTHORIZATION=f"Bearer {make_key(site)}",
        **{"wsgi.input": BytesIO(b"contact_name=Ana&message=Please+do+n")},
    )

    assert answer.status_code == 400
    assert "36 of 60 bytes" in answer.json()["detail"]


@pytest.mark.parametrize(("size", "status"), [(10, 202), (MAX_BODY, 413)])
def test_chunks_are_read_as_far_as_a_lead_may_go(
    site: Site, client: Client, size: int, status: int
) -> None:
    body = b'{"contact_name": "Ana", "message": "' + b"x" * size + b'"}'

    answer = client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=ADDRESS,
        CONTENT_TYPE="application/json",
        HTTP_TRANSFER_ENCODING="chunked",
        HTTP_AUTHORIZATION=f"Bearer {make_key(site)}",
        **{"wsgi.input": BytesIO(body), "wsgi.input_terminated": True},
    )

    assert answer.status_code == status


def test_chunks_that_the_server_cannot_read_are_a_400(site: Site, client: Client) -> None:
    answer: Any = client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=ADDRESS,
        CONTENT_TYPE="application/json",
        HTTP_TRANSFER_ENCODING="chunked",
        HTTP_AUTHORIZATION=f"Bearer {make_key(site)}",
        **{"wsgi.input": Mock(read=Mock(side_effect=InvalidChunkSize(b"zz")))},
        **{"wsgi.input_terminated": True},
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


def test_a_post_without_the_slash_at_the_end_is_a_lead(site: Site, client: Client) -> None:
    headers = {"Authorization": f"Bearer {make_key(site)}"}

    answer = client.post(
        ADDRESS.rstrip("/"), {"contact_name": "Ana"}, "application/json", headers=headers
    )

    assert answer.status_code == 202


def test_a_multipart_post_is_a_lead(site: Site, client: Client) -> None:
    headers = {"Authorization": f"Bearer {make_key(site)}"}

    answer: Any = client.post(ADDRESS, {"contact_name": "Ana"}, headers=headers)

    assert answer.status_code == 202
    assert Lead.objects.get().data == {"contact_name": "Ana"}


@pytest.mark.parametrize("key", ["a\nb", "\x00", "\x7f", "k" * 256])
def test_a_key_that_cannot_be_kept_is_a_400_that_names_the_header(post: Post, key: str) -> None:
    answer = post(Idempotency_Key=key)

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"Idempotency-Key"}


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


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_a_405_in_the_same_shape(site: Site, client: Client, method: str) -> None:
    headers = {"Authorization": f"Bearer {make_key(site)}"}

    answer = client.generic(method, ADDRESS, headers=headers)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json().keys() == {"code", "title", "detail"}


def test_an_error_repeats_no_personal_data(post: Post) -> None:
    answer = post(b'{"email": "ana@example.com", "phone": 555-1234}')

    assert b"ana@example.com" not in answer.content
    assert b"555" not in answer.content


# --- After the commit, and the wakeup ----------------------------------------------------------


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
    with patch("leads.delivery.wakeup.async_task", side_effect=error):
        answer = post()

    assert answer.status_code == 202
    assert Lead.objects.count() == 1


@contextlib.contextmanager
def commits_that_fail() -> Iterator[None]:
    """From here on the database takes every lead and loses it at the commit."""
    if connection.vendor == "sqlite":
        with patch.object(connection, "_commit", side_effect=OperationalError("gone")):
            yield
        return
    # The server itself commits what is one statement: a check at the commit finds no disk.
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION no_disk() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
            CREATE CONSTRAINT TRIGGER no_disk AFTER INSERT ON leads_lead
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_disk();
        """)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION no_disk CASCADE")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_acknowledged_when_the_commit_fails(post: Post) -> None:
    with commits_that_fail():
        answer = post()

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer.json()["code"] == "unavailable"
    assert not Lead.objects.exists()
    assert totals().received == 0


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_a_503(post: Post, error: Exception) -> None:
    with patch("leads.intake.guard.keys.look_up", side_effect=error):
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


def test_a_key_that_was_revoked_does_not_find_the_lead_it_repeats(post: Post) -> None:
    assert post(Idempotency_Key="k").status_code == 202
    SiteKey.objects.update(revoked_at=timezone.now())

    assert post(Idempotency_Key="k").status_code == 401


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


@pytest.mark.usefixtures("within_a_minute")
def test_over_the_quota_is_a_429_with_retry_after(post: Post, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=2)
    post()
    post()

    answer = post()

    assert (answer.status_code, answer.json()["code"]) == (429, "over_quota")
    assert int(answer["Retry-After"]) > 0
    assert Lead.objects.count() == 2


@pytest.mark.usefixtures("within_a_minute")
def test_a_repeat_costs_no_quota(post: Post, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)
    first = post(Idempotency_Key="k1")

    second = post(Idempotency_Key="k1")

    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])


def test_the_next_minute_has_a_quota_of_its_own(site: Site) -> None:
    site.quota = 1
    receive(make_submission(), site, Origin())
    Allowance.objects.update(ends_at=F("ends_at") - 60)

    receive(make_submission(), site, Origin())


def test_a_post_that_was_late_counts_in_the_minute_that_runs(site: Site) -> None:
    site.quota = 1
    receive(make_submission(), site, Origin())
    Allowance.objects.update(ends_at=F("ends_at") + 60)

    with pytest.raises(OverQuota):
        receive(make_submission(), site, Origin())


def test_a_clock_that_was_set_back_does_not_close_the_door(site: Site) -> None:
    site.quota = 1
    receive(make_submission(), site, Origin())
    Allowance.objects.update(ends_at=F("ends_at") + 86_400)

    receive(make_submission(), site, Origin())


def test_repeats_leave_the_counter_alone(site: Site) -> None:
    for _ in range(5):
        receive(make_submission(), site, keyed("k1"))

    assert Allowance.objects.get().used == 1


def test_forms_and_the_interface_count_apart(site: Site) -> None:
    site.quota = 1
    receive(make_submission(), site, Origin(Lead.Source.FORM))

    receive(make_submission(), site, Origin())


@pytest.mark.django_db(transaction=True)
def test_the_quota_is_exact_however_many_come_at_once(site: Site, at_once: Any) -> None:
    site.quota = 5

    results = at_once(*[lambda: receive(make_submission(), site, Origin())] * 12)

    refused = [result for result in results if isinstance(result, OverQuota)]
    assert (Lead.objects.count(), len(refused)) == (5, 7)


@pytest.mark.django_db(transaction=True)
def test_equal_posts_at_once_cost_the_quota_of_one(site: Site, at_once: Any) -> None:
    leads = at_once(*[lambda: receive(make_submission(), site, keyed("k1"))] * 6)

    assert len({lead.pk for lead in leads}) == 1
    assert Allowance.objects.get().used == 1


# --- The double-submit window -----------------------------------------------------------------


def test_the_same_fields_within_the_window_are_the_same_lead(site: Site) -> None:
    site.repeat_window = 60
    first = receive(make_submission(), site, Origin())

    second = receive(make_submission(), site, Origin())

    assert second.pk == first.pk
    assert Allowance.objects.get().used == totals().received == 1


def test_other_fields_within_the_window_are_another_lead(site: Site) -> None:
    site.repeat_window = 60
    receive(make_submission(contact_name="Ana"), site, Origin())
    receive(make_submission(contact_name="Bea"), site, Origin())

    assert Lead.objects.count() == 2


def test_the_same_fields_after_the_window_are_another_lead(site: Site) -> None:
    site.repeat_window = 60
    lead = receive(make_submission(), site, Origin())
    Lead.objects.update(received_at=lead.received_at - timedelta(seconds=61))
    receive(make_submission(), site, Origin())

    assert Lead.objects.count() == 2


def test_with_a_key_the_window_does_not_look(site: Site) -> None:
    site.repeat_window = 60
    receive(make_submission(), site, Origin())
    receive(make_submission(), site, keyed("k1"))

    assert Lead.objects.count() == 2


def test_another_sites_lead_is_no_repeat(site: Site) -> None:
    site.repeat_window = 60
    receive(make_submission(), make_site(), Origin())
    receive(make_submission(), site, Origin())

    assert Lead.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_clicks_at_once_within_the_window_make_one_lead(site: Site, at_once: Any) -> None:
    site.repeat_window = 60

    leads = at_once(*[lambda: receive(make_submission(), site, Origin())] * 6)

    assert {getattr(lead, "pk", lead) for lead in leads} == {Lead.objects.get().pk}


# --- Odd, and taken all the same --------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        ({"contact_name": "Ana", "email": "ana@example.com"}, ""),
        ({"contact_name": "Ana", "phone": "1", "zip": None}, ""),
        ({"contact_name": "Ana", "email": "ana(at)example"}, "bad_email"),
        ({"contact_name": "Ana"}, "no_contact"),
        ({"contact_name": "Ana", "phone": 5551234}, "converted"),
        ({"contact_name": ["Ana", "Silva"], "phone": "1"}, "converted"),
        ({"contact_name": "n" * 201, "phone": "1"}, "clipped"),
        ({"contact_name": "Ana", "phone": "1", "message": "x" * 20_001}, "long"),
        ({"contact_name": "Ana", "phone": "1", "deep": [["x" * 20_001]]}, "long"),
        ({f"field{n}": "" for n in range(101)} | {"phone": "1"}, "long"),
    ],
)
def test_what_is_odd_about_the_fields_is_flagged(
    site: Site, data: dict[str, Any], flags: str
) -> None:
    assert receive(make_submission(**data), site, Origin()).flags == flags


def test_what_was_odd_about_the_bytes_is_flagged_too(post: Post) -> None:
    post(b"last_name=M%FCller", "")

    lead = Lead.objects.get()
    assert lead.data == {"last_name": "Müller"}
    assert [flag.value for flag in lead.oddities] == ["no_contact", "repaired", "guessed_type"]


def test_every_flag_at_once_fits_its_column() -> None:
    assert len(write_flags(set(Flag))) <= (Lead._meta.get_field("flags").max_length or 0)


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
            "title": "The site sent no name",
            "field": "contact_name",
        },
    }


def test_a_held_lead_leaves_a_13002_without_a_call(site: Site) -> None:
    lead = receive(make_submission(phone="1"), site, Origin())

    log = ApiLog.objects.get()
    assert (log.lead, log.response_code, log.reason) == (lead, 13002, Reason.MISSING_FIELD)
    assert log.call is None
    assert lead.failed_at == lead.settled_at == log.created_at


def test_a_held_lead_is_counted_as_failed_and_as_held_and_not_as_an_attempt(site: Site) -> None:
    receive(make_submission(phone="1"), site, Origin())

    assert totals().leads["failed"] == totals().held == 1
    assert totals().attempts[13002] == 0


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
        patch.object(lead_failed, "send", side_effect=RuntimeError("bug")),
        pytest.raises(RuntimeError),
    ):
        receive(make_submission(phone="1"), site, Origin())

    assert not Lead.objects.exists()
    assert not ApiLog.objects.exists()
    assert totals().received == 0
