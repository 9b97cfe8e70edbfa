"""Bulk retries: what they queue, how often, and what a stop takes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks

from leads.clock import Deadline
from leads.counters.deltas import totals
from leads.criteria import NotUnderstood
from leads.decisions import retry, settle
from leads.decisions.bulk import run as bulk
from leads.delivery.claim import claim
from leads.models import ApiLog, BulkRetry, Lead, LeadEvent, Preferences, Revision, Site
from leads.selection import LeadFilter
from tests.factories import make_failed_lead, make_lead, make_user
from tests.leads.desk.conftest import client_of

A_MINUTE_AGO = timedelta(minutes=1)


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", ("leads.view_personal_data",))


def begin(user: Any, **query: str) -> BulkRetry:
    """Start a bulk retry of what a filter holds."""
    return bulk.start(LeadFilter.parse(query), user)[0]


def run(run_of: BulkRetry) -> BulkRetry:
    """Have a worker do all of it."""
    bulk.run(run_of.pk, Deadline(30))
    run_of.refresh_from_db()
    return run_of


def failed(count: int, **values: Any) -> list[int]:
    """So many failed leads; their ids."""
    moment = timezone.now() - A_MINUTE_AGO
    return [make_failed_lead(failed_at=moment, **values).pk for _ in range(count)]


def statuses() -> dict[str, int]:
    """How many leads have each status."""
    found = Lead.objects.values_list("status", flat=True)
    return {status: list(found).count(status) for status in set(found)}


def test_it_queues_what_its_filter_holds_behind_fresh_leads(ben: User) -> None:
    wanted = failed(3, reason="too_long")
    failed(1, reason="refused")

    one = run(begin(ben, reason="too_long"))

    rows = Lead.objects.filter(status="queued")
    assert sorted(rows.values_list("pk", flat=True)) == wanted
    assert set(rows.values_list("band", "bulk")) == {(Lead.Band.BULK, one.pk)}
    assert (one.total, one.queued, one.held, one.skipped) == (3, 3, 0, 0)
    assert totals().leads == totals().leads | {"queued": 3, "failed": 1}


def test_it_is_attributed_on_every_lead(ben: User) -> None:
    failed(1)

    one = run(begin(ben))

    event = LeadEvent.objects.get()
    assert (event.kind, event.user, event.note) == ("retried", ben, f"Bulk retry {one.pk}")


def test_its_task_is_queued_with_it(
    ben: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    failed(1)
    with django_capture_on_commit_callbacks(execute=True):
        one = begin(ben)

    [queued] = OrmQ.objects.all()
    assert (queued.task["func"], queued.task["args"]) == (bulk.TASK, (one.pk,))


def test_it_goes_in_chunks_and_each_moves_the_cursor(
    ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    failed(5)
    one = begin(ben)

    more = [bulk.queue_chunk(one.pk) for _ in range(4)]

    one.refresh_from_db()
    assert more == [True, True, True, False]
    assert (one.queued, one.walked_at is not None) == (5, True)


def test_a_killed_worker_is_followed_by_one_that_goes_on_where_it_ended(
    ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    failed(5)
    one = begin(ben)
    bulk.queue_chunk(one.pk)

    one = run(one)

    assert (one.queued, LeadEvent.objects.count()) == (5, 5)


def test_pressed_twice_it_is_one(ben: User) -> None:
    failed(2)
    other = make_user("eva", ("leads.view_personal_data",))

    first, again, theirs = begin(ben), begin(ben), begin(other)

    assert first == again == theirs
    assert BulkRetry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_press_at_once_all_get_the_same(
    ben: User, at_once: Callable[..., list[Any]]
) -> None:
    failed(3)

    started = at_once(*[lambda: bulk.start(LeadFilter(), ben)] * 4)

    assert sorted(new for _one, new in started) == [False, False, False, True]
    assert len({one.pk for one, _new in started}) == 1


@pytest.mark.django_db(transaction=True)
def test_crossed_filters_that_run_at_once_queue_every_lead_once(
    ben: User, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 3)
    Preferences(refuse_duplicate_emails=True).save()
    for n in range(12):
        data = {"contact_name": "Ana", "email": f"{n % 8}@example.com"}
        make_failed_lead(data=data, reason="too_long", failed_at=timezone.now() - A_MINUTE_AGO)
    all_of_them, some = begin(ben), begin(ben, reason="too_long")

    done = at_once(
        *(lambda pk=one.pk: bulk.run(pk, Deadline(30)) for one in (all_of_them, some) * 2)
    )

    assert done == [None] * 4
    assert LeadEvent.objects.count() == 12
    assert statuses() == {"queued": 8, "failed": 4}
    runs = BulkRetry.objects.all()
    assert sum(one.queued for one in runs) == 8
    assert sum(one.held for one in runs) == 4


def test_what_one_has_in_hand_another_does_not_send_again(ben: User) -> None:
    [pk] = failed(1, reason="too_long")
    run(begin(ben))
    # It fails again while the first one is not over.
    Lead.objects.filter(pk=pk).update(
        status="failed", failed_at=timezone.now(), settled_at=timezone.now(), due_at=None
    )

    second = run(begin(ben, reason="too_long"))

    assert (second.queued, statuses()) == (0, {"failed": 1})


def test_what_fails_after_it_was_planned_is_not_part_of_it(ben: User) -> None:
    failed(1)
    one = begin(ben)
    make_failed_lead(failed_at=timezone.now() + A_MINUTE_AGO)

    assert run(one).queued == 1


def test_what_somebody_settled_meanwhile_is_counted_as_passed_over(ben: User) -> None:
    first, _second = failed(2)
    one = begin(ben)
    settle.discard(Lead.objects.filter(pk=first), ben, "spam")

    assert (run(one).queued, one.skipped) == (1, 1)


def test_a_rule_is_judged_for_each_lead(ben: User) -> None:
    Preferences(refuse_duplicate_emails=True).save()
    failed(3, data={"contact_name": "Ana", "email": "ana@example.com"})

    one = run(begin(ben))

    assert (one.queued, one.held) == (1, 2)
    assert statuses() == {"queued": 1, "failed": 2}


def test_it_is_done_when_the_last_lead_has_its_answer(ben: User) -> None:
    failed(1)
    one = run(begin(ben))

    bulk.go_on(now=timezone.now())
    one.refresh_from_db()
    assert one.state == "running"

    Lead.objects.update(status="delivered", zoho_id="1", due_at=None, settled_at=timezone.now())
    bulk.go_on(now=timezone.now())
    one.refresh_from_db()
    assert (one.state, one.ended_at is not None) == ("done", True)


def test_a_lost_task_is_rung_for_again(
    ben: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    failed(1)
    one = begin(ben)

    with django_capture_on_commit_callbacks(execute=True):
        bulk.go_on(now=timezone.now())
        assert not OrmQ.objects.exists()
        BulkRetry.objects.update(touched_at=timezone.now() - A_MINUTE_AGO)
        bulk.go_on(now=timezone.now())
        bulk.go_on(now=timezone.now())

    assert [task.task["args"] for task in OrmQ.objects.all()] == [(one.pk,)]


# --- Stop --------------------------------------------------------------------------------------


def test_stopped_midway_the_rest_stays_failed(ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    failed(6)
    one = begin(ben)
    bulk.queue_chunk(one.pk)

    bulk.stop(one.pk, ben, Deadline(30))
    run(one)

    assert statuses() == {"failed": 6}
    assert (one.state, one.queued, one.returned) == ("stopped", 2, 2)
    assert one.stopped_by == ben
    assert totals().leads["failed"] == totals().received == 6


def test_what_is_taken_back_is_as_it_was(ben: User) -> None:
    [pk] = failed(1, reason="too_long", reason_field="Street", reason_text="too long")
    before = Lead.objects.get(pk=pk)
    one = run(begin(ben))

    bulk.stop(one.pk, ben, Deadline(30))

    after = Lead.objects.get(pk=pk)
    for name in ("status", "failed_at", "reason", "reason_field", "reason_text", "due_at"):
        assert getattr(after, name) == getattr(before, name)


def test_what_was_claimed_before_the_stop_goes_its_way(ben: User, site: Site) -> None:
    failed(3)
    one = run(begin(ben))
    batch = claim(site.destination, 1, 0.0)
    assert batch is not None

    bulk.stop(one.pk, ben, Deadline(30))

    assert statuses() == {"failed": 2, "sending": 1}
    assert Lead.objects.get(status="sending").pk == batch.leads[0].pk


def test_what_was_tried_and_waits_for_its_next_try_goes_its_way(ben: User) -> None:
    failed(1)
    one = run(begin(ben))
    Lead.objects.update(due_at=timezone.now() + A_MINUTE_AGO, reason="not_reached")

    bulk.stop(one.pk, ben, Deadline(30))

    assert statuses() == {"queued": 1}


def test_a_stop_without_time_is_finished_by_a_worker(
    ben: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    failed(2)
    one = run(begin(ben))

    with django_capture_on_commit_callbacks(execute=True):
        assert bulk.stop(one.pk, ben, Deadline(0)) is True
    assert statuses() == {"queued": 2}
    assert [task.task["args"] for task in OrmQ.objects.all()] == [(one.pk,)]

    run(one)
    assert statuses() == {"failed": 2}


def test_what_was_stopped_can_be_started_again(ben: User) -> None:
    failed(2)
    bulk.stop(run(begin(ben)).pk, ben, Deadline(30))

    assert run(begin(ben)).queued == 2


def test_what_is_over_cannot_be_stopped(ben: User) -> None:
    failed(1)
    one = run(begin(ben))
    BulkRetry.objects.update(state="done", ended_at=timezone.now())

    assert bulk.stop(one.pk, ben, Deadline(30)) is False
    assert statuses() == {"queued": 1}


def test_a_lead_that_was_retried_alone_since_is_not_taken_back(ben: User) -> None:
    [pk] = failed(1)
    one = run(begin(ben))
    Lead.objects.update(due_at=timezone.now() + A_MINUTE_AGO)
    retry.retry(Lead.objects.filter(pk=pk), ben)

    bulk.stop(one.pk, ben, Deadline(30))

    assert statuses() == {"queued": 1}


def test_its_filter_names_nobody(ben: User) -> None:
    make_lead()
    one = begin(ben, reason="refused", nonsense="Ana", span="24h")

    assert set(one.filter) == {"version", "reason", "span"}
    assert one.filter["span"].startswith("since-")


# --- A filter that is not understood any more -----------------------------------------------------

RENAMED: list[Any] = [
    *({"version": 1, "reason": "renamed"}, {"version": 2, "reason": "too_long"}, {}, [], "x"),
    *({"version": 1, "reason": "too_long", "cause": "x"}, {"reason": "too_long"}, {"version": 1.0}),
]


@pytest.mark.parametrize("stored", RENAMED)
def test_it_queues_nothing_and_stops_with_the_reason(ben: User, stored: Any) -> None:
    failed(3, reason="too_long")
    one = begin(ben, reason="too_long")
    BulkRetry.objects.update(filter=stored)

    one = run(one)

    assert statuses() == {"failed": 3}
    assert (one.state, one.queued, one.stopped_by) == ("stopped", 0, None)
    assert one.ended_at is not None
    assert one.wanted.refused
    assert one.filter["not_understood"] == one.wanted.refused


def test_the_reason_is_read_on_its_page(ben: User) -> None:
    failed(1)
    one = begin(ben)
    BulkRetry.objects.update(filter={"version": 1, "reason": "renamed"})
    run(one)

    client = client_of(make_user("boss", is_superuser=True))
    page = client.get(f"/admin/leads/bulkretry/{one.pk}/change/").content.decode()
    state = client.get(f"/admin/leads/bulkretry/{one.pk}/state.json").json()

    for html in (page, state["html"]):
        assert "“reason=renamed” is not understood" in html
        assert "Stopped by itself" in html
    assert "The table, narrowed like this" not in page


def test_it_is_shown_done_the_second_its_last_answer_is_in(ben: User) -> None:
    failed(2)
    one = run(begin(ben))
    boss = client_of(make_user("boss", is_superuser=True))
    address = f"/admin/leads/bulkretry/{one.pk}/state.json"
    assert boss.get(address).json()["active"] is True
    answered = timezone.now() + timedelta(seconds=102)

    Lead.objects.update(status="delivered", zoho_id="1", due_at=None, settled_at=answered)
    BulkRetry.objects.update(created_at=answered - timedelta(seconds=102))

    state = boss.get(address).json()
    assert (state["active"], state["percent"]) == (False, 100)
    assert "after 1 min 42 s" in state["html"]
    page = boss.get(f"/admin/leads/bulkretry/{one.pk}/change/").content.decode()
    assert "Stop</button>" not in page
    assert BulkRetry.objects.get().state == "running"  # who looks changes nothing
    bulk.go_on(timezone.now() + timedelta(minutes=5))
    assert (BulkRetry.objects.get().state, BulkRetry.objects.get().ended_at) == ("done", answered)


def test_what_it_had_queued_before_the_upgrade_comes_back(
    ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    failed(4)
    one = begin(ben)
    bulk.queue_chunk(one.pk)
    BulkRetry.objects.update(filter={"version": 9})

    one = run(one)

    assert (one.queued, one.returned, statuses()) == (2, 2, {"failed": 4})
    assert one.walked_at is not None


def test_what_is_not_understood_does_not_begin(ben: User) -> None:
    failed(1)

    with pytest.raises(NotUnderstood, match="reason"):
        bulk.start(LeadFilter.parse({"reason": "tooo_long"}), ben)

    assert not BulkRetry.objects.exists()


# --- Many at once, by the columns that tell ------------------------------------------------------


def test_the_newest_correction_is_judged(ben: User) -> None:
    [mended] = failed(1, data={"email": "a@example.com"}, revision=2)
    Revision.objects.create(lead_id=mended, number=1, data={})
    Revision.objects.create(lead_id=mended, number=2, data={"contact_name": "Ana"})
    [spoilt] = failed(1, revision=1)
    Revision.objects.create(lead_id=spoilt, number=1, data={})

    one = run(begin(ben))

    assert (one.queued, one.held) == (1, 1)
    assert list(Lead.objects.failed().values_list("pk", "reason")) == [(spoilt, "missing_field")]


def test_whoever_retries_unknown_outcomes_has_looked_in_zoho(ben: User) -> None:
    [unknown] = failed(1, reason="outcome_unknown", maybe_landed=True, landed_revision=0)
    [other] = failed(1, reason="too_long", maybe_landed=True, landed_revision=0)

    run(begin(ben))

    landed = Lead.objects.in_bulk()
    assert (landed[unknown].maybe_landed, landed[unknown].landed_revision) == (False, None)
    assert (landed[other].maybe_landed, landed[other].landed_revision) == (True, 0)


def test_each_begins_anew(ben: User) -> None:
    failed(1, attempts=8, deaths=2, batch_limit=1, in_the_way="61000", update_existing=True)

    run(begin(ben))

    [lead] = Lead.objects.all()
    assert (lead.attempts, lead.deaths, lead.batch_limit) == (0, 0, 100)
    assert not lead.update_existing


def test_test_leads_stay_out_of_the_figures(ben: User) -> None:
    failed(1, is_test=True)
    failed(1)

    assert run(begin(ben)).queued == 2
    assert totals().leads["queued"] == totals().received == 1


def test_those_that_are_held_have_an_attempt_and_an_event_more(ben: User) -> None:
    failed(2, data={"email": "nameless@example.com"}, reason="missing_field")

    assert run(begin(ben)).held == 2

    assert ApiLog.objects.filter(response_code=13002, reason="missing_field").count() == 2
    assert LeadEvent.objects.count() == 2


def test_each_that_is_held_says_what_is_in_its_way_now(ben: User) -> None:
    Preferences(refuse_duplicate_emails=True).save()
    sent = {name: make_lead(email=f"{name}@example.com", status="delivered") for name in ("a", "b")}
    for name in sent:
        data = {"contact_name": name, "email": f"{name}@example.com"}
        failed(1, data=data, email=data["email"], reason="too_long", reason_text="cut it")

    one = run(begin(ben))

    held = Lead.objects.failed().order_by("pk").values_list("reason", "reason_text", "bulk")
    texts = [f"Same e-mail as lead {lead.pk}" for lead in sent.values()]
    assert list(held) == [("duplicate_email", text, one.pk) for text in texts]
    logged = ApiLog.objects.order_by("pk").values_list("reason_text", flat=True)
    assert list(logged) == texts
    assert totals().leads == totals().leads | {"failed": 2, "delivered": 2}
    assert (totals().held, totals().attempts[13002]) == (2, 0)


def test_what_is_held_is_news_at_the_top_of_the_table(ben: User) -> None:
    [lead] = failed(1, data={"email": "nameless@example.com"}, reason="too_long")
    before = Lead.objects.get(pk=lead).failed_at

    one = run(begin(ben))

    after = Lead.objects.get(pk=lead)
    assert before
    assert after.failed_at
    assert after.settled_at == after.failed_at > before
    assert (after.reason, after.reason_field, one.held) == ("missing_field", "contact_name", 1)


def test_many_that_are_held_take_as_few_statements_as_one(ben: User) -> None:
    def statements(reason: str) -> int:
        one = begin(ben, reason=reason)
        with CaptureQueriesContext(connection) as captured:
            run(one)
        return len(captured)

    failed(1, data={}, reason="invalid_value")
    failed(1, data={}, reason="too_long")
    failed(9, data={}, reason="refused")
    statements("invalid_value")  # with what is asked once in a process

    assert statements("refused") == statements("too_long")
