"""A lead in one round trip: the same lead as ever, and not one by a key that is good no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg2
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from gunicorn.http.errors import ChunkMissingTerminator

from leads.clock import database_now
from leads.counters.deltas import totals
from leads.intake import at_once
from leads.intake.body.arrival import Arrival
from leads.intake.errors import Unreadable
from leads.intake.guard import keys
from leads.models import (
    Allowance,
    CounterDelta,
    Destination,
    Lead,
    Preferences,
    RejectedSubmission,
    Site,
    SiteKey,
)
from tests.factories import make_key
from tests.leads.intake.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = {"contact_name": "Ana Silva", "email": "ana@example.com"}


@pytest.fixture(autouse=True)
def known(post: Post) -> Iterator[None]:
    """The site posted a moment ago, so that this process knows its key."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is asked for the key each time: it is a file of this machine")
    Site.objects.update(quota=0)
    # Noted already: to note a key's use changes its row, and what is known of it is void.
    SiteKey.objects.update(last_used_at=timezone.now())
    assert post().status_code == 202
    yield
    keys._answers.clear()


def test_a_post_is_one_round_trip(post: Post) -> None:
    post()  # prepares
    with CaptureQueriesContext(connection) as asked:
        answer = post()

    assert answer.status_code == 202
    assert [query["sql"].split()[0] for query in asked] == ["BEGIN;"]


def test_its_lead_is_like_one_that_was_asked_for(post: Post) -> None:
    post()
    first, second = Lead.objects.order_by("pk").values()

    different = {name for name, value in first.items() if value != second.get(name)}
    assert different == {"id", "reference", "received_at", "due_at", "queued_at"}
    assert timedelta() < second["received_at"] - first["received_at"] < timedelta(seconds=10)
    assert second["due_at"] == second["queued_at"] == second["received_at"] < database_now()


def test_it_is_counted(post: Post) -> None:
    post()

    assert totals().leads[Lead.Status.QUEUED] == Lead.objects.count() == 2


def test_it_answers_with_the_leads_reference(post: Post) -> None:
    answer = post().json()

    assert answer == {"id": str(Lead.objects.latest("pk").reference), "status": "queued"}


def revoke() -> int:
    assert SiteKey.objects.get().revoke()
    return 401


def disable() -> int:
    Site.objects.update(enabled=False)
    return 403


def delete() -> int:
    SiteKey.objects.all().delete()
    return 401


CLOSED: list[Callable[[], int]] = [revoke, disable, delete]


@pytest.mark.parametrize("close", CLOSED)
def test_a_key_that_is_good_no_more_stores_nothing(post: Post, close: Callable[[], int]) -> None:
    status = close()

    assert post().status_code == status
    assert (Lead.objects.count(), CounterDelta.objects.count()) == (1, 1)


@pytest.mark.parametrize("close", CLOSED)
def test_its_broken_post_is_refused_for_the_key_and_leaves_no_trace(
    post: Post, close: Callable[[], int]
) -> None:
    status = close()

    assert post(b"{").status_code == status
    assert not RejectedSubmission.objects.exists()


def test_a_broken_post_of_a_good_key_is_refused_and_traced_once(post: Post) -> None:
    assert post(b"{").status_code == 400
    assert RejectedSubmission.objects.count() == 1


def test_what_is_left_of_a_broken_body_is_not_read_as_a_lead(known: None) -> None:
    """A stream that broke hands out its remains to whoever reads on."""
    stream: list[Exception | bytes] = [ChunkMissingTerminator(b"zz"), b"contact_name=Ana&pho"]

    class Broken:
        def read(self, size: int) -> bytes:
            piece = stream.pop(0)
            if isinstance(piece, bytes):
                return piece
            raise piece

    request = RequestFactory().post("/", content_type="application/x-www-form-urlencoded")
    request.META |= {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": Broken(),
    }
    arrival = Arrival(request)

    for _ in range(2):
        with pytest.raises(Unreadable):
            arrival.read()


def test_a_key_that_was_revoked_does_not_find_the_lead_it_repeats(post: Post) -> None:
    assert post(Idempotency_Key="k").status_code == 202
    revoke()

    assert post(Idempotency_Key="k").status_code == 401


def test_nor_where_the_quota_is_used_up(post: Post) -> None:
    Site.objects.update(quota=1)
    assert post(Idempotency_Key="k").status_code == 202
    assert post(Idempotency_Key="k").status_code == 202
    revoke()

    assert post(Idempotency_Key="k").status_code == 401


@pytest.mark.parametrize("close", CLOSED)
def test_nor_is_a_lead_held_for_it(post: Post, close: Callable[[], int]) -> None:
    status = close()

    assert post({"email": "nameless@example.com"}).status_code == status
    assert Lead.objects.count() == 1


def test_a_repeat_is_the_first_ones_lead(post: Post) -> None:
    first, second = post(Idempotency_Key="k").json(), post(Idempotency_Key="k").json()

    assert first == second
    assert (Lead.objects.count(), totals().received) == (2, 2)


def test_after_a_repeat_the_connection_is_good_for_the_next(post: Post) -> None:
    post(Idempotency_Key="k")
    post(Idempotency_Key="k")

    assert post().status_code == 202
    assert Lead.objects.count() == 3


