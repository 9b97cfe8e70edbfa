"""What a person decides about leads: attributed, and won by one person only."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import OrmQ

from leads.counters.deltas import totals
from leads.decisions.correct import correct
from leads.decisions.retry import retry, send_anyway, update_existing
from leads.decisions.settle import discard, enter
from leads.delivery.claim import claim
from leads.intake.rules import judge
from leads.models import ApiLog, Lead, LeadEvent, Preferences, Revision, Site
from leads.reasons import Reason
from leads.signals import lead_failed
from tests.factories import make_failed_lead, make_lead, make_user

ANA = {"contact_name": "Ana Silva", "email": "ana@example.com"}
SETTLED = ("delivered", "entered", "discarded")


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben")


@pytest.fixture
def failed(site: Site) -> Lead:
    return make_failed_lead(
        site=site, data=ANA, reason=Reason.TOO_LONG, attempts=8, deaths=2, batch_limit=1
    )


def just(lead: Lead) -> QuerySet[Lead]:
    return Lead.objects.filter(pk=lead.pk)


def refuse_duplicates() -> None:
    Preferences(refuse_duplicate_emails=True).save()


def later(**time: float) -> Any:
    return timezone.now() + timedelta(**time)


# --- Retry -----------------------------------------------------------------------------------


def test_a_retried_lead_is_due_at_once_and_begins_anew(failed: Lead, ben: User) -> None:
    assert retry(just(failed), ben) == 1

    failed.refresh_from_db()
    assert failed.status == "queued"
    assert failed.due_at
    assert failed.due_at <= timezone.now()
    assert (failed.attempts, failed.deaths, failed.batch_limit) == (0, 0, 100)
    assert failed.queued_at is not None
    assert failed.settled_at is None


def test_when_it_failed_last_is_kept(failed: Lead, ben: User) -> None:
    retry(just(failed), ben)

    assert Lead.objects.get().failed_at == failed.failed_at


def test_who_retries_an_unknown_outcome_has_looked_in_zoho(failed: Lead, ben: User) -> None:
    Lead.objects.update(reason="outcome_unknown", maybe_landed=True, landed_revision=0)

    retry(just(failed), ben)

    failed.refresh_from_db()
    assert (failed.maybe_landed, failed.landed_revision) == (False, None)


def test_a_retry_is_attributed(failed: Lead, ben: User) -> None:
    retry(just(failed), ben)

    event = LeadEvent.objects.get()
    assert (event.lead, event.kind, event.user) == (failed, "retried", ben)


def test_a_retry_rings(failed: Lead, ben: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        retry(just(failed), ben)

    assert OrmQ.objects.count() == 1


def test_many_are_retried_in_the_band_of_bulk(site: Site, ben: User) -> None:
    for _ in range(3):
        make_failed_lead(site=site)

    assert retry(Lead.objects.failed(), ben, Lead.Band.BULK) == 3
    assert set(Lead.objects.values_list("band", flat=True)) == {Lead.Band.BULK}


def test_a_waiting_lead_is_sent_now_and_keeps_what_it_used_up(site: Site, ben: User) -> None:
    since = timezone.now() - timedelta(hours=1)
    lead = make_lead(site=site, due_at=later(hours=5), queued_at=since, attempts=3)

    assert retry(just(lead), ben) == 1

    lead.refresh_from_db()
    assert lead.due_at
    assert lead.due_at <= timezone.now()
    assert (lead.attempts, lead.queued_at) == (3, since)


def test_a_lead_that_is_due_already_is_left_as_it_is(site: Site, ben: User) -> None:
    lead = make_lead(site=site)

    assert retry(just(lead), ben) == 0
    assert not LeadEvent.objects.exists()


@pytest.mark.parametrize("status", [*SETTLED, "sending"])
def test_what_is_settled_or_being_sent_cannot_be_retried(
    site: Site, ben: User, status: str
) -> None:
    lead = make_lead(site=site, status=status)

    assert (retry(just(lead), ben), send_anyway(just(lead), ben)) == (0, 0)

    lead.refresh_from_db()
    assert lead.status == status
    assert not LeadEvent.objects.exists()


def test_a_retry_runs_the_rules_again(site: Site, ben: User) -> None:
    lead = make_failed_lead(site=site, data={"phone": "1"}, reason=Reason.TOO_LONG)
    told = []

    def listen(**kwargs: Any) -> None:
        told.append(kwargs)

    lead_failed.connect(listen)
    try:
        assert retry(just(lead), ben) == 0
    finally:
        lead_failed.disconnect(listen)

    lead.refresh_from_db()
    assert (lead.status, lead.reason) == ("failed", Reason.MISSING_FIELD)
    assert ApiLog.objects.get().reason == Reason.MISSING_FIELD
    assert LeadEvent.objects.get().user == ben
    assert not told, "whoever clicked sees it; a mail would tell nothing new"


def test_a_retry_is_held_by_a_duplicate_and_send_anyway_is_not(
    site: Site, ben: User, failed: Lead
) -> None:
    refuse_duplicates()
    make_lead(site=site, data=ANA)

    assert retry(just(failed), ben) == 0
    assert send_anyway(just(failed), ben) == 1

    failed.refresh_from_db()
    assert (failed.status, failed.skip_duplicate_rule) == ("queued", True)


def test_a_lead_is_no_duplicate_of_itself(failed: Lead, ben: User) -> None:
    refuse_duplicates()

    assert retry(just(failed), ben) == 1


def test_send_anyway_skips_the_rule_against_duplicates_only(site: Site, ben: User) -> None:
    lead = make_failed_lead(site=site, data={"email": "ana@example.com"})

    assert send_anyway(just(lead), ben) == 0


def test_of_two_twins_that_are_retried_together_one_goes(site: Site, ben: User) -> None:
    refuse_duplicates()
    for _ in range(2):
        make_failed_lead(site=site, data=ANA)

    assert retry(Lead.objects.failed(), ben) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_click_at_once_one_wins(failed: Lead, ben: User, at_once: Any) -> None:
    won = at_once(*[lambda: retry(just(failed), ben)] * 4)

    assert sorted(won) == [0, 0, 0, 1]
    assert LeadEvent.objects.count() == 1
    assert totals().leads["queued"] == totals().received == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_retry_and_a_discard_at_once_only_the_last_word_counts(
    failed: Lead, ben: User, at_once: Any
) -> None:
    at_once(lambda: retry(just(failed), ben), lambda: discard(just(failed), ben, "spam"))

    # Discarded after the retry, or retried in vain after the discard.
    assert Lead.objects.get().status == "discarded"
    assert totals().leads["discarded"] == totals().received == 1


# --- Correct ---------------------------------------------------------------------------------


def test_a_correction_is_a_revision_and_is_sent(failed: Lead, ben: User) -> None:
    assert correct(failed.pk, {"contact_name": "Bea", "email": "B@example.com"}, ben)

    failed.refresh_from_db()
    assert (failed.status, failed.revision) == ("queued", 1)
    assert (failed.name, failed.email) == ("Bea", "b@example.com")
    assert failed.current_data() == {"contact_name": "Bea", "email": "B@example.com"}
    assert (Revision.objects.get().created_by, LeadEvent.objects.get().kind) == (ben, "corrected")


def test_what_arrived_never_changes(failed: Lead, ben: User) -> None:
    body = bytes(failed.body)

    correct(failed.pk, {"contact_name": "Bea"}, ben)
    retry(just(failed), ben)
    discard(just(failed), ben, "spam")

    failed.refresh_from_db()
    assert (bytes(failed.body), failed.data) == (body, ANA)


def test_a_second_correction_follows_the_first(failed: Lead, ben: User) -> None:
    for name in ("Bea", "Cleo"):
        correct(failed.pk, {"contact_name": name}, ben)

    failed.refresh_from_db()
    assert (failed.revision, failed.current_data()) == (2, {"contact_name": "Cleo"})
    assert Revision.objects.count() == 2


def test_a_correction_is_judged_by_the_rules(failed: Lead, ben: User) -> None:
    lead = correct(failed.pk, {"email": "ana@example.com"}, ben)

    assert lead is not None
    failed.refresh_from_db()
    assert (failed.status, failed.reason, failed.revision) == ("failed", Reason.MISSING_FIELD, 1)
    assert ApiLog.objects.get().revision == 1


def test_a_corrected_address_is_what_later_leads_are_compared_with(
    site: Site, failed: Lead, ben: User
) -> None:
    refuse_duplicates()
    correct(failed.pk, ANA | {"email": "bea@example.com"}, ben)

    twin = make_failed_lead(site=site, data=ANA | {"email": "bea@example.com"})
    former = make_failed_lead(site=site, data=ANA)

    assert (retry(just(twin), ben), retry(just(former), ben)) == (0, 1)


@pytest.mark.parametrize("status", [*SETTLED, "sending"])
def test_what_is_settled_or_being_sent_cannot_be_corrected(
    site: Site, ben: User, status: str
) -> None:
    lead = make_lead(site=site, status=status)

    assert correct(lead.pk, {"contact_name": "Bea"}, ben) is None
    assert not Revision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_corrections_at_once_both_are_kept(failed: Lead, ben: User, at_once: Any) -> None:
    names = ("Bea", "Cleo")
    at_once(*[lambda name=name: correct(failed.pk, {"contact_name": name}, ben) for name in names])

    failed.refresh_from_db()
    assert failed.revision == Revision.objects.count() == 2


# --- Enter and discard -----------------------------------------------------------------------


def test_a_lead_is_entered_by_hand(failed: Lead, ben: User) -> None:
    assert enter(just(failed), ben, "61000") == 1

    failed.refresh_from_db()
    assert (failed.status, failed.zoho_id) == ("entered", "61000")
    assert failed.settled_at is not None
    assert (LeadEvent.objects.get().kind, LeadEvent.objects.get().user) == ("entered", ben)
    assert totals().leads["entered"] == 1


def test_a_lead_is_discarded_with_the_reason_why(failed: Lead, ben: User) -> None:
    assert discard(just(failed), ben, "spam" * 500) == 1

    failed.refresh_from_db()
    assert failed.status == "discarded"
    assert LeadEvent.objects.get().note.startswith("spam")
    assert totals().leads["discarded"] == 1


@pytest.mark.parametrize("decide", [enter, lambda leads, user: discard(leads, user, "spam")])
@pytest.mark.parametrize("status", [*SETTLED, "sending"])
def test_what_is_settled_or_being_sent_is_beyond_a_decision(
    site: Site, ben: User, status: str, decide: Any
) -> None:
    lead = make_lead(site=site, status=status)

    assert decide(just(lead), ben) == 0
    assert Lead.objects.get().status == status


def test_a_waiting_lead_can_be_discarded_and_is_not_sent_then(site: Site, ben: User) -> None:
    lead = make_lead(site=site)

    assert discard(just(lead), ben, "spam") == 1
    assert claim(site.destination, 100, 0.0) is None


def test_a_lead_that_was_claimed_first_is_sent(site: Site, ben: User) -> None:
    lead = make_lead(site=site)
    claim(site.destination, 100, 0.0)

    assert discard(just(lead), ben, "spam") == 0
    lead.refresh_from_db()
    assert lead.status == "sending"


@pytest.mark.django_db(transaction=True)
def test_of_a_discard_and_a_claim_at_once_one_wins(site: Site, ben: User, at_once: Any) -> None:
    lead = make_lead(site=site)

    gone, batch = at_once(
        lambda: discard(just(lead), ben, "spam"), lambda: claim(site.destination, 100, 0.0)
    )

    lead.refresh_from_db()
    assert (lead.status, gone, batch is None) in [("discarded", 1, True), ("sending", 0, False)]


# --- Many at once ----------------------------------------------------------------------------


def test_leads_that_fail_alike_are_queued_in_a_number_of_statements_that_does_not_grow(
    site: Site, ben: User, django_assert_max_num_queries: Any
) -> None:
    refuse_duplicates()
    for _ in range(60):
        make_failed_lead(
            site=site, reason=Reason.TOO_LONG, reason_text="different each", attempts=1
        )

    with django_assert_max_num_queries(20):
        assert retry(Lead.objects.failed(), ben, Lead.Band.BULK) == 60


def test_every_held_lead_of_many_has_its_log_and_its_own_words(site: Site, ben: User) -> None:
    refuse_duplicates()
    first = make_lead(site=site, data=ANA, status="delivered")
    other = make_lead(site=site, data=ANA | {"email": "bea@example.com"}, status="delivered")
    twins = [
        make_failed_lead(site=site, data=ANA),
        make_failed_lead(site=site, data=ANA | {"email": "bea@example.com"}),
        make_failed_lead(site=site, data={"email": "cleo@example.com"}),
    ]

    assert retry(Lead.objects.failed(), ben) == 0

    texts = [Lead.objects.get(pk=lead.pk).reason_text for lead in twins]
    assert texts == [f"Same e-mail as lead {first.pk}", f"Same e-mail as lead {other.pk}", ""]
    assert list(ApiLog.objects.order_by("lead").values_list("reason", flat=True)) == [
        "duplicate_email", "duplicate_email", "missing_field",
    ]  # fmt: skip
    assert (totals().held, totals().attempts[13002]) == (3, 0)


@pytest.mark.django_db(transaction=True)
def test_two_lists_with_crossed_addresses_do_not_end_in_a_deadlock(
    site: Site, ben: User, at_once: Any
) -> None:
    refuse_duplicates()
    people = [ANA | {"email": f"{n}@example.com"} for n in range(9)]
    up = [make_failed_lead(site=site, data=data).pk for data in people]
    down = [make_failed_lead(site=site, data=data).pk for data in reversed(people)]

    def hold_the_middle() -> None:
        with transaction.atomic():
            judge(Lead(data=people[4], destination=site.destination), refuses_duplicates=True)
            time.sleep(1)  # both lists come as far as they can without it

    def press(pks: list[int]) -> int:
        time.sleep(0.3)
        return retry(Lead.objects.filter(pk__in=pks), ben)

    _held, *went = at_once(hold_the_middle, lambda: press(up), lambda: press(down))

    assert sorted(went) == [0, 9]


# --- A record of another module in the way -------------------------------------------------------


@pytest.mark.parametrize(("module", "sent"), [("", 1), ("Leads", 1), ("Contacts", 0)])
def test_a_lead_is_written_over_a_record_of_its_own_module_only(
    ben: User, module: str, sent: int
) -> None:
    lead = make_failed_lead(
        reason=Reason.DUPLICATE_RECORD, in_the_way="61001", in_the_way_module=module
    )

    assert lead.can_update is bool(sent)
    assert update_existing(Lead.objects.all(), ben) == sent
