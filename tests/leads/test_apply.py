"""A lead's whole life, in any order: the constraints hold, the books balance, all ways agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leads.apply import Move, apply
from leads.clock import database_now
from leads.counters.compaction import fold
from leads.decisions import retry, settle
from leads.decisions.bulk import run
from leads.decisions.bulk.queue import queue
from leads.decisions.correct import correct
from leads.decisions.undo import undo, undoable
from leads.delivery.claim import claim
from leads.delivery.finish import finish
from leads.delivery.gateway import Batch, Outcome
from leads.delivery.reclaim import reclaim
from leads.intake.receive import Origin, receive
from leads.models import ApiLog, BulkRetry, CounterDelta, Destination, Lead, LeadEvent
from leads.models.transitions import failed, put_off
from leads.privacy.erase import erase
from leads.reasons import Reason
from notifications.models import Message
from tests.factories import make_destination, make_lead, make_site, make_submission, make_user
from tests.fakes import EVERY_OUTCOME, NOT_BEGUN
from tests.leads.recount import assert_the_counters_are_a_recount, counted, recounted
from tests.notifications.receiver import an_endpoint

WHICH = st.integers(0, 9)
POSTS = st.sampled_from(["good", "nameless", "same", "repeat", "spam", "test"])
OUTCOMES = st.lists(st.sampled_from([*EVERY_OUTCOME, NOT_BEGUN]), min_size=20, max_size=20)
SENDABLE = Q(status="failed") & ~Q(reason=Reason.QUARANTINED)
"""What a bulk retry may take."""
DECISIONS: dict[str, Callable[[QuerySet[Lead], Any], Any]] = {
    "retry": retry.retry,
    "retry later": lambda leads, user: retry.retry(leads, user, hold_for=timedelta(seconds=5)),
    "send anyway": retry.send_anyway,
    "update": retry.update_existing,
    "release": retry.release,
    "enter": lambda leads, user: settle.enter(leads, user, "57257"),
    "discard": lambda leads, user: settle.discard(leads, user, "spam"),
}


class Life(RuleBasedStateMachine):
    """Leads that come in, are sent, decided about, taken back and erased."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.site = make_site(destination=make_destination(resend_is_safe=True))
        an_endpoint("https://hooks.example.com/x", site=self.site)
        self.site.refresh_from_db()
        self.user = make_user()
        self.batch: Batch | None = None

    def teardown(self) -> None:
        """What pages read is right, too. Leave nothing behind."""
        try:
            if not connection.needs_rollback:
                assert_the_counters_are_a_recount()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(outcomes=OUTCOMES)
    def begin(self, outcomes: list[Outcome]) -> None:
        """Every life begins with a worker that woke too late: by chance it comes too seldom."""
        self.receive("good")
        self.claim(20)
        self.finish_late(outcomes)

    # --- Ways on ---------------------------------------------------------------------------

    @rule(how=POSTS)
    def receive(self, how: str) -> None:
        """A site posts."""
        self.site.refuses_duplicates = True
        number = Lead.objects.count()
        data = {"contact_name": "Ana", "email": f"{number}@example.com"}
        if how == "nameless":
            data.pop("contact_name")
        if how == "same":
            data["email"] = "same@example.com"
        key = "k" if how == "repeat" else None
        data = {"contact_name": "Bea"} if how == "repeat" else data
        suspicion = "Hidden field filled." if how == "spam" else ""
        origin = Origin(idempotency_key=key, suspicion=suspicion, is_test=how == "test")
        receive(make_submission(**data), self.site, origin)

    @precondition(lambda self: self.batch is None)
    @rule(limit=st.integers(1, 20))
    def claim(self, limit: int) -> None:
        """A worker takes what is due; the waiting is over."""
        queued = Lead.objects.filter(status="queued")
        queued.update(due_at=timezone.now() - timedelta(seconds=1))
        Destination.objects.update(paused_at=None, paused_until=None, pause_reason="")
        type(self.site).objects.resume(self.site.pk)
        self.batch = claim(Destination.objects.get(pk=self.site.destination_id), limit, 0.0)

    @precondition(lambda self: self.batch is not None)
    @rule(outcomes=OUTCOMES)
    def finish(self, outcomes: list[Outcome]) -> None:
        """It writes down what came of it, though its leads may be another's by now."""
        assert self.batch
        finish(self.batch, outcomes[: len(self.batch.leads)], 0.5)
        self.batch = None

    @precondition(lambda self: self.batch is not None)
    @rule(outcomes=OUTCOMES)
    def finish_late(self, outcomes: list[Outcome]) -> None:
        """Its lease ran out and another worker has its leads: what it says of them is not heard."""
        assert self.batch
        late, self.batch = self.batch, None
        self.reclaim(safe=True)
        self.claim(20)
        theirs = Lead.objects.filter(status="sending").order_by("pk")
        before = list(theirs.values())
        finish(late, outcomes[: len(late.leads)], 0.5)
        assert list(theirs.values()) == before

    @rule(safe=st.booleans())
    def reclaim(self, safe: bool) -> None:
        """Every lease runs out."""
        Destination.objects.update(resend_is_safe=safe)
        sending = Lead.objects.filter(status="sending")
        sending.update(due_at=timezone.now() - timedelta(seconds=1))
        reclaim()

    @rule(what=st.sampled_from(sorted(DECISIONS)), which=WHICH)
    def decide(self, what: str, which: int) -> None:
        """A person decides about some of them."""
        DECISIONS[what](self.some(which), self.user)

    @rule(which=WHICH)
    def correct(self, which: int) -> None:
        """A person mends one."""
        for lead in self.one(which):
            correct(lead.pk, {"contact_name": "Bea", "email": lead.email}, self.user)

    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        """A person takes a decision back."""
        for lead in self.one(which):
            if decision := undoable(lead, database_now()):
                assert undo(decision, self.user)

    @rule(which=WHICH)
    def retry_in_bulk(self, which: int) -> None:
        """A worker queues a chunk."""
        queue(self.some(which).filter(SENDABLE).select_for_update(), self.bulk())

    @rule()
    def stop_bulk(self) -> None:
        """A person stops a bulk retry: what was not sent fails again, where it had failed."""
        bulk = BulkRetry.objects.active().first()
        if bulk is None:
            return
        mine = list(run.unsent(bulk).values_list("pk", flat=True))
        BulkRetry.objects.stop(bulk.pk, self.user.pk, database_now())
        assert run.return_chunk(bulk.pk) is bool(mine)
        for lead in Lead.objects.filter(pk__in=mine):
            assert (lead.status, lead.settled_at) == ("failed", lead.failed_at)

    @rule(which=WHICH)
    def erase(self, which: int) -> None:
        """A person has a right to it."""
        erase(self.one(which), self.user)

    @rule()
    def fold(self) -> None:
        """The counters are summed up."""
        fold()
        assert_the_counters_are_a_recount()

    # --- What holds ------------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        """By site, quarter hour and reason."""
        assert counted("lead") == recounted("lead")
        assert counted("attempt") == recounted("attempt")

    @invariant()
    def programs_know(self) -> None:
        """Whoever is told of the site's leads was told last what each of them is."""
        settled = Lead.objects.filter(status__in=["failed", *Lead.RESOLVED])
        last = Message.objects.filter(lead=OuterRef("pk")).order_by("-pk").values("lead_status")
        told = settled.annotate(told=Subquery(last[:1])).values_list("pk", "told")
        assert dict(told) == dict(settled.values_list("pk", "status"))

    @rule(which=WHICH)
    def alone_and_in_bulk_it_is_the_same(self, which: int) -> None:
        """Both ways of sending a lead again leave the same row, log and figures."""
        leads = self.one(which).filter(SENDABLE)
        alone = self.trial(leads, lambda: retry.retry(leads, self.user, Lead.Band.BULK))
        in_bulk = self.trial(leads, lambda: queue(leads.select_for_update(), self.bulk()))
        assert alone == in_bulk

    # --- Tools -----------------------------------------------------------------------------

    def some(self, which: int) -> QuerySet[Lead]:
        """The leads from one on."""
        pks = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
        return Lead.objects.filter(pk__in=pks[which:])

    def one(self, which: int) -> QuerySet[Lead]:
        """One lead; none where there are not so many."""
        pks = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
        return Lead.objects.filter(pk__in=pks[which : which + 1])

    def bulk(self) -> BulkRetry:
        """A bulk retry under way."""
        now = database_now()
        kept = {"filter": {}, "words": "all", "created_by": self.user}
        kept |= {"created_at": now, "touched_at": now}
        return BulkRetry.objects.get_or_create(filter_key="x", state="running", defaults=kept)[0]

    def trial(self, leads: QuerySet[Lead], act: Callable[[], Any]) -> Any:
        """What would be left of it; nothing is. A moment that it wrote is “now”."""
        pks, begin = list(leads.values_list("pk", flat=True)), database_now()
        with transaction.atomic():
            act()
            rows = list(Lead.objects.filter(pk__in=pks).values())
            logs = list(ApiLog.objects.filter(created_at__gte=begin).values())
            events = LeadEvent.objects.filter(created_at__gte=begin)
            seen = (
                [_now({**row}, begin, "bulk_id") for row in rows],
                [_now({**log}, begin, "id") for log in logs],
                list(events.values_list("lead", "kind", "user")),
                list(
                    CounterDelta.objects.order_by("pk").values_list("outcome", "reason", "amount")
                ),
            )
            transaction.set_rollback(True)
        return seen


