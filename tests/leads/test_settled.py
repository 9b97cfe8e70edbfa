"""Who settles leads says so once, in their transaction; where no site has endpoints, for free."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.apply import Move, apply
from leads.clock import Deadline, database_now
from leads.decisions import retry, settle
from leads.decisions.bulk import run
from leads.decisions.undo import undo, undoable
from leads.delivery.claim import claim
from leads.delivery.finish import finish
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.delivery.reclaim import reclaim
from leads.intake.files.prepared import Layout
from leads.intake.files.rows import Row
from leads.intake.files.store import store
from leads.intake.receive import Origin, receive
from leads.models import Lead, Site
from leads.models.transitions import put_off
from leads.privacy.erase import erase
from leads.reasons import Reason
from leads.selection import LeadFilter
from leads.signals import leads_settled
from tests.factories import make_failed_lead, make_lead, make_site, make_submission, make_user

pytestmark = pytest.mark.django_db

Told = list[tuple[int, str]]


@pytest.fixture
def site() -> Site:
    return make_site(has_endpoints=True)


@contextmanager
def listening() -> Iterator[Told]:
    """What is said meanwhile: leads, and what they became."""
    told: Told = []

    def hear(moves: Any, **_signal: Any) -> None:
        told.extend((move.lead.pk, str(move.change["status"])) for move in moves)

    leads_settled.connect(hear)
    try:
        yield told
    finally:
        leads_settled.disconnect(hear)


def everybody() -> Any:
    return Lead.objects.all()


def arrives_held(site: Site) -> None:
    receive(make_submission(email="a@example.com"), site, Origin())


def is_imported_without_a_name(site: Site) -> None:
    rows = [Row(2, {"Email": "a@example.com", "City": "Bonn"})]
    store([Layout(site, {}).prepared(row) for row in rows], site.pk)


def is_delivered(_site: Site) -> None:
    batch = sent()
    finish(batch, [Outcome(Verdict.STORED, zoho_id="57")], 0.5)


def is_refused(_site: Site) -> None:
    batch = sent()
    finish(batch, [Outcome(Verdict.REFUSED, reason=Reason.TOO_LONG)], 0.5)


def waits_for_zoho(_site: Site) -> None:
    batch = sent()
    finish(batch, [Outcome(Verdict.NOT_SENT, reason=Reason.NO_ANSWER)], 0.5)


def loses_its_worker(_site: Site) -> None:
    sent()
    Lead.objects.update(due_at=database_now() - timedelta(seconds=1), deaths=2)
    reclaim()


def is_entered(_site: Site) -> None:
    settle.enter(everybody(), make_user())


def is_discarded(_site: Site) -> None:
    settle.discard(everybody(), make_user(), "spam")


def is_entered_and_taken_back(site: Site) -> None:
    is_entered(site)
    take_back()


def is_retried_and_taken_back(_site: Site) -> None:
    retry.retry(everybody(), make_user(), hold_for=timedelta(minutes=1))
    take_back()


def is_retried_in_bulk_and_stopped(_site: Site) -> None:
    user = make_user()
    bulk, _new = run.start(LeadFilter(), user)
    run.run(bulk.pk, Deadline(5))
    run.stop(bulk.pk, user, Deadline(5))


def is_erased(_site: Site) -> None:
    erase(everybody())


def sent() -> Batch:
    """The lead in the hands of a worker."""
    batch = claim(Lead.objects.get().destination, 1, 0.0)
    assert batch is not None
    return batch


def take_back() -> None:
    decision = undoable(Lead.objects.get(), database_now())
    assert decision is not None
    assert undo(decision, make_user())


Step = Callable[[Site], None]
STEPS: list[tuple[Step, str, list[str]]] = [
    (arrives_held, "", ["failed"]),
    (is_imported_without_a_name, "", ["failed"]),
    (is_delivered, "queued", ["delivered"]),
    (is_refused, "queued", ["failed"]),
    (waits_for_zoho, "queued", []),
    (loses_its_worker, "queued", ["failed"]),
    (is_entered, "failed", ["entered"]),
    (is_discarded, "queued", ["discarded"]),
    (is_entered_and_taken_back, "failed", ["entered", "failed"]),
    # It has failed before, and was told of then.
    (is_retried_and_taken_back, "failed", []),
    (is_retried_in_bulk_and_stopped, "failed", []),
    (is_erased, "failed", ["discarded"]),
    (is_erased, "delivered", []),
]
WHICH = [f"{step.__name__} {before}".strip() for step, before, _told in STEPS]


@pytest.mark.parametrize(("step", "before", "told"), STEPS, ids=WHICH)
def test_what_settles_a_lead_is_said_once(
    step: Step, before: str, told: list[str], site: Site
) -> None:
    if before:
        make_lead(site=site, status=before)

    with listening() as heard:
        step(site)

    lead = Lead.objects.get()
    assert heard == [(lead.pk, status) for status in told]


@pytest.mark.parametrize(("step", "before", "told"), STEPS, ids=WHICH)
def test_a_site_without_endpoints_says_nothing_and_asks_nothing(
    step: Step, before: str, told: list[str]
) -> None:
    site = make_site()
    if before:
        make_lead(site=site, status=before)

    with listening() as heard, CaptureQueriesContext(connection) as queries:
        step(site)

    # The column comes along with the site; nothing is asked for its sake.
    tables = ("notifications_endpoint", "notifications_message")
    asked = [sql for sql in (one["sql"] for one in queries) if any(name in sql for name in tables)]
    asked += [one["sql"] for one in queries if "has_endpoints" in one["sql"].partition("WHERE")[2]]
    assert (heard, asked) == ([], [])


def test_thousands_that_change_alike_are_said_in_one_piece(site: Site) -> None:
    leads = [make_failed_lead(site=site) for _number in range(7)]
    calls: list[int] = []

    def hear(moves: Any, **_signal: Any) -> None:
        calls.append(len(moves))

    leads_settled.connect(hear)
    try:
        settle.discard(Lead.objects.filter(pk__in=[lead.pk for lead in leads]), make_user(), "x")
    finally:
        leads_settled.disconnect(hear)

    assert calls == [7]


def test_leads_that_come_without_their_sites_are_asked_for_in_one_statement(site: Site) -> None:
    make_failed_lead(site=site)
    make_failed_lead(site=make_site())
    now = database_now()

    with listening() as heard, CaptureQueriesContext(connection) as queries:
        leads = list(everybody())
        apply([Move(lead, {"status": "discarded", "settled_at": now}) for lead in leads])

    assert [pk for pk, _status in heard] == [leads[0].pk]
    assert len([one for one in queries if 'FROM "leads_site"' in one["sql"]]) == 1


def test_what_only_waits_longer_is_no_news(site: Site) -> None:
    lead = make_lead(site=site)

    with listening() as heard:
        apply([Move(lead, put_off(database_now(), Reason.NO_ANSWER))])

    assert heard == []


@pytest.mark.parametrize("fault", ["raises", "breaks the transaction"])
def test_a_listener_that_fails_costs_no_lead(
    site: Site, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    lead = make_failed_lead(site=site)

    def fail(**_signal: Any) -> None:
        if fault == "raises":
            raise ValueError
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM leads_lead")

    leads_settled.connect(fail)
    try:
        settle.discard(Lead.objects.filter(pk=lead.pk), make_user(), "x")
    finally:
        leads_settled.disconnect(fail)

    lead.refresh_from_db()
    assert lead.status == "discarded"
    assert "1 settled leads were not told of" in caplog.text
