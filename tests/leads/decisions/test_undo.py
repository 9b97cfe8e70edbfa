"""Taking a decision back: the lead is exactly what it was, or nothing is changed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django_q.models import OrmQ
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leads.counters.compaction import fold
from leads.decisions import retry, settle
from leads.decisions.bulk import queue
from leads.decisions.correct import correct
from leads.decisions.note import add_note
from leads.decisions.undo import SETTLED_FOR, undo, undoable
from leads.delivery.claim import claim
from leads.delivery.finish import finish
from leads.delivery.reclaim import reclaim
from leads.models import ApiLog, BulkRetry, CounterDelta, Lead, LeadEvent, Preferences, Revision
from leads.reasons import Reason
from tests.factories import (
    make_destination,
    make_failed_lead,
    make_lead,
    make_log,
    make_site,
    make_user,
)
from tests.fakes import LOCKED

HOLD = timedelta(seconds=5)


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben")


def just(lead: Lead) -> QuerySet[Lead]:
    return Lead.objects.filter(pk=lead.pk)


def row(lead: Lead) -> dict[str, Any]:
    return dict(Lead.objects.filter(pk=lead.pk).values().get())


def figures() -> dict[Any, int]:
    names = ("kind", "site", "quarter", "outcome", "reason")
    sums = CounterDelta.objects.values_list(*names).annotate(n=Sum("amount"))
    return {tuple(key): n for *key, n in sums if n}


def take_back(lead: Lead, user: User) -> bool:
    lead.refresh_from_db()
    decision = undoable(lead, timezone.now())
    return decision is not None and undo(decision, user)


# --- What comes back -------------------------------------------------------------------------

DECISIONS = {
    "retried": lambda lead, user: retry.retry(just(lead), user, hold_for=HOLD),
    "sent_anyway": lambda lead, user: retry.send_anyway(just(lead), user, HOLD),
    "updated": lambda lead, user: retry.update_existing(just(lead), user, HOLD),
    "entered": lambda lead, user: settle.enter(just(lead), user, "57257"),
    "discarded": lambda lead, user: settle.discard(just(lead), user, "spam"),
}
FAILURES = st.fixed_dictionaries(
    {
        "reason": st.sampled_from(
            [Reason.TOO_LONG, Reason.OUTCOME_UNKNOWN, Reason.DUPLICATE_EMAIL, Reason.NO_ANSWER]
        ),
        "reason_field": st.sampled_from(["", "Zip_Code"]),
        "reason_text": st.sampled_from(["", "maximum length is 10"]),
        "attempts": st.integers(0, 8),
        "deaths": st.integers(0, 3),
        "batch_limit": st.sampled_from([1, 50, 100]),
        "band": st.sampled_from(Lead.Band.values),
        "maybe_landed": st.booleans(),
        "landed_revision": st.sampled_from([None, 0]),
        "in_the_way": st.just("61000"),
        "update_existing": st.booleans(),
        "skip_duplicate_rule": st.booleans(),
        "is_test": st.booleans(),
    }
)


MAYBE_LANDED = {
    "reason": Reason.OUTCOME_UNKNOWN,
    "maybe_landed": True,
    "landed_revision": 0,
    "in_the_way": "61000",
}


class UndoLeavesNoTrace(TestCase):
    """Whatever the failure and whatever was decided, undo makes row, figures and logs as before."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        failure=FAILURES,
        waits=st.booleans(),
        steps=st.lists(
            st.sampled_from([*DECISIONS, "note", "fold", "sweep", "claim others"]), max_size=6
        ),
    )
    @example(failure=MAYBE_LANDED, waits=False, steps=["retried", "updated"])
    def test_it(self, failure: dict[str, Any], waits: bool, steps: list[str]) -> None:
        make_destination(resend_is_safe=True)
        user, site = make_user(), make_site()
        lead = (
            make_lead(site=site, due_at=timezone.now() + timedelta(hours=1), **failure)
            if waits
            else make_failed_lead(site=site, **failure)
        )
        make_log(lead)
        other = make_failed_lead(site=site)
        before = (row(lead), figures(), list(ApiLog.objects.values()))

        for step in steps:
            if step in DECISIONS:
                DECISIONS[step](lead, user)
                self.meanwhile(other, user)
                take_back(lead, user)
            else:
                self.around(step, lead, user)

        assert (row(lead), figures(), list(ApiLog.objects.values())) == before

    def meanwhile(self, other: Lead, user: User) -> None:
        """Somebody else's lead is decided about and taken back."""
        settle.discard(just(other), user, "spam")
        assert take_back(other, user)

    def around(self, step: str, lead: Lead, user: User) -> None:
        """What touches no decision."""
        if step == "note":
            add_note(lead.pk, user, "called them")
        elif step == "fold":
            fold()
        elif step == "sweep":
            reclaim()
        else:
            assert claim(lead.destination, 100, 0.0) is None


@pytest.mark.parametrize("kind", DECISIONS)
def test_it_says_who_took_it_back(ben: User, kind: str) -> None:
    lead = make_failed_lead(in_the_way="1")
    DECISIONS[kind](lead, ben)

    assert take_back(lead, make_user("eva"))

    done = LeadEvent.objects.order_by("pk").values_list("kind", "user__username")
    assert list(done) == [(kind, "ben"), ("undone", "eva")]


def test_a_correction_that_is_taken_back_is_kept_and_not_sent(ben: User) -> None:
    lead = make_failed_lead(reason="too_long")
    correct(lead.pk, {"contact_name": "Eva"}, ben, HOLD)

    assert take_back(lead, ben)

    lead.refresh_from_db()
    assert (lead.status, lead.reason, lead.revision) == ("failed", "too_long", 1)
    assert lead.current_data() == {"contact_name": "Eva"}


