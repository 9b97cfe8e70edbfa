"""What a call came to, written down in one fenced transaction."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from leads.counters.deltas import totals
from leads.delivery import finish as finishing
from leads.delivery.backoff import DELAYS
from leads.delivery.finish import finish
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import ApiLog, CounterDelta, Destination, Lead, Site
from leads.reasons import Reason
from leads.signals import lead_failed
from tests.factories import make_lead
from tests.fakes import (
    BATCH_REFUSED,
    EVERY_OUTCOME,
    LOCKED,
    NOT_SENT,
    REFUSED,
    REVOKED,
    STORED,
    THROTTLED,
    UNKNOWN,
    WRONG_MODULE,
    FakeClock,
)
from tests.leads.conftest import Claim
from tests.leads.delivery.conftest import make_due

JITTER = 0.5  # exactly the delay of the table


@pytest.fixture
def lead(site: Site) -> Lead:
    return make_lead(site=site)


def settle(batch: Batch, *outcomes: Outcome, jitter: float = JITTER) -> None:
    answers = list(outcomes) if len(outcomes) > 1 else list(outcomes) * len(batch.leads)
    finish(batch, answers, jitter)


def works_elsewhere() -> None:
    Destination.objects.update(last_success_at=timezone.now() + timedelta(minutes=1))


def seconds_until_due(lead: Lead) -> float:
    lead.refresh_from_db()
    assert lead.due_at is not None
    return (lead.due_at - timezone.now()).total_seconds()


# --- One verdict, one state --------------------------------------------------------------------


def test_a_stored_lead_is_delivered(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), STORED)

    lead.refresh_from_db()
    assert (lead.status, lead.zoho_id, lead.reason) == ("delivered", "61000", "")
    assert lead.settled_at
    assert not (lead.claim)
    assert not (lead.due_at)
    assert not (lead.queued_at)


def test_a_delivery_forgets_the_reasons_of_earlier_tries(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), replace(UNKNOWN, field="Zip", text="words"))
    Lead.objects.update(
        status="queued", due_at=timezone.now(), queued_at=timezone.now(), settled_at=None
    )

    settle(claimed(), STORED)

    lead.refresh_from_db()
    assert (lead.reason, lead.reason_field, lead.reason_text) == ("", "", "")


def test_each_lead_of_a_batch_gets_its_own_record(site: Site, claimed: Claim) -> None:
    leads = [make_lead(site=site) for _ in range(3)]
    batch = claimed()
    ids = {member.pk: f"6100{n}" for n, member in enumerate(batch.leads)}

    settle(batch, *(replace(STORED, zoho_id=ids[member.pk]) for member in batch.leads))

    assert dict(Lead.objects.values_list("pk", "zoho_id")) == ids
    assert {lead.pk for lead in leads} == set(ids)


def test_a_refused_lead_is_failed_with_zohos_words(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), REFUSED)

    lead.refresh_from_db()
    assert lead.status == "failed"
    assert (lead.reason, lead.reason_field, lead.reason_text) == (
        Reason.INVALID_VALUE,
        "Email",
        "invalid data",
    )
    assert lead.failed_at == lead.settled_at == ApiLog.objects.get().created_at


def test_a_lead_refused_for_now_is_charged_and_waits(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), LOCKED)

    assert seconds_until_due(lead) == pytest.approx(30, abs=2)
    assert (lead.status, lead.attempts, lead.reason) == ("queued", 1, Reason.RECORD_LOCKED)


def test_charged_tries_are_exhausted_after_the_last_delay(lead: Lead, claimed: Claim) -> None:
    for _ in DELAYS:
        settle(claimed(), LOCKED)
        lead.refresh_from_db()
        assert lead.status == "queued"
        make_due(lead)

    settle(claimed(), LOCKED)

    lead.refresh_from_db()
    assert (lead.status, lead.reason) == ("failed", Reason.RECORD_LOCKED)
    assert ApiLog.objects.count() == len(DELAYS) + 1


def test_a_lead_that_was_not_sent_waits_and_is_not_charged(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), NOT_SENT)

    assert seconds_until_due(lead) == pytest.approx(30, abs=2)
    assert (lead.status, lead.attempts, lead.maybe_landed) == ("queued", 0, False)


def test_outages_never_exhaust_a_lead(lead: Lead, claimed: Claim) -> None:
    for _ in range(20):
        settle(claimed(), NOT_SENT)
        make_due(lead)

    lead.refresh_from_db()
    assert (lead.status, lead.attempts) == ("queued", 0)


@pytest.mark.parametrize("outcome", [THROTTLED, REVOKED, WRONG_MODULE])
def test_what_a_pause_holds_back_is_due_when_the_pause_ends(
    lead: Lead, claimed: Claim, outcome: Outcome
) -> None:
    settle(claimed(), outcome)

    assert seconds_until_due(lead) <= 0
    assert (lead.status, lead.attempts, lead.reason) == ("queued", 0, outcome.reason)


def test_a_lead_keeps_the_moment_since_which_it_waits(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), NOT_SENT)

    before = lead.queued_at
    lead.refresh_from_db()
    assert lead.queued_at == before


# --- Unknown outcomes ---------------------------------------------------------------------------


def test_an_unknown_outcome_is_sent_again_after_a_minute_where_that_is_safe(
    lead: Lead, claimed: Claim
) -> None:
    Destination.objects.update(resend_is_safe=True)

    settle(claimed(), UNKNOWN, jitter=0)

    assert seconds_until_due(lead) == pytest.approx(60, abs=2)
    assert (lead.status, lead.maybe_landed, lead.landed_revision) == ("queued", True, 0)


def test_an_unknown_outcome_is_a_persons_where_a_second_record_could_be_made(
    lead: Lead, claimed: Claim
) -> None:
    settle(claimed(), UNKNOWN)

    lead.refresh_from_db()
    assert (lead.status, lead.reason) == ("failed", Reason.OUTCOME_UNKNOWN)
    assert (lead.maybe_landed, lead.landed_revision) == (True, 0)
    assert ApiLog.objects.get().reason == Reason.NO_ANSWER


def test_the_first_revision_that_may_have_landed_is_remembered(lead: Lead, claimed: Claim) -> None:
    Destination.objects.update(resend_is_safe=True)
    settle(claimed(), UNKNOWN)
    make_due(lead, revision=1)
    lead.revisions.create(number=1, data={"contact_name": "Bea"})

    settle(claimed(), UNKNOWN)

    lead.refresh_from_db()
    assert lead.landed_revision == 0


def test_an_unknown_outcome_of_a_lead_alone_is_charged_while_others_get_through(
    lead: Lead, claimed: Claim
) -> None:
    Destination.objects.update(resend_is_safe=True)
    works_elsewhere()

    settle(claimed(), UNKNOWN)

    assert seconds_until_due(lead) >= 58
    assert (lead.status, lead.attempts) == ("queued", 1)


def test_a_lead_whose_answer_was_lost_three_times_is_sent_again_after_a_minute(
    lead: Lead, claimed: Claim
) -> None:
    """With 15 % of the answers lost, leads waited 140 s after their second and 12 minutes after
    their third.
    """
    Destination.objects.update(resend_is_safe=True)
    for attempts in range(3):
        make_due(lead, attempts=attempts)
        works_elsewhere()
        settle(claimed(), UNKNOWN)

        assert seconds_until_due(lead) <= 75


def test_an_unknown_outcome_halves_the_batch_only_while_others_get_through(
    site: Site, claimed: Claim
) -> None:
    Destination.objects.update(resend_is_safe=True)
    for _ in range(4):
        make_lead(site=site)

    settle(claimed(), UNKNOWN)
    assert set(Lead.objects.values_list("batch_limit", flat=True)) == {100}

    make_due()
    works_elsewhere()
    settle(claimed(), UNKNOWN)
    assert set(Lead.objects.values_list("batch_limit", flat=True)) == {2}


# --- A batch refused as one ----------------------------------------------------------------------


def test_a_refused_batch_is_halved_until_the_guilty_lead_stands_alone(
    site: Site, claimed: Claim
) -> None:
    guilty, *innocent = [make_lead(site=site) for _ in range(8)]
    sizes = []

    while Lead.objects.filter(status="queued").exists():
        batch = claimed()
        sizes.append(len(batch.leads))
        is_bad = any(member.pk == guilty.pk for member in batch.leads)
        settle(batch, BATCH_REFUSED if is_bad else STORED)

    guilty.refresh_from_db()
    assert (guilty.status, guilty.reason) == ("failed", Reason.BATCH_REFUSED)
    assert Lead.objects.filter(status="delivered").count() == len(innocent)
    assert sizes[0] == 8
    assert len(sizes) <= 7


def test_a_lead_refused_as_a_batch_of_one_fails_at_once(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), BATCH_REFUSED)

    lead.refresh_from_db()
    assert lead.status == "failed"


# --- Logs, figures, notices, call ----------------------------------------------------------------


@pytest.mark.parametrize("outcome", EVERY_OUTCOME, ids=lambda outcome: outcome.verdict.name)
def test_each_outcome_leaves_one_log_and_adds_up(
    lead: Lead, claimed: Claim, outcome: Outcome
) -> None:
    batch = claimed()

    settle(batch, outcome)

    log, code = ApiLog.objects.get(), 13003 if outcome is STORED else 13002
    lead.refresh_from_db()
    assert (log.response_code, log.call, log.status) == (code, batch.call, outcome.status)
    assert totals().attempts[code] == totals().sent == 1
    assert totals().leads[lead.status] == totals().received == 1


def test_the_record_is_kept_with_what_was_refused_only(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    make_lead(site=site)
    batch = claimed()

    settle(batch, replace(STORED, record={"a": 1}), replace(REFUSED, record={"a": 2}))

    kept = {log.response_code: log.record for log in ApiLog.objects.all()}
    assert kept == {13003: None, 13002: {"a": 2}}


def test_long_words_are_cut_to_their_columns(lead: Lead, claimed: Claim) -> None:
    settle(claimed(), replace(REFUSED, field="f" * 500, text="t" * 5000, answer="a" * 5000))

    lead.refresh_from_db()
    assert (len(lead.reason_field), len(lead.reason_text)) == (100, 500)
    assert len(ApiLog.objects.get().answer) == 5000


def test_a_test_lead_is_not_counted(site: Site, claimed: Claim) -> None:
    make_lead(site=site, is_test=True)

    settle(claimed(), STORED)

    assert (totals().received, totals().sent) == (0, 0)
    assert ApiLog.objects.count() == 1


def test_the_call_is_closed(lead: Lead, claimed: Claim) -> None:
    batch = claimed()

    settle(batch, STORED)

    batch.call.refresh_from_db()
    assert batch.call.ended_at is not None


def test_each_failed_lead_is_told_in_the_same_transaction(site: Site, claimed: Claim) -> None:
    for _ in range(3):
        make_lead(site=site)
    told = []

    def listen(lead: Lead, **kwargs: Any) -> None:
        told.append((lead.pk, lead.reason, connection.in_atomic_block))

    batch = claimed()
    lead_failed.connect(listen)
    try:
        settle(batch, REFUSED, STORED, NOT_SENT)
    finally:
        lead_failed.disconnect(listen)

    assert told == [(batch.leads[0].pk, Reason.INVALID_VALUE, True)]


@pytest.mark.django_db(transaction=True)
def test_all_of_it_or_nothing(lead: Lead, claimed: Claim) -> None:
    batch = claimed()

    with (
        patch.object(lead_failed, "send", side_effect=RuntimeError("bug")),
        pytest.raises(RuntimeError),
    ):
        settle(batch, REFUSED)

    lead.refresh_from_db()
    assert lead.status == "sending"
    assert not ApiLog.objects.exists()
    assert totals().leads["sending"] == 1


# --- The fence ---------------------------------------------------------------------------------


def test_a_finish_that_comes_too_late_changes_nothing_and_logs_nothing(
    lead: Lead, claimed: Claim
) -> None:
    late = claimed()
    other = uuid.uuid4()
    Lead.objects.update(claim=other)

    settle(late, STORED)

    lead.refresh_from_db()
    assert (lead.status, lead.claim) == ("sending", other)
    assert not ApiLog.objects.exists()
    assert totals().leads["sending"] == 1


def test_a_late_finish_settles_those_that_are_still_its_own(site: Site, claimed: Claim) -> None:
    for _ in range(2):
        make_lead(site=site)
    batch = claimed()
    gone, ours = batch.leads
    Lead.objects.filter(pk=gone.pk).update(
        status="delivered", claim=None, due_at=None, settled_at=timezone.now(), zoho_id="1"
    )

    settle(batch, REFUSED)

    assert dict(Lead.objects.values_list("pk", "status")) == {
        gone.pk: "delivered",
        ours.pk: "failed",
    }
    assert ApiLog.objects.get().lead_id == ours.pk


def test_a_second_finish_of_the_same_call_changes_nothing(lead: Lead, claimed: Claim) -> None:
    batch = claimed()
    settle(batch, STORED)

    settle(batch, REFUSED)

    lead.refresh_from_db()
    assert lead.status == "delivered"
    assert ApiLog.objects.count() == 1


# --- A database that is away ----------------------------------------------------------------------


def losing_the_database(times: int, error: type[Exception] = OperationalError) -> Any:
    """Let the first commits fail at the very end of the transaction."""
    real, left = finishing._tell_the_breaker, [times]

    def fail(*args: Any) -> None:
        real(*args)
        if left[0]:
            left[0] -= 1
            raise error("server closed the connection")

    return patch.object(finishing, "_tell_the_breaker", fail)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_finish_is_tried_again_while_the_database_is_away(
    lead: Lead, claimed: Claim, clock: FakeClock, error: type[Exception]
) -> None:
    batch = claimed()

    with losing_the_database(3, error):
        finish(batch, [STORED], JITTER, clock)

    lead.refresh_from_db()
    assert lead.status == "delivered"
    assert clock.slept == [0.5, 0.5, 0.5]
    assert ApiLog.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_finish_tried_again_charges_once_and_keeps_the_figures_right(
    lead: Lead, claimed: Claim, clock: FakeClock
) -> None:
    batch = claimed()

    with losing_the_database(3):
        finish(batch, [LOCKED], JITTER, clock)

    lead.refresh_from_db()
    sums: dict[tuple[str, str], int] = {}
    for row in CounterDelta.objects.filter(kind="lead"):
        sums[(row.outcome, row.reason)] = sums.get((row.outcome, row.reason), 0) + row.amount
    assert lead.attempts == 1
    assert {key: n for key, n in sums.items() if n} == {("queued", Reason.RECORD_LOCKED): 1}


@pytest.mark.django_db(transaction=True)
def test_after_five_seconds_the_lease_does_the_rest(
    lead: Lead, claimed: Claim, clock: FakeClock
) -> None:
    batch = claimed()

    with losing_the_database(99), pytest.raises(OperationalError):
        finish(batch, [STORED], JITTER, clock)

    lead.refresh_from_db()
    assert lead.status == "sending"
    assert sum(clock.slept) == pytest.approx(5, abs=0.5)


def test_every_verdict_has_a_reaction() -> None:
    assert finishing.ACTIONS.keys() == set(Verdict)


def test_the_credits_that_are_left_are_kept_no_more_often_than_they_are_shown(
    site: Site, claimed: Claim
) -> None:
    for left in (4711, 4710):
        make_lead(site=site)
        batch = claimed()
        batch.credits_left = left
        settle(batch, STORED)

    destination = Destination.objects.get(pk=site.destination_id)
    assert (destination.credits_left, destination.credits_seen_at is not None) == (4711, True)
