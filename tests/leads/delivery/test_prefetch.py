"""One batch is in flight while the next one is made ready."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from leads.clock import Deadline
from leads.delivery import breaker
from leads.delivery.drain import Drain
from leads.delivery.gateway import Batch, Outcome
from leads.delivery.prefetch import Calls, InFlightCall
from leads.models import Destination, Lead, Site
from tests.factories import make_call, make_lead
from tests.fakes import STORED

pytestmark = pytest.mark.django_db(transaction=True)


def make_leads(site: Site, number: int) -> list[Lead]:
    return [make_lead(site=site) for _ in range(number)]


PATIENCE = 10
SECOND = "prefetch"


class Crm:
    """Notes who sends what, and how many calls are open."""

    def __init__(self, during: Callable[[Crm, Batch], None] = lambda *_: None) -> None:
        self.during = during
        self.in_hand = threading.Semaphore(0)
        """One for each batch that was claimed."""
        self.open = self.most_open = 0
        self.sent: list[tuple[str, list[int]]] = []

    def deliver(self, batch: Batch, deadline: Deadline) -> list[Outcome]:
        self.in_hand.release()
        with batch.in_flight:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            name = threading.current_thread().name.partition("_")[0]
            self.sent.append((name, [lead.pk for lead in batch.leads]))
            self.during(self, batch)
            self.open -= 1
        return [STORED] * len(batch.leads)

    def of_prefetch(self) -> list[int]:
        return [pk for name, pks in self.sent for pk in pks if name == SECOND]


@pytest.fixture
def run(site: Site) -> Callable[..., int]:
    """Runs a drain that prefetches; batches are of two."""
    Destination.objects.update(batch_size=2, calls_per_second=100, resend_is_safe=True)

    def run(crm: Crm, prefetches: bool = True) -> int:
        return Drain(site.destination_id, crm, lambda: 0.5, prefetches=prefetches).run(Deadline(55))  # type: ignore[arg-type]  # it has what a drain asks, and no more

    return run


def until_both_are_in_hand(crm: Crm, _batch: Batch) -> None:
    if len(crm.sent) == 1:
        for _ in range(2):
            assert crm.in_hand.acquire(timeout=PATIENCE)


def first_alone(crm: Crm, batch: Batch) -> None:
    if len(crm.sent) == 1:
        time.sleep(0.5)  # the second thread has looked by then
        assert crm.in_hand.acquire(timeout=PATIENCE)
    if len(crm.sent) == 2:
        for _ in range(2):
            assert crm.in_hand.acquire(timeout=PATIENCE)


def test_what_might_not_be_prefetched_at_first_is_after_an_answer(
    site: Site, run: Callable[..., int]
) -> None:
    """Where many may call, few do before the first answer: the second thread found its place taken
    and was not seen again for as long as the task went on.
    """
    Destination.objects.update(max_slots=8)
    for _ in range(breaker.MOST_UNPROVEN - 1):
        make_call(ended_at=None, destination=site.destination)
    make_leads(site, 8)
    crm = Crm(first_alone)

    assert run(crm) == 8
    assert crm.of_prefetch()


def test_the_next_batch_is_claimed_while_a_call_is_open(
    site: Site, run: Callable[..., int]
) -> None:
    make_leads(site, 8)
    crm = Crm(until_both_are_in_hand)

    assert run(crm) == 8
    assert {name for name, _pks in crm.sent} == {"MainThread", SECOND}
    assert Lead.objects.filter(status="delivered").count() == 8


def test_no_two_calls_are_open_at_once(site: Site, run: Callable[..., int]) -> None:
    make_leads(site, 20)
    crm = Crm(until_both_are_in_hand)
    run(crm)

    assert crm.most_open == 1


def test_one_hand_is_enough_for_less_than_two_batches(site: Site, run: Callable[..., int]) -> None:
    make_leads(site, 1)
    crm = Crm()

    assert run(crm) == 1
    assert not crm.of_prefetch()


def test_the_second_hand_takes_nothing_that_somebody_suspects(
    site: Site, run: Callable[..., int]
) -> None:
    leads = make_leads(site, 12)
    suspects = [lead.pk for lead in leads[2:8]]
    Lead.objects.filter(pk__in=suspects).update(batch_limit=1)
    crm = Crm(until_both_are_in_hand)

    assert run(crm) == 12
    assert crm.of_prefetch()
    assert not set(crm.of_prefetch()) & set(suspects)


def test_what_goes_wrong_in_the_second_hand_is_told_when_the_first_is_done(
    site: Site, run: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Exception):
        pass

    def fail(crm: Crm, batch: Batch) -> None:
        until_both_are_in_hand(crm, batch)
        if threading.current_thread().name.startswith(SECOND):
            crm.open -= 1
            raise Broken

    make_leads(site, 8)
    with pytest.raises(Broken):
        run(Crm(fail))

    # What the first thread holds is finished; what was in the second waits for its lease.
    assert "Broken" in caplog.text
    statuses = list(Lead.objects.values_list("status", flat=True))
    assert statuses.count("sending") == 2
    assert statuses.count("delivered") >= 2


def test_what_is_claimed_while_the_second_hand_fails_is_not_left_in_hand(
    site: Site, run: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = threading.Event()
    next_batch = Drain.next_batch

    def fail(crm: Crm, batch: Batch) -> None:
        until_both_are_in_hand(crm, batch)
        if threading.current_thread() is not threading.main_thread():
            assert claimed.wait(PATIENCE)
            crm.open -= 1
            raise OSError("no way")

    def claims_and_then_sees_the_failure(drain: Drain, *args: Any, **kwargs: Any) -> Batch | None:
        batch = next_batch(drain, *args, **kwargs)
        if threading.current_thread() is threading.main_thread() and crm.sent:
            claimed.set()
            time.sleep(0.3)  # the other thread ends
        return batch

    monkeypatch.setattr(Drain, "next_batch", claims_and_then_sees_the_failure)
    make_leads(site, 8)
    crm = Crm(fail)
    with pytest.raises(OSError, match="no way"):
        run(crm)

    assert Lead.objects.filter(status="sending").count() == 2


def test_one_hand_works_where_a_dead_worker_leaves_leads_to_people(
    site: Site, run: Callable[..., int]
) -> None:
    Destination.objects.update(resend_is_safe=False)
    make_leads(site, 6)
    crm = Crm(lambda *_: time.sleep(0.2))  # long enough for another thread to come in between

    assert run(crm) == 6
    assert not crm.of_prefetch()


def test_nothing_is_chosen_while_a_failure_is_not_written_down(
    site: Site, run: Callable[..., int]
) -> None:
    """The first call fails; the prefetched batch is void, and no further one is claimed."""

    def fail(crm: Crm, batch: Batch) -> None:
        until_both_are_in_hand(crm, batch)
        batch.in_flight.fail()
        drain.calls.faults += 1  # of which nobody writes anything down

    make_leads(site, 8)
    crm = Crm(fail)
    drain = Drain(site.destination_id, crm, lambda: 0.5, prefetches=True)  # type: ignore[arg-type]  # it has what a drain asks, and no more

    assert drain.run(Deadline(55)) == 4
    assert Lead.objects.filter(status="queued").count() == 4


def test_after_a_failure_that_is_written_down_work_goes_on(
    site: Site, run: Callable[..., int]
) -> None:
    def fail(crm: Crm, batch: Batch) -> None:
        until_both_are_in_hand(crm, batch)
        if len(crm.sent) == 1:
            batch.in_flight.fail()

    make_leads(site, 8)

    assert run(Crm(fail)) == 8


def test_what_goes_wrong_in_one_hand_stops_the_other(site: Site, run: Callable[..., int]) -> None:
    def fail(crm: Crm, batch: Batch) -> None:
        until_both_are_in_hand(crm, batch)
        if threading.current_thread() is threading.main_thread():
            crm.open -= 1
            raise OSError("no way")
        time.sleep(0.5)

    make_leads(site, 20)
    with pytest.raises(OSError, match="no way"):
        run(Crm(fail))

    assert Lead.objects.filter(status="queued").count() >= 12


def test_a_turn_that_comes_when_the_worker_stops_is_void() -> None:
    assert InFlightCall(Calls(lambda: True)).is_void
    assert not InFlightCall(Calls()).is_void


def test_with_one_hand_all_is_done_by_it(site: Site, run: Callable[..., int]) -> None:
    make_leads(site, 6)
    crm = Crm(lambda *_: time.sleep(0.2))  # long enough for another thread to come in between

    assert run(crm, prefetches=False) == 6
    assert not crm.of_prefetch()
