"""Leads whose worker vanished while it sent them, and the sweep that finds them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from leads.counters.deltas import totals
from leads.delivery.finish import finish
from leads.delivery.reclaim import DEATHS_THAT_STOP, reclaim
from leads.delivery.sweep import sweep
from leads.models import ApiCall, ApiLog, CounterDelta, Destination, Lead, Site, Slot
from leads.reasons import Reason
from leads.signals import lead_failed, leads_waiting, swept
from tests.factories import make_lead, make_site
from tests.fakes import STORED
from tests.leads.conftest import Claim
from tests.leads.delivery.conftest import expire_lease, make_due

LEASE = 75


@pytest.fixture
def safe(destination: Destination) -> None:
    Destination.objects.update(resend_is_safe=True)


def die(claimed: Claim, limit: int = 100) -> Any:
    """Claim, and never come back."""
    batch = claimed(limit)
    expire_lease()
    return batch


# --- Recover ---------------------------------------------------------------------------------


def test_a_lead_whose_lease_runs_is_left_alone(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    claimed()

    assert reclaim() == 0
    assert Lead.objects.get().status == "sending"


@pytest.mark.usefixtures("safe")
def test_an_orphan_goes_again_where_that_is_safe(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    die(claimed)

    assert reclaim() == 1

    lead = Lead.objects.get()
    assert (lead.status, lead.claim, lead.reason) == ("queued", None, Reason.WORKER_DIED)
    assert (lead.maybe_landed, lead.landed_revision, lead.attempts) == (True, 0, 0)
    assert lead.due_at
    assert lead.due_at <= timezone.now()


def test_an_orphan_is_a_persons_where_a_second_record_could_be_made(
    site: Site, claimed: Claim
) -> None:
    make_lead(site=site)
    die(claimed)
    told = []

    def listen(lead: Lead, **kwargs: Any) -> None:
        told.append(lead.pk)

    lead_failed.connect(listen)
    try:
        reclaim()
    finally:
        lead_failed.disconnect(listen)

    lead = Lead.objects.get()
    assert (lead.status, lead.reason) == ("failed", Reason.OUTCOME_UNKNOWN)
    assert told == [lead.pk]


@pytest.mark.usefixtures("safe")
def test_the_dead_call_is_closed_and_each_lead_gets_a_13002(site: Site, claimed: Claim) -> None:
    for _ in range(2):
        make_lead(site=site)
    batch = die(claimed)

    reclaim()

    call = ApiCall.objects.get()
    assert call.ended_at is not None
    assert "stopped" in call.error
    logs = ApiLog.objects.all()
    assert {log.lead_id for log in logs} == {lead.pk for lead in batch.leads}
    assert {(log.response_code, log.reason, log.call) for log in logs} == {
        (13002, Reason.WORKER_DIED, call)
    }
    assert (totals().leads["queued"], totals().attempts[13002]) == (2, 2)


@pytest.mark.usefixtures("safe")
def test_a_second_recovery_finds_nothing(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    die(claimed)
    reclaim()

    assert reclaim() == 0
    assert ApiLog.objects.count() == 1


@pytest.mark.usefixtures("safe")
def test_the_answer_of_a_worker_that_woke_too_late_is_not_taken(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    late = die(claimed)
    reclaim()

    finish(late, [STORED], 0.5)

    assert Lead.objects.get().status == "queued"
    assert ApiLog.objects.count() == 1


@pytest.mark.usefixtures("safe")
def test_a_batch_that_killed_its_worker_comes_back_as_halves(site: Site, claimed: Claim) -> None:
    for _ in range(8):
        make_lead(site=site)
    sizes = []
    for _ in range(2):
        sizes.append(len(die(claimed).leads))
        reclaim()
        make_due()

    assert sizes == [8, 4]
    assert set(Lead.objects.values_list("deaths", flat=True)) == {0}


@pytest.mark.usefixtures("safe")
def test_three_deaths_while_sent_alone_set_a_lead_aside(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    for _ in range(DEATHS_THAT_STOP):
        assert Lead.objects.get().status == "queued"
        die(claimed)
        reclaim()

    lead = Lead.objects.get()
    assert (lead.status, lead.reason, lead.deaths) == ("failed", Reason.STOPPED_THE_WORKER, 3)
    assert set(ApiLog.objects.values_list("reason", flat=True)) == {Reason.WORKER_DIED}


@pytest.mark.usefixtures("safe")
def test_a_look_at_one_record_of_a_batch_makes_nobody_a_suspect(site: Site, claimed: Claim) -> None:
    for _ in range(4):
        make_lead(site=site)
    batch = claimed()
    ApiCall.objects.create(
        destination=batch.destination,
        kind=ApiCall.Kind.READ,
        claim=batch.token,
        leads=1,
        started_at=timezone.now(),
    )
    expire_lease()

    reclaim()

    assert set(Lead.objects.values_list("deaths", "batch_limit")) == {(0, 2)}
    assert not ApiCall.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("kind", [ApiCall.Kind.TOKEN, ApiCall.Kind.METADATA])
def test_a_call_without_leads_is_closed_once_its_worker_cannot_live(
    destination: Destination, kind: str
) -> None:
    for seconds in (LEASE + 1, LEASE - 5):
        ApiCall.objects.create(
            destination=destination,
            kind=kind,
            started_at=timezone.now() - timedelta(seconds=seconds),
        )

    reclaim()

    old, young = ApiCall.objects.order_by("pk")
    assert old.ended_at is not None
    assert "stopped" in old.error
    assert young.ended_at is None


@pytest.mark.usefixtures("safe")
def test_of_a_hundred_leads_the_one_that_stops_its_worker_is_found_and_no_other_is_blamed(
    site: Site, claimed: Claim
) -> None:
    leads = [make_lead(site=site) for _ in range(100)]
    poison, deaths = leads[37].pk, 0
    while Lead.objects.open().exists():
        batch = claimed()
        if poison in [lead.pk for lead in batch.leads]:
            deaths += 1
            expire_lease()
            reclaim()
        else:
            finish(batch, [STORED] * len(batch.leads), 0.5)

    assert deaths <= 6 + DEATHS_THAT_STOP
    (set_aside,) = Lead.objects.failed()
    assert (set_aside.pk, set_aside.reason) == (poison, Reason.STOPPED_THE_WORKER)
    others = Lead.objects.exclude(pk=poison)
    assert set(others.values_list("status", "deaths", "attempts")) == {("delivered", 0, 0)}
    destination = Destination.objects.get(pk=site.destination_id)
    assert (destination.paused_at, destination.faults) == (None, 0)


@pytest.mark.usefixtures("safe")
def test_the_figures_follow_an_orphan_that_had_a_reason(site: Site, claimed: Claim) -> None:
    make_lead(site=site, reason=Reason.NOT_REACHED)
    die(claimed)

    reclaim()

    sums: dict[tuple[str, str], int] = {}
    for row in CounterDelta.objects.filter(kind="lead"):
        sums[(row.outcome, row.reason)] = sums.get((row.outcome, row.reason), 0) + row.amount
    assert {key: n for key, n in sums.items() if n} == {("queued", Reason.WORKER_DIED): 1}


@pytest.mark.django_db(transaction=True)
def test_recoveries_at_the_same_moment_bring_each_lead_back_once(
    site: Site, claimed: Claim, at_once: Any
) -> None:
    Destination.objects.update(resend_is_safe=True)
    for _ in range(10):
        make_lead(site=site)
    die(claimed)

    assert sum(at_once(*[reclaim] * 3)) == 10
    assert ApiLog.objects.count() == 10


# --- Sweep -------------------------------------------------------------------------------------


def test_a_sweep_rings_for_what_is_due_though_the_bell_just_rang(
    destination: Destination, site: Site
) -> None:
    make_lead(site=site)
    Destination.objects.update(woken_at=timezone.now())

    assert sweep() == [destination.pk]
    assert OrmQ.objects.count() == 1


def test_a_sweep_is_silent_where_nothing_is_due(site: Site) -> None:
    make_lead(site=site, due_at=timezone.now() + timedelta(minutes=1))
    make_lead(site=site, status="failed")

    assert sweep() == []


@pytest.mark.parametrize(("minutes", "wakes"), [(None, False), (5, False), (-1, True)])
def test_a_paused_destination_is_rung_only_for_its_probe(
    destination: Destination, site: Site, minutes: int | None, wakes: bool
) -> None:
    now = timezone.now()
    until = None if minutes is None else now + timedelta(minutes=minutes)
    Destination.objects.pause(destination.pk, Reason.SERVER_ERROR, now, until)
    make_lead(site=site)

    assert bool(sweep()) is wakes


def test_the_leads_of_a_paused_site_ring_nothing(site: Site) -> None:
    Site.objects.pause(site.pk, Reason.WRONG_MODULE, timezone.now(), timezone.now() + timedelta(1))
    make_lead(site=site)

    assert sweep() == []


@pytest.mark.usefixtures("safe")
def test_a_sweep_brings_orphans_back_and_rings_for_them(
    destination: Destination, site: Site, claimed: Claim
) -> None:
    make_lead(site=site)
    die(claimed)

    assert sweep() == [destination.pk]
    assert Lead.objects.get().status == "queued"


def test_a_sweep_frees_the_places_of_dead_workers_only(destination: Destination) -> None:
    now = timezone.now()
    Slot.objects.take_slot(destination.pk, 2, now - timedelta(minutes=5), timedelta(seconds=75))
    alive = Slot.objects.take_slot(destination.pk, 2, now, timedelta(seconds=75))
    Slot.objects.filter(number=1).update(token="00000000-0000-4000-8000-000000000002",
        leased_until=now - timedelta(seconds=1))  # fmt: skip

    sweep()

    assert list(Slot.objects.exclude(token=None).values_list("token", flat=True)) == [alive]


def test_a_sweep_folds_the_figures_and_keeps_their_sums(site: Site) -> None:
    for _ in range(5):
        make_lead(site=site)
    before = totals()

    sweep()

    assert totals() == before
    assert CounterDelta.objects.get().amount == 5


def test_a_sweep_says_that_it_ran(destination: Destination) -> None:
    heard = []

    def listen(now: Any, **kwargs: Any) -> None:
        heard.append(now)

    swept.connect(listen)
    try:
        sweep()
    finally:
        swept.disconnect(listen)

    assert len(heard) == 1


# --- Who waits -----------------------------------------------------------------------------------


@pytest.fixture
def told(db: None) -> Any:
    heard: list[tuple[str, int]] = []

    def listen(site: Site, count: int, **kwargs: Any) -> None:
        heard.append((site.name, count))

    leads_waiting.connect(listen)
    yield heard
    leads_waiting.disconnect(listen)


def ago(minutes: int) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


def test_people_are_told_once_that_leads_wait(site: Site, told: Any) -> None:
    make_lead(site=site, queued_at=ago(16))
    make_lead(site=site, queued_at=ago(20))
    make_lead(site=site, queued_at=ago(14))
    make_lead(site=make_site(), queued_at=ago(14))
    # Of an import, behind fresh ones: nothing is wrong.
    make_lead(site=make_site(), queued_at=ago(60), source="import")

    for _ in range(3):
        sweep()

    assert told == [(site.name, 2)]


def test_they_are_told_again_when_leads_wait_again(site: Site, told: Any) -> None:
    lead = make_lead(site=site, queued_at=ago(16))
    sweep()
    Lead.objects.filter(pk=lead.pk).update(queued_at=timezone.now())
    sweep()
    Lead.objects.filter(pk=lead.pk).update(queued_at=ago(16))

    sweep()

    assert len(told) == 2