def _now(row: dict[str, Any], begin: datetime, apart: str) -> dict[str, Any]:
    """A row without one column, and with “now” for every moment from the beginning on."""
    late = {k for k, v in row.items() if isinstance(v, datetime) and v >= begin}
    return {k: "now" if k in late else v for k, v in row.items() if k != apart}


def test_whatever_happens_in_whatever_order(db: None) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- Few statements -----------------------------------------------------------------------------


def test_leads_that_differ_in_their_words_alone_are_written_in_one_update(db: None) -> None:
    leads = [make_lead(site=make_site()) for _ in range(3)]
    now = database_now()
    moves = [Move(lead, failed(now, Reason.REFUSED, text=f"{lead.pk} is wrong")) for lead in leads]

    with CaptureQueriesContext(connection) as asked:
        apply(moves)

    assert [query["sql"].split()[0] for query in asked] == ["UPDATE", "INSERT"]
    texts = {lead.pk: lead.reason_text for lead in Lead.objects.all()}
    assert texts == {lead.pk: f"{lead.pk} is wrong" for lead in leads}


def test_the_objects_stay_as_they_are(db: None) -> None:
    lead = make_lead()

    apply([Move(lead, put_off(database_now(), Reason.NO_ANSWER))])

    assert (lead.reason, Lead.objects.get().reason) == ("", "no_answer")
