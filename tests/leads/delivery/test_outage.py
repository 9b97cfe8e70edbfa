"""An outage from its first minute to its end, by the shipped timings and a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from leads.clock import Deadline
from leads.delivery import breaker
from leads.delivery.claim import claim
from leads.delivery.drain import Drain
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.delivery.suspicion import own_faults
from leads.models import ApiCall, ApiLog, Destination, Lead, Site
from leads.reasons import Reason
from tests.daily import rest
from tests.factories import make_call, make_lead, make_site
from tests.fakes import NOT_SENT, REVOKED, STORED, UNKNOWN, WRONG_MODULE, FakeClock, FakeGateway
from tests.leads.delivery.conftest import make_due
from tests.leads.delivery.outage import BEGAN, SWEEP, World, leads_of

SERVER_ERROR = Outcome(Verdict.UNKNOWN, Reason.SERVER_ERROR, status=500)
HTML = Outcome(Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER, status=200)


@pytest.fixture
def world(destination: Destination, jitter: float) -> Iterator[World]:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has a clock of its own")
    Destination.objects.update(resend_is_safe=True, calls_per_second=10)
    made = World(destination, jitter)
    yield made
    made.traveller.stop()


@pytest.fixture
def jitter() -> float:
    return 0.5


def failing(outcome: Outcome) -> Callable[[Batch], list[Outcome]]:
    return lambda batch: [outcome] * len(batch.leads)


OUTAGES = {
    "refused": (NOT_SENT, 0.01),
    "answered 500": (SERVER_ERROR, 0.3),
    "timeout": (UNKNOWN, 30.0),
    "HTML": (HTML, 0.3),
}


@pytest.mark.parametrize("jitter", [0.0, rest(0.999)])
@pytest.mark.parametrize("number", [1, 100, rest(10_000)])
@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_costs_ten_calls_in_its_first_ten_minutes_at_most(
    world: World, site: Site, outage: str, number: int
) -> None:
    outcome, world.took = OUTAGES[outage]
    world.answer = failing(outcome)
    leads_of(site, number)

    world.run(until=600)

    assert 3 <= world.calls_between(0, 600) <= 10


@pytest.mark.parametrize("jitter", [0.0])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("slots", [rest(8), 20])
@pytest.mark.parametrize("outage", ["answered 500", "timeout"])
def test_nor_does_it_cost_more_where_many_calls_may_be_open_at_once(
    world: World, site: Site, outage: str, slots: int, warm: bool
) -> None:
    """All workers called at once, of however many machines: 25 calls where 20 may be open."""
    outcome, world.took = OUTAGES[outage]
    world.answer = failing(outcome)
    world.workers = slots
    success = timezone.now() if warm else None
    Destination.objects.update(max_slots=slots, last_success_at=success)
    leads_of(site, 3000)

    world.run(until=600)

    assert 3 <= world.calls_between(0, 600) <= 10


@pytest.mark.parametrize("outage", ["refused", *map(rest, ("answered 500", "HTML")), "timeout"])
def test_a_sweep_that_finds_nothing_to_send_changes_nothing(
    world: World, site: Site, outage: str
) -> None:
    """So the tests of this file may leave it out, and a worker's turn after an idle one."""
    outcome, world.took = OUTAGES[outage]
    world.answer = failing(outcome)
    leads_of(site, 2)
    before = transaction.savepoint()
    world.run(until=600)
    called, world.called = world.called, []
    transaction.savepoint_rollback(before)
    world.now.move_to(BEGAN, tick=False)
    world.every_sweep = world.every_turn = True

    world.run(until=600)

    assert world.called == called


SUSPECTS: dict[str, dict[str, Any]] = {
    "tried together": {"maybe_landed": True},
    "tried one by one": {"maybe_landed": True, "batch_limit": 1},
    "refused in smaller and smaller batches": {"batch_limit": 1},
}


@pytest.mark.parametrize("known", SUSPECTS)
def test_what_is_known_of_the_leads_costs_no_further_call(
    world: World, site: Site, known: str
) -> None:
    """Of 400 leads that all had been tried once each was sent alone every minute: 404 calls and 500
    log rows in 330 s.
    """
    leads_of(site, 400, **SUSPECTS[known])
    log_a_try_of_each(site)
    world.answer = failing(SERVER_ERROR)
    world.took = 0.3

    world.run(until=600)

    assert 3 <= len(world.called) <= 10
    assert ApiLog.objects.filter(call__isnull=False).count() <= 3 * 100 + 7


