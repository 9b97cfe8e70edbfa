"""The clerk: good news is written down beside the next call, all other before it."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from django.db import connection

from leads.clock import Deadline
from leads.delivery import clerk as desk
from leads.delivery.claim import claim
from leads.delivery.clerk import Clerk
from leads.delivery.drain import Drain
from leads.delivery.gateway import Batch, Outcome
from leads.models import ApiLog, Destination, Lead, Site, Slot
from tests.factories import make_lead
from tests.fakes import LOCKED, REFUSED, STORED, THROTTLED, FakeClock, FakeGateway

PATIENCE = 10
several_writers = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite writes one transaction at a time"
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pairs(destination: Destination, site: Site) -> Destination:
    """A destination that takes two leads a call, with six of them due."""
    Destination.objects.update(batch_size=2)
    for _ in range(6):
        make_lead(site=site)
    return destination


def drain(destination: Destination, gateway: FakeGateway, clock: FakeClock) -> int:
    return Drain(destination.pk, gateway, draw=lambda: 0.5, beside=True).run(Deadline(55, clock))


def delivered() -> int:
    return Lead.objects.filter(status="delivered").count()


def test_all_is_written_down_when_the_slot_is_given_back(
    pairs: Destination, gateway: FakeGateway, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    release = type(Slot.objects.all()).release
    monkeypatch.setattr(
        type(Slot.objects.all()),
        "release",
        lambda rows, token: (written.append(delivered()), release(rows, token))[1],
    )

    assert drain(pairs, gateway, clock) == 6
    assert written == [6]
    assert ApiLog.objects.filter(response_code=13003).count() == 6


@several_writers
def test_what_was_stored_is_written_down_while_the_next_call_is_on_its_way(
    pairs: Destination, gateway: FakeGateway, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling, settled, really = Event(), Event(), desk.finish

    def late(*args: Any) -> None:
        assert calling.wait(PATIENCE), "no second call began"
        really(*args)
        settled.set()

    def second(batch: Batch) -> list[Outcome]:
        calling.set()
        assert settled.wait(PATIENCE), "the first call was not settled"
        assert delivered() == 2
        return [STORED] * len(batch.leads)

    monkeypatch.setattr(desk, "finish", late)
    gateway.answers = [STORED, second, STORED]

    assert drain(pairs, gateway, clock) == 6
    assert delivered() == 6


@several_writers
def test_it_leaves_no_connection_behind(
    pairs: Destination, gateway: FakeGateway, clock: FakeClock
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [mine] = cursor.fetchone()

    drain(pairs, gateway, clock)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid(), count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event = 'ClientRead'"
        )
        assert cursor.fetchone() == (mine, 0)


@pytest.mark.parametrize("news", [REFUSED, LOCKED, THROTTLED])
def test_anything_else_is_settled_before_the_next_look(
    pairs: Destination, clock: FakeClock, news: Outcome
) -> None:
    pairs.refresh_from_db()
    batch = claim(pairs, 2, 0.5)
    assert batch

    with Clerk(clock, beside=True) as clerk:
        clerk.settle(batch, [STORED, news], 0.5)

        assert clerk.open is None
        assert not Lead.objects.filter(status="sending").exists()


def test_a_call_that_was_throttled_is_the_last_one(
    pairs: Destination, gateway: FakeGateway, clock: FakeClock
) -> None:
    gateway.answers = [STORED, THROTTLED, STORED]

    assert drain(pairs, gateway, clock) == 4
    assert len(gateway.calls) == 2


def test_an_error_in_finishing_ends_the_drain_and_loses_no_other_answer(
    pairs: Destination, gateway: FakeGateway, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, calls = desk.finish, []

    def broken_once(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 1:
            raise ZeroDivisionError
        really(*args)

    monkeypatch.setattr(desk, "finish", broken_once)

    with pytest.raises(ZeroDivisionError):
        drain(pairs, gateway, clock)

    answered = len(gateway.calls)
    assert delivered() == 2 * (answered - 1)
    assert Lead.objects.filter(status="sending").count() == 2  # for the lease to bring back
    assert not Slot.objects.exclude(token=None).exists()


def test_a_lone_lead_needs_no_second_connection(
    destination: Destination, site: Site, clock: FakeClock
) -> None:
    make_lead(site=site)
    batch = claim(destination, 100, 0.5)
    assert batch

    with Clerk(clock, beside=True) as clerk:
        clerk.settle(batch, [STORED], 0.5)

        assert clerk.pool is None
    assert delivered() == 1
    assert connection.is_usable()