def test_a_key_used_for_other_fields_is_refused(post: Post) -> None:
    post(Idempotency_Key="k")

    assert post(PERSON | {"city": "Rome"}, Idempotency_Key="k").status_code == 422


def refuse_duplicates() -> None:
    Site.objects.update(duplicate_rule=Site.DuplicateRule.REFUSE)


def refuse_duplicates_everywhere() -> None:
    Preferences.objects.update_or_create(pk=1, defaults={"refuse_duplicate_emails": True})


@pytest.mark.parametrize("change", [refuse_duplicates, refuse_duplicates_everywhere])
def test_a_rule_is_in_force_from_the_next_post_on(post: Post, change: Callable[[], None]) -> None:
    change()

    assert post().json()["reason"]["code"] == "duplicate_email"


def test_a_quota_is_in_force_from_the_next_post_on(post: Post) -> None:
    Site.objects.update(quota=1)

    assert [post().status_code for _ in range(2)] == [202, 429]


def test_a_post_whose_proof_failed_is_counted_once(post: Post) -> None:
    Site.objects.update(quota=10)
    post()
    Site.objects.update(name="Renamed")
    post()

    assert Allowance.objects.get().used == 2


def test_what_a_rule_holds_is_held(post: Post) -> None:
    reason = post({"email": "nameless@example.com"}).json()["reason"]

    assert (reason["code"], reason["field"]) == ("missing_field", "contact_name")
    assert Lead.objects.latest("pk").status == Lead.Status.FAILED


def test_a_silent_bell_is_rung(post: Post) -> None:
    Destination.objects.update(woken_at=None)
    OrmQ.objects.all().delete()
    post()

    assert OrmQ.objects.count() == 1


def test_a_bell_that_rings_is_left_alone(post: Post) -> None:
    woken_at = Destination.objects.get().woken_at
    post()

    assert woken_at
    assert OrmQ.objects.count() == 1
    assert Destination.objects.get().woken_at == woken_at


def test_the_bell_is_looked_at_after_the_commit(post: Post) -> None:
    """A worker clears the wakeup while the lead is on its way into the database."""
    with CaptureQueriesContext(connection) as asked:
        post()
    (sent,) = (query["sql"] for query in asked if query["sql"].startswith("BEGIN"))

    assert sent.index("lead_if_proven") < sent.index("COMMIT;") < sent.index("lead_and_wakeup")


def end_connection() -> None:
    """What an idle connection meets when PostgreSQL or a firewall ends it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    database = {**settings.DATABASES["default"]}
    with (
        psycopg2.connect(
            dbname=connection.settings_dict["NAME"],
            user=database["USER"],
            password=database["PASSWORD"],
            host=database["HOST"],
            port=database["PORT"],
        ) as other,
        other.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])


def test_a_connection_that_died_meanwhile_costs_nobody_a_lead(post: Post) -> None:
    end_connection()

    assert post().status_code == 202
    assert Lead.objects.count() == 2


@contextmanager
def lost_answers(times: int) -> Iterator[list[bool]]:
    """The lead is stored, and the connection ends before the answer arrives."""
    real, lost = at_once._store, list[bool]()

    def stored(*arguments: Any) -> bool:
        result = real(*arguments)
        if len(lost) < times:
            lost.append(True)
            connection.connection.close()
            raise OperationalError("server closed the connection unexpectedly")
        return result

    with patch.object(at_once, "_store", stored):
        yield lost


def test_a_lead_whose_answer_was_lost_is_stored_once(post: Post) -> None:
    with lost_answers(1) as lost:
        answer = post()

    assert lost == [True]
    lead = Lead.objects.latest("pk")
    assert (answer.status_code, answer.json()["id"]) == (202, str(lead.reference))
    assert (Lead.objects.count(), totals().received) == (2, 2)


def test_what_took_too_long_is_a_503_and_not_tried_again(post: Post) -> None:
    slow = OperationalError("canceling statement due to statement timeout")
    with patch.object(at_once, "_store", side_effect=slow) as tried:
        assert post().status_code == 503

    tried.assert_called_once()
    assert Lead.objects.count() == 1


def test_what_was_answered_is_asked_again_after_a_while(post: Post, site: Site) -> None:
    secret = make_key(site)
    keys.site_of(secret, SiteKey.Kind.SECRET)
    assert keys.remembered_site(secret) == site

    late = time.monotonic() + keys.REMEMBERED_FOR + 0.1
    with patch.object(time, "monotonic", return_value=late):
        assert keys.remembered_site(secret) is None


def test_its_time_is_the_databases_and_never_ahead(site: Site) -> None:
    secret = make_key(site)
    keys.site_of(secret, SiteKey.Kind.SECRET)
    remembered = keys.remembered_site(secret)

    assert remembered
    assert remembered.asked_at
    assert timedelta() <= database_now() - remembered.asked_at < timedelta(seconds=1)


def test_within_a_transaction_the_key_is_asked_for(site: Site) -> None:
    from django.db import transaction

    secret = make_key(site)
    keys.site_of(secret, SiteKey.Kind.SECRET)

    with transaction.atomic():
        assert keys.remembered_site(secret) is None
