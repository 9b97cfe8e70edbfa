"""A 503 that says “not stored” is only ever said of a lead that is not stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.test import Client
from django.utils import timezone

from leads.counters.deltas import totals
from leads.delivery import wakeup
from leads.intake import receive as receiving
from leads.models import Lead, Preferences, Site, SiteKey, Source, SourceAddress
from leads.signals import lead_failed
from leads.store import database
from tests.leads.intake.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = {"contact_name": "Ana Silva", "email": "ana@example.com"}
NAMELESS = {"email": "ana@example.com"}
ERRORS = [
    DatabaseError("server closed the connection"),
    OperationalError("query_wait_timeout"),
    InterfaceError("connection already closed"),
    IntegrityError("a constraint of another table"),
    OSError("broken pipe"),
    RuntimeError("a bug"),
]
Fault = Callable[[Exception], Any]


@contextmanager
def deaf_log(error: Exception) -> Iterator[None]:
    """Whatever is to be written down cannot be."""
    with patch.object(logging.Logger, "exception", side_effect=error):
        yield


@contextmanager
def failing_look(error: Exception) -> Iterator[None]:
    """The look whether a worker has to be woken fails."""
    with patch.object(wakeup, "wake", side_effect=error):
        yield


@contextmanager
def failing_look_and_log(error: Exception) -> Iterator[None]:
    """The look fails, and so does writing it down."""
    with failing_look(error), deaf_log(error):
        yield


@contextmanager
def failing_hook(error: Exception) -> Iterator[None]:
    """Something else that was to be done after the commit fails."""

    def fail() -> None:
        raise error

    with patch.object(receiving, "wake_after_commit", lambda _pk: transaction.on_commit(fail)):
        yield


@contextmanager
def failing_hook_and_log(error: Exception) -> Iterator[None]:
    """It fails, and so does writing it down."""
    with failing_hook(error), deaf_log(error):
        yield


AFTER: list[Fault] = [failing_look, failing_look_and_log, failing_hook, failing_hook_and_log]


@pytest.fixture(params=["plain", "waits for others of its kind"], autouse=True)
def path(request: pytest.FixtureRequest, site: Site) -> None:
    """The two ways in which a lead that goes is stored."""
    if request.param != "plain":
        Site.objects.update(duplicate_rule=Site.DuplicateRule.REFUSE)


def assert_stored(*answers: Any) -> None:
    told = [(answer.status_code, answer.json()["id"]) for answer in answers]
    leads = Lead.objects.order_by("pk").values_list("reference", flat=True)
    assert told == [(202, str(reference)) for reference in leads]
    assert totals().received == len(answers)


@pytest.mark.parametrize("fault", AFTER, ids=lambda fault: fault.__name__)
def test_a_fault_after_the_commit_is_a_202(post: Post, fault: Fault) -> None:
    answers = []
    for number, error in enumerate(ERRORS):
        with fault(error):
            answers.append(post({"contact_name": "Ana", "email": f"ana{number}@example.com"}))

    assert_stored(*answers)


def test_so_it_is_for_a_lead_that_is_held(post: Post) -> None:
    errors = iter(ERRORS)

    def fail() -> None:
        raise next(errors)

    def listen(**_said: Any) -> None:
        transaction.on_commit(fail)

    lead_failed.connect(listen)
    try:
        answers = [post(NAMELESS) for _error in ERRORS]
    finally:
        lead_failed.disconnect(listen)

    assert_stored(*answers)
    assert {answer.json()["status"] for answer in answers} == {"failed"}


def test_the_next_post_is_none_the_worse(post: Post) -> None:
    with failing_hook(OperationalError("gone")):
        post(PERSON)

    assert post({"contact_name": "Ben"}).status_code == 202
    assert Lead.objects.count() == 2


# --- The commit itself ------------------------------------------------------------------------


def end_connection() -> None:
    """What is left when a server, a pooler or a firewall ends it. A file has no connection."""
    if connection.vendor == "postgresql":
        connection.connection.close()
    raise OperationalError("server closed the connection unexpectedly")


@contextmanager
def commits(is_done: bool) -> Iterator[None]:
    """The connection ends while it commits, before or after it is done."""

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def ends(*arguments: Any) -> Any:
            if is_done:
                real(*arguments)
            end_connection()

        return ends

    real_insert = database.insert_together

    def insert(*rows: Any) -> None:
        # A statement outside of a transaction is committed by the server itself.
        (real_insert if connection.in_atomic_block else around(real_insert))(*rows)

    with (
        patch.object(database, "insert_together", insert),
        patch.object(connection, "_commit", around(getattr(connection, "_commit"))),  # noqa: B009 - of a base class without it
    ):
        yield


@contextmanager
def no_new_connection() -> Iterator[None]:
    """Who asks what became of a lead is not answered."""
    with patch.object(Lead.objects, "values_list", side_effect=OperationalError("gone")):
        yield


@contextmanager
def an_answer() -> Iterator[None]:
    """Who asks is answered."""
    yield


# What the database did, whether it can be asked, the answer, and how many leads there are.
UNKNOWN = {
    "it is stored": (True, an_answer, 202, 1),
    "it is not stored": (False, an_answer, 503, 0),
    "nobody can say, and it is": (True, no_new_connection, 503, 1),
    "nobody can say, and it is not": (False, no_new_connection, 503, 0),
}


def words(said: dict[str, Any]) -> str:
    """Title and detail of an answer, in small letters."""
    return f"{said['title']} {said['detail']}".lower()


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_commit_of_unknown_outcome_is_looked_up(post: Post, case: str) -> None:
    is_done, look, status, leads = UNKNOWN[case]

    with commits(is_done), look():
        answer = post(PERSON)

    assert (answer.status_code, Lead.objects.count(), totals().received) == (status, leads, leads)
    if status == 202:
        assert_stored(answer)
    else:
        said = answer.json()
        assert (said["code"], answer["Retry-After"]) == ("unavailable", "10")
        assert (
            ("not stored" in words(said))
            is ("nothing was stored" in words(said))
            is (look is an_answer)
        )


def test_a_repeat_finds_the_lead_that_nobody_could_tell_of(post: Post) -> None:
    with commits(is_done=True), no_new_connection():
        assert post(PERSON, Idempotency_Key="k").status_code == 503

    assert_stored(post(PERSON, Idempotency_Key="k"))


def test_what_fails_before_the_commit_is_told_as_it_was(post: Post) -> None:
    with (
        patch.object(database, "insert_together", side_effect=RuntimeError("a bug")),
        pytest.raises(RuntimeError),
    ):
        post(PERSON)

    assert not Lead.objects.exists()


# --- Several leads of one post ----------------------------------------------------------------


@pytest.mark.parametrize("case", UNKNOWN)
def test_leads_of_one_post_are_looked_up_together(site: Site, client: Client, case: str) -> None:
    is_done, look, status, leads = UNKNOWN[case]
    source = Source.objects.create(site=site, name="Form")
    address = SourceAddress.objects.issue(source, timezone.now())
    people = [PERSON, {"name": "Bob Stone", "email": "bob@example.com"}, NAMELESS]
    Preferences.load()

    with commits(is_done), look():
        answer = client.post(f"/in/{address.secret}/", people, content_type="application/json")

    assert answer.status_code == (200 if status == 202 else 503)
    assert Lead.objects.count() == totals().received == 3 * leads
    if status == 503:
        assert ("not stored" in words(answer.json())) is (look is an_answer)
    if status == 202:
        told = [lead["id"] for lead in answer.json()["leads"]]
        assert told == [str(lead.reference) for lead in Lead.objects.order_by("pk")]


def test_a_fault_after_the_commit_of_several_leads_is_told_to_nobody(
    site: Site, client: Client
) -> None:
    source = Source.objects.create(site=site, name="Form")
    address = SourceAddress.objects.issue(source, timezone.now())
    people = [PERSON, {"name": "Bob Stone", "email": "bob@example.com"}]

    with failing_hook(RuntimeError("a bug")):
        answer = client.post(f"/in/{address.secret}/", people, content_type="application/json")

    assert (answer.status_code, len(answer.json()["leads"])) == (200, 2)


@pytest.mark.parametrize("as_page", [True, False])
def test_a_form_is_not_told_either_what_nobody_knows(
    site: Site, client: Client, as_page: bool
) -> None:
    _key, token = SiteKey.objects.issue(site, SiteKey.Kind.FORM)
    headers = {"Accept": "text/html" if as_page else "application/json"}

    with commits(is_done=True), no_new_connection():
        answer = client.post(f"/f/{token}/", PERSON, headers=headers)

    assert (answer.status_code, Lead.objects.count()) == (503, 1)
    said = answer.content.decode().lower()
    assert "not stored" not in said
    assert "nothing was stored" not in said
    assert "not known whether it was stored" in said
