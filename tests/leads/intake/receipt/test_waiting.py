"""`?wait=20`: answered once the lead is settled, by few threads, and without a connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from leads.clock import Clock
from leads.intake.receipt.api import LeadReceipt
from leads.intake.receipt.waiting import LONGEST, Places, places, seconds_asked
from leads.models import Lead, Site
from tests.factories import make_key, make_lead
from tests.fakes import FakeClock

Get = Callable[..., Any]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    fake = FakeClock()
    monkeypatch.setattr(LeadReceipt, "clock", fake)
    return fake


@pytest.fixture
def get(site: Site) -> Get:
    key = make_key(site)

    def send(lead: Lead, query: str = "?wait=20") -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        return Client().get(f"/api/v1/leads/{lead.reference}/{query}", headers=headers)

    return send


def settle(lead: Lead) -> None:
    """What the worker does meanwhile."""
    now = timezone.now()
    done = {"status": "delivered", "due_at": None, "settled_at": now, "zoho_id": "61"}
    Lead.objects.filter(pk=lead.pk).update(queued_at=None, **done)


def test_it_answers_once_the_lead_is_settled(get: Get, site: Site, clock: FakeClock) -> None:
    lead = make_lead(site=site)
    clock.on_sleep = lambda: settle(lead) if len(clock.slept) == 3 else None

    answer = get(lead)

    assert answer.json()["status"] == "delivered"
    assert clock.slept == [0.25, 0.5, 1.0]
    assert "Retry-After" not in answer


@pytest.mark.parametrize(
    ("query", "seconds"), [("?wait=20", 20), ("?wait=3", 3), ("?wait=600", 20)]
)
def test_it_answers_at_the_latest_when_the_time_is_over(
    get: Get, site: Site, clock: FakeClock, query: str, seconds: int
) -> None:
    answer = get(make_lead(site=site), query)

    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    assert sum(clock.slept) == pytest.approx(seconds)


@pytest.mark.parametrize("query", ["", "?wait=", "?wait=0", "?wait=-5", "?wait=x", "?wait=2.5"])
def test_what_is_no_number_of_seconds_is_no_wait(
    get: Get, site: Site, clock: FakeClock, query: str
) -> None:
    assert get(make_lead(site=site), query).status_code == 200
    assert clock.slept == []


@pytest.mark.parametrize("text", ["9" * 4000, "٣", "²", "1_0", " 5"])
def test_whatever_is_asked_is_a_number_from_0_to_20(text: str) -> None:
    assert 0 <= seconds_asked(text) <= LONGEST


@pytest.mark.parametrize("status", ["delivered", "failed", "entered", "discarded"])
def test_a_settled_lead_is_answered_at_once(
    get: Get, site: Site, clock: FakeClock, status: str
) -> None:
    assert get(make_lead(site=site, status=status)).json()["status"] == status
    assert clock.slept == []


def test_the_next_is_answered_at_once_with_todays_status(
    get: Get, site: Site, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.intake.receipt.api.places", lambda: Places(0))

    answer = get(make_lead(site=site))

    assert answer.json()["status"] == "queued"
    assert 5 <= int(answer["Retry-After"]) <= 15
    assert clock.slept == []


@pytest.mark.parametrize(("threads", "free"), [(1, 0), (3, 0), (4, 1), (8, 2), (17, 4)])
def test_a_quarter_of_the_threads_may_wait(settings: Settings, threads: int, free: int) -> None:
    settings.WEB_THREADS = threads
    places.cache_clear()
    taken = [places().free.acquire(blocking=False) for _ in range(threads)]
    places.cache_clear()

    assert sum(taken) == free


def test_a_place_is_given_back_whatever_happens() -> None:
    few = Places(1)

    def breaks() -> None:
        with few.one() as may, few.one() as another:
            assert (may, another) == (True, False)
            raise ValueError("broke")

    for _ in range(2):
        with pytest.raises(ValueError, match="broke"):
            breaks()


def test_no_more_than_there_are_places_wait_at_once() -> None:
    few, inside, highest, told = Places(2), [0], [0], []
    lock, everybody = threading.Lock(), threading.Barrier(12)

    def come() -> None:
        everybody.wait()
        with few.one() as may:
            with lock:
                inside[0] += may
                highest[0] = max(highest[0], inside[0])
            told.append(may)
            if may:
                Clock().sleep(0.05)
                with lock:
                    inside[0] -= 1

    threads = [threading.Thread(target=come) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert highest[0] <= 2
    assert told.count(True) >= 2


@pytest.mark.django_db(transaction=True)
def test_who_sleeps_holds_no_connection(get: Get, site: Site, clock: FakeClock) -> None:
    lead, held, said = make_lead(site=site), [], []
    clock.on_sleep = lambda: held.append(connection.connection is not None)

    def ask() -> None:
        said.append(get(lead, "?wait=2").status_code)
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()

    assert said == [200]
    assert len(held) > 2
    assert not any(held)


def test_a_wait_of_twenty_seconds_costs_a_dozen_statements(
    get: Get, site: Site, clock: FakeClock, django_assert_max_num_queries: Any
) -> None:
    lead = make_lead(site=site)

    with django_assert_max_num_queries(16):
        get(lead)