@pytest.mark.parametrize("outage", OUTAGES)
def test_the_first_success_opens_the_way_at_once(world: World, site: Site, outage: str) -> None:
    outcome, world.took = OUTAGES[outage]
    world.answer = failing(outcome)
    leads_of(site, 2000)
    world.run(until=600)
    assert Destination.objects.exclude(paused_at=None).exists()
    world.answer, world.took = stored, 0.3

    world.run(until=600 + 360 + SWEEP)

    first = min(moment for moment in world.called if moment >= 600)
    assert world.calls_between(first, first + SWEEP) >= 1 + 1700 // 100
    assert not Destination.objects.exclude(paused_at=None).exists()
    world.run(until=first + 420)
    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}


def stored(batch: Batch) -> list[Outcome]:
    return [STORED] * len(batch.leads)


def poisoned_by(name: str) -> Callable[[Batch], list[Outcome]]:
    """A call with this lead in it is never answered; every other one is."""

    def answer(batch: Batch) -> list[Outcome]:
        is_bad = any(lead.name == name for lead in batch.leads)
        return failing(SERVER_ERROR)(batch) if is_bad else stored(batch)

    return answer


@pytest.mark.parametrize("number", [2, rest(5), 100, rest(250)])
def test_a_poisonous_lead_is_found_without_traffic_and_no_outage_is_blamed_on_it(
    world: World, site: Site, number: int
) -> None:
    """Nothing else is sent meanwhile: what got through between its tries speaks against it."""
    make_lead(site=site, name="Poison")
    leads_of(site, number - 1)
    world.answer = poisoned_by("Poison")
    world.took = 0.3

    world.run(until=3600)

    others = Lead.objects.exclude(name="Poison")
    assert set(others.values_list("status", flat=True)) == {"delivered"}
    poison = Lead.objects.get(name="Poison")
    assert poison.batch_limit == 1
    assert poison.attempts > 0
    assert not Destination.objects.exclude(paused_at=None).exists()


def test_a_poisonous_lead_goes_to_a_person_in_the_end(world: World, site: Site) -> None:
    make_lead(site=site, name="Poison")
    leads_of(site, 9)
    world.answer = poisoned_by("Poison")

    world.run(until=3600)
    for _ in range(20):
        make_lead(site=site)  # something else goes on
        make_due()
        world.drain()

    poison = Lead.objects.get(name="Poison")
    assert (poison.status, poison.reason) == ("failed", Reason.SERVER_ERROR)


def test_a_poisonous_lead_that_waits_through_an_outage_does_not_prolong_it(
    world: World, site: Site
) -> None:
    poison = make_lead(site=site, name="Poison")
    leads_of(site, 300)
    world.answer = failing(SERVER_ERROR)
    world.run(until=600)
    Lead.objects.filter(pk=poison.pk).update(due_at=BEGAN, maybe_landed=True)  # it goes first
    world.answer = poisoned_by("Poison")

    world.run(until=600 + 360 + SWEEP)

    assert not Destination.objects.exclude(paused_at=None).exists()
    assert Lead.objects.filter(status="delivered").count() > 100


def test_two_poisonous_leads_stop_no_fresh_one_for_longer_than_a_rest(
    world: World, site: Site
) -> None:
    for _ in range(2):
        make_lead(site=site, name="Poison")
    world.answer = poisoned_by("Poison")
    world.run(until=1800)
    make_lead(site=site, name="Ana")

    world.run(until=1800 + 360 + SWEEP)

    assert Lead.objects.get(name="Ana").status == "delivered"


# --- Calls that are under way when it begins -----------------------------------------------------


def test_after_a_failure_calls_go_one_by_one_until_one_is_answered(
    destination: Destination, site: Site
) -> None:
    now = timezone.now()
    Destination.objects.update(faults=1)
    assert breaker.admit(destination, now, timedelta(seconds=75)) == destination.batch_size

    call = make_call(ended_at=None, destination=destination)
    assert breaker.admit(destination, now, timedelta(seconds=75)) == 0

    # A worker that died is not waited for.
    ApiCall.objects.filter(pk=call.pk).update(
        started_at=now - timedelta(seconds=settings.SEND_TIMEOUT + 1)
    )
    assert breaker.admit(destination, now, timedelta(seconds=75)) == destination.batch_size


@pytest.mark.parametrize(
    ("slots", "opened", "admitted"),
    [
        (4, 8, True),  # two of each worker, of which one is sent
        (5, 3, True),
        (5, 4, False),
        (25, 4, False),
    ],
)
@pytest.mark.parametrize("success", [None, timedelta(minutes=5), timedelta(seconds=2)])
def test_few_calls_go_before_one_is_answered(
    destination: Destination,
    site: Site,
    slots: int,
    opened: int,
    admitted: bool,
    success: timedelta | None,
) -> None:
    now = timezone.now()
    answered = now - success if success else None
    Destination.objects.update(max_slots=slots, last_success_at=answered)
    for _ in range(opened):
        make_call(ended_at=None, destination=destination, started_at=now - timedelta(seconds=1))
    make_call(destination=destination, ended_at=now)
    destination.refresh_from_db()

    assert breaker.may_try(destination, now) is admitted
    assert bool(breaker.admit(destination, now, timedelta(seconds=75))) is admitted


