"""One worker's turn at a destination: slots, the wakeup, the deadline, the pace, the breaker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django_q.models import OrmQ

from leads.clock import Deadline
from leads.counters.deltas import totals
from leads.delivery import breaker
from leads.delivery.drain import Drain
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import ApiCall, ApiLog, Destination, Lead, Site, Slot
from leads.reasons import Reason
from leads.signals import destination_paused, destination_resumed
from tests.factories import make_lead, make_site
from tests.fakes import (
    LOCKED,
    NOT_BEGUN,
    NOT_SENT,
    REFUSED,
    REVOKED,
    STORED,
    THROTTLED,
    UNKNOWN,
    WRONG_MODULE,
    FakeClock,
    FakeGateway,
)
from tests.leads.delivery.conftest import Run, end_pause, make_due

LEASE = timedelta(seconds=75)


def make_leads(site: Site, number: int) -> list[Lead]:
    return [make_lead(site=site) for _ in range(number)]


def statuses() -> set[str]:
    return set(Lead.objects.values_list("status", flat=True))


# --- The way of a lead -----------------------------------------------------------------------


def test_what_is_due_is_delivered(site: Site, drain: Run, gateway: FakeGateway) -> None:
    make_leads(site, 3)

    assert drain() == 3
    assert statuses() == {"delivered"}
    assert [len(call) for call in gateway.calls] == [3]
    assert totals().attempts[13003] == 3


def test_batches_are_sent_until_nothing_is_left(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    Destination.objects.update(batch_size=2)
    make_leads(site, 5)

    assert drain() == 5
    assert [len(call) for call in gateway.calls] == [2, 2, 1]


def test_an_idle_destination_is_not_called(
    destination: Destination, drain: Run, gateway: FakeGateway
) -> None:
    assert drain() == 0
    assert not gateway.calls
    assert not ApiCall.objects.exists()


def test_a_bug_in_the_gateway_leaves_the_leads_to_the_lease(
    site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)
    gateway.answers = [RuntimeError("bug")]

    with pytest.raises(RuntimeError):
        drain()

    assert statuses() == {"sending"}
    assert not Slot.objects.exclude(token=None).exists()


# --- The wakeup --------------------------------------------------------------------------------


def test_the_bell_is_answered_before_the_first_look(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    Destination.objects.update(woken_at=timezone.now())
    make_leads(site, 1)
    seen: list[Any] = []

    def look(batch: Batch) -> list[Outcome]:
        seen.append(woken_at())
        return [STORED]

    gateway.answers = [look]

    drain()

    assert seen == [None]


def pause_of(destination: Destination) -> float:
    """How many seconds the pause will last."""
    assert destination.paused_until is not None
    return (destination.paused_until - timezone.now()).total_seconds()


def woken_at() -> Any:
    return Destination.objects.values_list("woken_at", flat=True).first()


def test_a_full_batch_calls_another_worker(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    Destination.objects.update(batch_size=2)
    make_leads(site, 2)
    seen: list[int] = []

    def look(batch: Batch) -> list[Outcome]:
        seen.append(OrmQ.objects.count())
        return [STORED] * 2

    gateway.answers = [look]

    drain()

    assert seen == [1]


def test_a_lead_that_arrives_in_the_last_moment_is_rung_for_after_the_slot_is_free(
    destination: Destination, site: Site, gateway: FakeGateway, clock: FakeClock, drain: Run
) -> None:
    make_leads(site, 1)

    def answer(batch: Batch) -> list[Outcome]:
        clock.now += 30  # too late for another call
        make_lead(site=site)
        return [STORED]

    gateway.answers = [answer]
    drain()

    assert len(gateway.calls) == 1
    assert not Slot.objects.exclude(token=None).exists()
    assert OrmQ.objects.count() == 1


def test_nothing_is_rung_when_nothing_is_left(site: Site, drain: Run) -> None:
    make_leads(site, 1)

    drain()

    assert not OrmQ.objects.exists()


# --- Slots -----------------------------------------------------------------------------------


def test_a_drain_without_a_place_sends_and_rings_nothing(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    Destination.objects.update(max_slots=1)
    make_leads(site, 1)
    Slot.objects.take_slot(destination.pk, 1, timezone.now(), LEASE)

    assert drain() == 0
    assert not gateway.calls
    assert not OrmQ.objects.exists()


def test_there_are_as_many_places_as_the_destination_says(destination: Destination) -> None:
    now = timezone.now()

    tokens = [Slot.objects.take_slot(destination.pk, 3, now, LEASE) for _ in range(5)]

    assert [token is not None for token in tokens] == [True, True, True, False, False]


def test_a_place_is_free_after_its_release(destination: Destination) -> None:
    now = timezone.now()
    token = Slot.objects.take_slot(destination.pk, 1, now, LEASE)
    assert token is not None

    assert Slot.objects.release(token)
    assert Slot.objects.take_slot(destination.pk, 1, now, LEASE)


def test_the_place_of_a_dead_worker_is_free_when_its_lease_ends(destination: Destination) -> None:
    now = timezone.now()
    dead = Slot.objects.take_slot(destination.pk, 1, now - timedelta(seconds=90), LEASE)
    assert dead is not None

    token = Slot.objects.take_slot(destination.pk, 1, now, LEASE)

    assert token is not None
    assert not Slot.objects.release(dead)
    assert Slot.objects.get().token == token


def test_places_follow_the_limit_up_and_down(destination: Destination) -> None:
    now = timezone.now()
    assert Slot.objects.take_slot(destination.pk, 1, now, LEASE)
    assert Slot.objects.take_slot(destination.pk, 2, now, LEASE)

    assert Slot.objects.take_slot(destination.pk, 1, now, LEASE) is None


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_the_same_moment_only_so_many_get_a_place(
    destination: Destination, at_once: Any
) -> None:
    now = timezone.now()

    tokens = at_once(*[lambda: Slot.objects.take_slot(destination.pk, 2, now, LEASE)] * 5)

    assert len({token for token in tokens if token}) == 2


# --- The deadline ----------------------------------------------------------------------------


def test_no_insert_starts_with_too_little_time(
    site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)

    assert drain(seconds=34) == 0
    assert not gateway.calls
    assert statuses() == {"queued"}


def test_the_gateway_leaves_time_to_write_down_what_became_of_the_batch(
    site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)

    drain(seconds=55)

    assert gateway.left == [pytest.approx(50, abs=0.1)]


def test_no_batch_is_claimed_whose_insert_would_not_have_its_whole_time(
    site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)

    drain(seconds=settings.SEND_TIMEOUT + 5)

    assert not gateway.calls


def test_a_drain_ends_when_its_time_is_over(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, clock: FakeClock
) -> None:
    Destination.objects.update(batch_size=1)
    make_leads(site, 5)

    def slow(batch: Batch) -> list[Outcome]:
        clock.now += 6
        return [STORED]

    gateway.answers = [slow] * 5
    drain()

    assert len(gateway.calls) == 3
    assert OrmQ.objects.exists()


# --- The pace --------------------------------------------------------------------------------


def test_calls_wait_for_their_turn_on_the_clock(
    destination: Destination, site: Site, drain: Run, clock: FakeClock
) -> None:
    Destination.objects.update(calls_per_second=0.5, batch_size=1)
    make_leads(site, 3)

    drain()

    assert clock.slept[0] == 0
    assert 0.5 < clock.slept[1] < 2.1  # less what this machine took for the first call


def test_a_turn_that_comes_too_late_is_not_waited_for(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, clock: FakeClock
) -> None:
    make_leads(site, 1)
    Destination.objects.update(next_call_at=timezone.now() + timedelta(seconds=40))

    drain()

    assert not gateway.calls
    assert clock.slept == []


def test_a_turn_is_given_once(destination: Destination) -> None:
    until = timezone.now()

    assert Destination.objects.take_ticket(destination.pk, None, until)
    assert not Destination.objects.take_ticket(destination.pk, None, until)


# --- The breaker -----------------------------------------------------------------------------


def is_paused() -> bool:
    return Destination.objects.exclude(paused_at=None).exists()


@pytest.mark.parametrize("fault", [NOT_SENT, UNKNOWN])
def test_three_faults_in_a_row_pause_the_destination(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, fault: Outcome
) -> None:
    Destination.objects.update(resend_is_safe=True)
    make_leads(site, 2)
    gateway.answers = [fault] * 3
    for _ in range(2):
        drain()
        assert not is_paused()
        make_due()

    drain()

    destination.refresh_from_db()
    assert destination.faults == 3
    assert destination.pause_reason == fault.reason
    assert destination.paused_until is not None


def test_one_bad_lead_alone_never_opens_the_breaker(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    Destination.objects.update(resend_is_safe=True)
    make_leads(site, 1)
    gateway.answers = [UNKNOWN] * 6

    for _ in range(6):
        drain()
        make_due()

    assert not is_paused()


def test_a_probe_that_fails_prolongs_the_rest_whatever_is_known_of_its_lead(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    now = timezone.now()
    Destination.objects.update(resend_is_safe=True)
    Destination.objects.pause(destination.pk, Reason.NO_ANSWER, now, now - timedelta(seconds=1))
    (bad,) = make_leads(site, 1)
    Lead.objects.filter(pk=bad.pk).update(maybe_landed=True)
    gateway.answers = [UNKNOWN]

    drain()

    assert not Destination.objects.open(timezone.now()).exists()
    end_pause(destination)
    make_leads(site, 1)
    drain()
    assert not is_paused()


def test_a_probe_is_made_with_a_lead_that_nothing_is_known_against(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    suspect, innocent = make_leads(site, 2)
    Lead.objects.filter(pk=suspect.pk).update(
        maybe_landed=True, due_at=timezone.now() - timedelta(hours=1)
    )
    breaker.pause(destination, Reason.SERVER_ERROR, timezone.now(), timezone.now())

    drain()

    assert gateway.calls[0] == [innocent.pk]


def test_leads_for_whose_insert_no_time_was_left_go_next_and_count_as_no_fault(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 2)
    gateway.answers = [NOT_BEGUN, STORED]

    drain()

    assert statuses() == {"delivered"}
    # There was no attempt: neither log nor figure.
    assert ApiLog.objects.filter(response_code=13002).count() == totals().attempts[13002] == 0
    assert Destination.objects.get(pk=destination.pk).faults == 0


NOT_PART_OF_THE_CALL = replace(REFUSED, sent=False)


def test_a_probe_that_was_not_sent_may_be_tried_again_at_once(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    now = timezone.now()
    Destination.objects.pause(destination.pk, Reason.NO_ANSWER, now, now - timedelta(seconds=1))
    make_leads(site, 2)
    gateway.answers = [NOT_PART_OF_THE_CALL, STORED]

    drain()

    assert len(gateway.calls) == 2
    assert not is_paused()


def test_a_probe_for_which_no_turn_was_left_is_not_lost(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    now = timezone.now()
    Destination.objects.pause(destination.pk, Reason.NO_ANSWER, now, now - timedelta(seconds=1))
    Destination.objects.update(next_call_at=now + timedelta(seconds=40))
    make_leads(site, 1)

    drain()

    assert not gateway.calls
    assert Destination.objects.open(timezone.now()).exists()


def test_a_sites_probe_that_was_not_sent_may_be_tried_again_at_once(
    site: Site, drain: Run, gateway: FakeGateway
) -> None:
    now = timezone.now()
    Site.objects.pause(site.pk, Reason.WRONG_MODULE, now, now - timedelta(seconds=1))
    make_leads(site, 2)
    gateway.answers = [NOT_PART_OF_THE_CALL, STORED]

    drain()

    assert len(gateway.calls) == 2
    assert not Site.objects.exclude(paused_at=None).exists()


def test_an_answer_in_between_forgets_the_faults(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)
    gateway.answers = [NOT_SENT, NOT_SENT, LOCKED, NOT_SENT]
    for _ in range(4):
        drain()
        make_due()

    destination.refresh_from_db()
    assert (destination.faults, destination.paused_at) == (1, None)


def test_a_paused_destination_is_not_called(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)
    breaker.pause(
        destination, Reason.SERVER_ERROR, timezone.now(), timezone.now() + timedelta(minutes=1)
    )

    drain()

    assert not gateway.calls
    assert not OrmQ.objects.exists()


def test_the_probe_is_a_single_lead_and_ends_the_pause(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 5)
    breaker.pause(destination, Reason.SERVER_ERROR, timezone.now(), timezone.now())

    drain()

    assert [len(call) for call in gateway.calls] == [1, 4]
    assert not is_paused()
    assert statuses() == {"delivered"}


def test_a_refusal_of_the_record_ends_the_pause_too(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)
    breaker.pause(destination, Reason.SERVER_ERROR, timezone.now(), timezone.now())
    gateway.answers = [REFUSED]

    drain()

    assert not is_paused()


def test_a_probe_that_fails_prolongs_the_pause(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 3)
    breaker.pause(destination, Reason.SERVER_ERROR, timezone.now(), timezone.now())
    Destination.objects.update(faults=3)
    gateway.answers = [NOT_SENT]

    drain()

    destination.refresh_from_db()
    assert [len(call) for call in gateway.calls] == [1]
    assert destination.faults == 4
    assert pause_of(destination) > 5


def test_the_right_to_probe_is_won_once(destination: Destination) -> None:
    now = timezone.now()
    breaker.pause(destination, Reason.SERVER_ERROR, now, now)
    destination.refresh_from_db()

    assert breaker.admit(destination, now, LEASE) == 1
    assert breaker.admit(destination, now, LEASE) == 0
    assert breaker.admit(destination, now + LEASE, LEASE) == 1


@pytest.mark.parametrize(("wait", "seconds"), [(90.0, 90), (None, 5)])
def test_a_throttled_destination_waits_as_long_as_it_is_asked_to(
    destination: Destination,
    site: Site,
    drain: Run,
    gateway: FakeGateway,
    wait: float | None,
    seconds: int,
) -> None:
    make_leads(site, 1)
    gateway.answers = [replace(THROTTLED, wait=wait)]

    drain()

    destination.refresh_from_db()
    pause = pause_of(destination)
    assert pause == pytest.approx(seconds, abs=2)
    assert statuses() == {"queued"}


def test_throttled_again_and_again_it_waits_longer_each_time(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)
    pauses = []
    for _ in range(6):
        gateway.answers = [THROTTLED]
        drain()
        destination.refresh_from_db()
        pauses.append(round(pause_of(destination)))
        end_pause(destination)

    assert pauses == [5, 10, 20, 40, 60, 60]
    assert Lead.objects.get().attempts == 0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(1.0, [1, 10, 20, 40, 60, 60]), (30.0, [30, 30, 30, 40, 60, 60]), (90.0, [90] * 6)],
)
def test_who_is_asked_for_a_moment_again_and_again_waits_longer_than_that(
    destination: Destination,
    site: Site,
    drain: Run,
    gateway: FakeGateway,
    asked: float,
    expected: list[int],
) -> None:
    """With `retry_after: 1` there were sixty calls in ten minutes."""
    make_leads(site, 1)
    pauses = []
    for _ in range(6):
        gateway.answers = [replace(THROTTLED, wait=asked)]
        drain()
        destination.refresh_from_db()
        pauses.append(round(pause_of(destination)))
        end_pause(destination)

    assert pauses == pytest.approx(expected, abs=2)


def test_a_setup_fault_pauses_the_destination_until_a_probe(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 3)
    gateway.answers = [REVOKED]

    drain()

    destination.refresh_from_db()
    pause = pause_of(destination)
    assert destination.pause_reason == Reason.TOKEN_REVOKED
    assert pause == pytest.approx(600, abs=2)
    assert statuses() == {"queued"}
    assert ApiLog.objects.count() == 3


@pytest.fixture
def alerts(db: None) -> Any:
    heard: list[tuple[str, str]] = []

    def paused(reason: Reason, site: Site | None, **kwargs: Any) -> None:
        heard.append(("paused", f"{reason} {site}" if site else str(reason.value)))

    def resumed(site: Site | None, **kwargs: Any) -> None:
        heard.append(("resumed", str(site) if site else ""))

    destination_paused.connect(paused)
    destination_resumed.connect(resumed)
    yield heard
    destination_paused.disconnect(paused)
    destination_resumed.disconnect(resumed)


def test_people_are_told_once_that_they_must_act_and_once_that_it_works(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    make_leads(site, 1)
    for _ in range(3):
        gateway.answers = [REVOKED]
        drain()
        end_pause(destination)

    drain()

    assert alerts == [("paused", "token_revoked"), ("resumed", "")]


def test_nobody_is_told_of_an_outage_that_passes_by_itself(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    make_leads(site, 1)
    gateway.answers = [THROTTLED]
    drain()
    end_pause(destination)

    drain()

    assert alerts == []


def test_an_outage_that_turns_out_to_need_people_is_told(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    make_leads(site, 1)
    gateway.answers = [THROTTLED]
    drain()
    end_pause(destination)
    gateway.answers = [REVOKED]

    drain()

    assert alerts == [("paused", "token_revoked")]


# --- Paused by a person ----------------------------------------------------------------------


def pause_by_hand() -> None:
    now = timezone.now()
    for pk in Destination.objects.values_list("pk", flat=True):
        Destination.objects.pause(pk, Reason.PAUSED_BY_HAND, now, None)


@pytest.mark.parametrize("answer", [STORED, THROTTLED, REVOKED, NOT_SENT])
def test_what_a_person_paused_stays_paused_whatever_is_answered_meanwhile(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, answer: Outcome
) -> None:
    make_leads(site, 2)
    Destination.objects.update(batch_size=1, faults=5)

    def pause_meanwhile(batch: Batch) -> list[Outcome]:
        pause_by_hand()
        return [answer]

    gateway.answers = [pause_meanwhile]

    drain()

    destination.refresh_from_db()
    assert len(gateway.calls) == 1
    assert (destination.pause_reason, destination.paused_until) == (Reason.PAUSED_BY_HAND, None)


def test_a_destination_paused_by_hand_has_no_probe(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)
    pause_by_hand()

    drain()

    assert not gateway.calls


def test_a_person_may_pause_what_an_outage_paused(destination: Destination) -> None:
    breaker.pause(destination, Reason.SERVER_ERROR, timezone.now(), timezone.now())

    pause_by_hand()

    destination.refresh_from_db()
    assert (destination.pause_reason, destination.paused_until) == (Reason.PAUSED_BY_HAND, None)


def test_resumed_by_a_person_it_begins_anew(destination: Destination) -> None:
    Destination.objects.update(faults=9)
    pause_by_hand()

    assert Destination.objects.resume(destination.pk)
    assert not Destination.objects.resume(destination.pk)

    destination.refresh_from_db()
    assert (destination.faults, destination.paused_at, destination.pause_reason) == (0, None, "")


# --- A site's own fault ----------------------------------------------------------------------


def test_a_fault_of_a_site_pauses_that_site_alone(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    other = make_site(module="Contacts")
    make_leads(site, 2)
    make_leads(other, 2)

    def answer(batch: Batch) -> list[Outcome]:
        return [WRONG_MODULE if lead.site.module == "Contacts" else STORED for lead in batch.leads]

    gateway.answers = [answer, answer]
    drain()

    other.refresh_from_db()
    assert not is_paused()
    assert other.pause_reason == Reason.WRONG_MODULE
    assert set(other.leads.values_list("status", flat=True)) == {"queued"}
    assert set(site.leads.values_list("status", flat=True)) == {"delivered"}
    assert alerts == [("paused", f"{Reason.WRONG_MODULE} {other.name}")]


WRONG_OPTION = Outcome(Verdict.SITE_FAULT, Reason.WRONG_OPTION, status=400)


def test_a_site_whose_own_options_are_refused_is_held_though_others_of_the_call_are_stored(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    other = make_site()  # of the same envelope
    make_leads(site, 2)
    make_leads(other, 2)

    def answer(batch: Batch) -> list[Outcome]:
        return [WRONG_OPTION if lead.site == other else STORED for lead in batch.leads]

    gateway.answers = [answer]
    drain()

    other.refresh_from_db()
    site.refresh_from_db()
    assert [len(call) for call in gateway.calls] == [4]
    assert other.pause_reason == Reason.WRONG_OPTION
    assert site.paused_at is None
    assert not is_paused()


def test_a_site_of_which_another_lead_was_stored_is_not_held(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 2)
    gateway.answers = [[STORED, WRONG_OPTION], STORED]

    drain()

    site.refresh_from_db()
    assert site.paused_at is None


def test_a_probe_that_finds_a_site_at_fault_lets_another_lead_try(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(make_site(), 1)
    make_leads(site, 1)
    breaker.pause(destination, Reason.SERVER_ERROR, timezone.now(), timezone.now())
    gateway.answers = [WRONG_OPTION, STORED]

    drain()

    assert not is_paused()
    assert Lead.objects.filter(status="delivered").count() == 1


def test_a_paused_site_is_probed_with_one_lead_and_goes_on_when_it_works(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    make_leads(site, 3)
    gateway.answers = [WRONG_MODULE]
    drain()
    Site.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
    make_due()

    drain()

    site.refresh_from_db()
    assert [len(call) for call in gateway.calls] == [3, 1, 2]
    assert (site.paused_at, site.pause_reason) == (None, "")
    assert statuses() == {"delivered"}
    assert alerts[-1] == ("resumed", site.name)


def test_a_site_that_fails_its_probe_is_told_once(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    make_leads(site, 1)
    for _ in range(3):
        gateway.answers = [WRONG_MODULE]
        drain()
        Site.objects.update(paused_until=timezone.now() - timedelta(seconds=1))

    assert [kind for kind, _ in alerts] == ["paused"]


def test_outcomes_without_a_call_count_as_the_verdict_says(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway
) -> None:
    make_leads(site, 1)
    gateway.answers = [Outcome(Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED)]

    drain()

    assert is_paused()
    assert ApiLog.objects.get().reason == Reason.NOT_CONNECTED


# --- A worker that is about to stop ------------------------------------------------------------


def test_a_worker_about_to_stop_finishes_its_batch_and_begins_no_other(
    site: Site, gateway: FakeGateway, clock: FakeClock
) -> None:
    Destination.objects.update(batch_size=2)
    make_leads(site, 4)
    engine = Drain(site.destination_id, gateway, lambda: 0.5, is_over=lambda: bool(gateway.calls))

    assert engine.run(Deadline(55, clock)) == 2

    assert Lead.objects.filter(status="delivered").count() == 2
    assert not Slot.objects.exclude(token=None).exists()


def test_a_worker_about_to_stop_rings_for_nobody(
    site: Site, gateway: FakeGateway, clock: FakeClock
) -> None:
    make_leads(site, 1)

    Drain(site.destination_id, gateway, is_over=lambda: True).run(Deadline(55, clock))

    assert not OrmQ.objects.exists()