def test_it_works_after_the_hold_while_nobody_has_claimed_the_lead(ben: User) -> None:
    lead = make_failed_lead()
    retry.retry(just(lead), ben)

    assert take_back(lead, ben)


# --- What does not ---------------------------------------------------------------------------


def test_a_lead_that_is_held_is_not_claimed(ben: User) -> None:
    lead = make_failed_lead()
    retry.retry(just(lead), ben, hold_for=HOLD)

    assert claim(lead.destination, 100, 0.0) is None


def test_a_lead_that_is_being_sent_is_not_taken_back(ben: User) -> None:
    lead = make_failed_lead()
    retry.retry(just(lead), ben)
    lead.refresh_from_db()
    decision = undoable(lead, timezone.now())
    claim(lead.destination, 100, 0.0)

    assert decision
    assert not undo(decision, ben)
    lead.refresh_from_db()
    assert lead.status == "sending"


def test_a_lead_that_was_sent_and_waits_again_is_not_taken_back(ben: User) -> None:
    """Its attempt may have landed: the failure of before would be a lie."""
    lead = make_failed_lead()
    retry.retry(just(lead), ben)
    batch = claim(lead.destination, 100, 0.0)
    assert batch
    finish(batch, [LOCKED], 0.5)

    assert not take_back(lead, ben)
    lead.refresh_from_db()
    assert (lead.status, lead.reason) == ("queued", Reason.RECORD_LOCKED)


def test_a_decision_is_taken_back_once(ben: User) -> None:
    lead = make_failed_lead()
    retry.retry(just(lead), ben)

    assert (take_back(lead, ben), take_back(lead, ben)) == (True, False)


def test_what_a_bulk_retry_queued_is_taken_back_by_stopping_that(ben: User) -> None:
    lead = make_failed_lead()
    bulk = BulkRetry.objects.create(
        filter={}, filter_key="x", words="all", created_at=timezone.now(), touched_at=timezone.now()
    )
    queue.queue(Lead.objects.filter(pk=lead.pk), bulk)

    assert not take_back(lead, ben)


def test_a_held_retry_offers_nothing_to_take_back(ben: User) -> None:
    lead = make_failed_lead(data={"phone": "1"})
    retry.retry(just(lead), ben)

    assert not take_back(lead, ben)


@pytest.mark.parametrize("kind", ["entered", "discarded"])
def test_what_was_settled_is_final_after_ten_minutes(ben: User, kind: str) -> None:
    lead = make_failed_lead()
    DECISIONS[kind](lead, ben)
    lead.refresh_from_db()

    assert lead.settled_at is not None
    assert undoable(lead, lead.settled_at + SETTLED_FOR)
    assert undoable(lead, lead.settled_at + SETTLED_FOR + timedelta(seconds=1)) is None


@pytest.mark.django_db(transaction=True)
def test_of_an_undo_and_a_claim_at_once_one_wins(ben: User, at_once: Any) -> None:
    lead = make_failed_lead()
    retry.retry(just(lead), ben)
    lead.refresh_from_db()
    decision = undoable(lead, timezone.now())
    assert decision is not None

    undone, batch = at_once(lambda: undo(decision, ben), lambda: claim(lead.destination, 100, 0.0))

    lead.refresh_from_db()
    assert (lead.status, undone, batch is None) in [
        ("failed", True, True),
        ("sending", False, False),
    ]
    moves = Counter({key[3]: n for key, n in figures().items()})
    assert moves == {lead.status: 1}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_back_at_once_one_does(ben: User, at_once: Any) -> None:
    lead = make_failed_lead()
    retry.retry(just(lead), ben)
    lead.refresh_from_db()
    decision = undoable(lead, timezone.now())
    assert decision is not None

    assert sorted(at_once(*[lambda: undo(decision, ben)] * 4)) == [False, False, False, True]


# --- The hold --------------------------------------------------------------------------------


def test_a_second_retry_during_the_hold_changes_nothing(ben: User) -> None:
    lead = make_failed_lead()
    retry.retry(just(lead), ben, hold_for=HOLD)
    held = row(lead)

    assert retry.retry(just(lead), ben, hold_for=HOLD) == 0
    assert row(lead) == held


def test_a_worker_is_woken_when_the_hold_is_over(
    ben: User, django_capture_on_commit_callbacks: Any
) -> None:
    lead = make_failed_lead()

    with django_capture_on_commit_callbacks(execute=True):
        retry.retry(just(lead), ben, hold_for=HOLD)

    message = OrmQ.objects.get()
    assert timedelta(seconds=4) < message.lock - timezone.now() <= HOLD
    assert message.task["args"] == (lead.destination_id,)


def test_a_twin_that_came_during_the_hold_is_still_judged(ben: User) -> None:
    Preferences(refuse_duplicate_emails=True).save()
    data = {"contact_name": "Ana", "email": "ana@example.com"}
    first, second = make_failed_lead(data=data), make_failed_lead(data=data)
    retry.retry(just(first), ben, hold_for=HOLD)

    assert retry.retry(just(second), ben) == 0
    assert take_back(first, ben)
    assert retry.retry(just(second), ben) == 1


def test_a_correction_after_one_that_was_taken_back_has_the_next_number(ben: User) -> None:
    lead = make_failed_lead()
    for name in ("Eva", "Uta"):
        correct(lead.pk, {"contact_name": name}, ben, HOLD)
        take_back(lead, ben)

    assert list(Revision.objects.values_list("number", flat=True)) == [1, 2]