def test_calls_that_began_before_the_last_answer_keep_no_other_back(
    destination: Destination, site: Site
) -> None:
    now = timezone.now()
    Destination.objects.update(max_slots=25, last_success_at=now)
    for _ in range(20):
        make_call(ended_at=None, destination=destination, started_at=now - timedelta(seconds=1))

    assert breaker.admit(destination, now, timedelta(seconds=75)) == destination.batch_size


@pytest.mark.parametrize(("slots", "after"), [(4, 0.9), (5, 0.09)])
def test_where_many_may_call_each_answer_is_news(
    destination: Destination, slots: int, after: float
) -> None:
    """A success opens the way for a few; known a second late it would keep others back."""
    destination.max_slots, now = slots, timezone.now()
    Destination.objects.update(last_success_at=now)

    breaker.worked(destination, now + timedelta(seconds=after))
    assert Destination.objects.get().last_success_at == now

    breaker.worked(destination, now + timedelta(seconds=after * 1.2))
    assert Destination.objects.get().last_success_at != now


@pytest.mark.parametrize(
    ("state", "opened", "wakes"),
    [
        ({"faults": 0}, 1, True),
        ({"faults": 1}, 1, False),
        ({"faults": 2}, 1, False),
        ({"max_slots": 8}, 4, False),
    ],
)
def test_who_may_not_call_now_wakes_nobody_and_takes_no_turn(
    destination: Destination, site: Site, state: dict[str, int], opened: int, wakes: bool
) -> None:
    """While a call hung for 30 s the others woke each other, and each took a ticket of the pace."""
    for _ in range(opened):
        make_call(ended_at=None, destination=destination)
    make_lead(site=site)
    Destination.objects.update(**state)
    gateway = FakeGateway(UNKNOWN)

    handled = Drain(destination.pk, gateway, lambda: 0.5).run(Deadline(55, FakeClock()))

    destination.refresh_from_db()
    assert (handled, len(gateway.calls)) == ((1, 1) if wakes else (0, 0))
    assert (destination.next_call_at is not None) is wakes
    assert not OrmQ.objects.exists()


def test_calls_that_began_before_the_rest_do_not_prolong_it(destination: Destination) -> None:
    """With 25 parallel calls an outage of a few seconds would cost five minutes."""
    now = timezone.now()
    for n in range(25):
        breaker.failed(destination, Reason.NO_ANSWER, now - timedelta(seconds=30), now, 0.5)
        now += timedelta(milliseconds=n)

    destination.refresh_from_db()
    assert destination.faults == breaker.FAULTS_THAT_OPEN
    assert destination.paused_until is not None
    assert (destination.paused_until - now).total_seconds() <= 5


def log_a_try_of_each(site: Site) -> None:
    """Each was without an answer a minute ago."""
    ApiLog.objects.bulk_create(
        ApiLog(
            lead=lead,
            site=site,
            response_code=13002,
            reason=Reason.SERVER_ERROR,
            created_at=timezone.now() - timedelta(minutes=1),
        )
        for lead in site.leads.all()
    )


@pytest.mark.parametrize(
    ("stored", "fault", "becomes"),
    [
        ("mine", WRONG_MODULE, Verdict.REFUSED),
        ("another's", WRONG_MODULE, Verdict.SITE_FAULT),
        ("mine", REVOKED, Verdict.REFUSED),
        ("another's", REVOKED, Verdict.REFUSED),
        ("none", REVOKED, Verdict.DESTINATION_FAULT),
    ],
)
def test_what_is_refused_beside_a_stored_lead_of_the_same_set_up_is_the_leads_own(
    site: Site, destination: Destination, stored: str, fault: Outcome, becomes: Verdict
) -> None:
    other = make_site(destination=destination, module=site.module)
    make_lead(site=site)
    make_lead(site=other if stored == "another's" else site)
    batch = claim(destination, 100, 0.5)
    assert batch is not None
    first = fault if stored == "none" else STORED
    by_site = {True: fault, False: first}
    bad = next(lead for lead in batch.leads if lead.site_id == site.pk)

    outcomes = own_faults(batch, [by_site[lead is bad] for lead in batch.leads])

    assert outcomes[batch.leads.index(bad)].verdict is becomes
