"""Figures that always add up."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone as djangos
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.clock import Deadline
from leads.counters import compaction
from leads.counters import read as counters
from leads.counters.compaction import fold
from leads.counters.deltas import Tally, Totals, as_json, leads_moved, quarter_of, rate, totals
from leads.decisions.retry import correct, discard, enter, retry, send_anyway
from leads.delivery.claim import claim
from leads.delivery.finish import finish
from leads.delivery.reclaim import recover
from leads.intake.receive import Origin, receive
from leads.models import ApiLog, CounterDelta, Destination, Lead, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_lead, make_log, make_submission
from tests.fakes import EVERY_OUTCOME

# --- Rates -----------------------------------------------------------------------------------


def figures(delivered: int, failed: int) -> Totals:
    leads = dict.fromkeys(Lead.Status.values, 0) | {"delivered": delivered, "failed": failed}
    return Totals(leads, {13003: delivered, 13002: failed})


def test_the_figures_of_the_documents() -> None:
    seen = figures(84_655, 237)

    assert (seen.sent, str(seen.success_rate), str(seen.failure_rate)) == (
        84_892,
        "99.721",
        "0.279",
    )


def test_one_failure_in_a_million_is_never_hidden() -> None:
    seen = figures(999_999, 1)

    assert (str(seen.success_rate), str(seen.failure_rate)) == ("99.999", "0.001")


def test_where_nothing_failed_it_is_all() -> None:
    assert (str(figures(7, 0).success_rate), str(figures(7, 0).failure_rate)) == (
        "100.000",
        "0.000",
    )


def test_of_nothing_there_is_no_rate() -> None:
    assert (rate(0, 0), figures(0, 0).success_rate, figures(0, 0).failure_rate) == (None,) * 3


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(1, 3, "33.333"), (2, 3, "66.667"), (1, 80_000, "0.001"), (1, 1_000_000, "0.000")],
)
def test_a_rate_has_three_decimals_rounded_half_up(part: int, whole: int, percent: str) -> None:
    assert str(rate(part, whole)) == percent


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_both_rates_are_a_hundred_together(delivered: int, failed: int) -> None:
    seen = figures(delivered, failed)

    if delivered + failed:
        assert seen.success_rate is not None and seen.failure_rate is not None
        assert seen.success_rate + seen.failure_rate == 100
        assert (seen.success_rate == 100) is (failed == 0)
        assert 0 <= seen.success_rate <= 100


def test_the_outcome_rate_is_of_settled_leads_only() -> None:
    leads = {"queued": 50, "sending": 3, "delivered": 3, "failed": 1, "entered": 0, "discarded": 0}

    seen = Totals(leads, {13003: 3, 13002: 9})

    assert (seen.received, seen.settled, seen.outcome_rate) == (57, 4, Decimal("75.000"))


@pytest.mark.parametrize(
    ("moment", "quarter"),
    [
        (datetime(2026, 3, 1, 10, 14, 59, 999, UTC), datetime(2026, 3, 1, 10, 0, tzinfo=UTC)),
        (datetime(2026, 3, 1, 10, 15, tzinfo=UTC), datetime(2026, 3, 1, 10, 15, tzinfo=UTC)),
        (
            datetime(2026, 3, 1, 1, 7, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            datetime(2026, 2, 28, 19, 15, tzinfo=UTC),
        ),
    ],
)
def test_a_quarter_hour_is_the_same_in_every_zone(moment: datetime, quarter: datetime) -> None:
    assert quarter_of(moment) == quarter


# --- leadstats -------------------------------------------------------------------------------


def leadstats() -> dict[str, Any]:
    out = StringIO()
    call_command("leadstats", "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_leadstats_of_nothing(db: None) -> None:
    shown = leadstats()

    assert shown["received"] == 0
    assert shown["attempts"] == {"13003": 0, "13002": 0}
    assert shown["success_rate"] is shown["failure_rate"] is None
    assert shown["first_lead_at"] is shown["first_api_log_id"] is None


def test_leadstats_has_all_that_was_promised(site: Site) -> None:
    make_lead(site=site, is_test=True)
    failed = make_failed_lead(site=site, received_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    first = make_log(failed)
    make_log(make_lead(site=site, status="delivered"), zoho_id="61000")

    assert leadstats() == {
        "received": 2,
        "queued": 0,
        "sending": 0,
        "delivered": 1,
        "failed": 1,
        "entered": 0,
        "discarded": 0,
        "attempts": {"13003": 1, "13002": 1},
        "success_rate": 50.0,
        "failure_rate": 50.0,
        "outcome_rate": 50.0,
        "first_lead_at": "2026-01-02T03:04:00+00:00",
        "first_api_log_id": first.pk,
    }


# --- Folding ---------------------------------------------------------------------------------


def test_folding_changes_no_sum(site: Site) -> None:
    for status in ("queued", "failed", "failed", "delivered"):
        make_lead(site=site, status=status)
    before = as_json()

    assert fold() == 4
    assert fold() == 0

    assert as_json() == before
    assert CounterDelta.objects.count() == 3
    assert not CounterDelta.objects.filter(folded=False).exists()


def test_later_changes_are_added_to_the_folded_sum(site: Site) -> None:
    moment = djangos.now()
    for _ in range(2):
        make_lead(site=site, received_at=moment)
        fold()

    assert CounterDelta.objects.get().amount == 2


def test_a_fold_takes_no_more_than_its_limit(site: Site) -> None:
    for _ in range(5):
        make_lead(site=site)

    assert fold(limit=3) == 3
    assert totals().received == 5


def test_folding_keeps_up_with_many_changes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "AT_ONCE", 2)
    monkeypatch.setattr(compaction, "fold", partial(fold, 2))
    for _ in range(5):
        make_lead(site=site)

    assert compaction.keep_up(Deadline(30)) == 5
    assert not CounterDelta.objects.filter(folded=False).exists()


def test_folding_ends_when_its_time_is_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "AT_ONCE", 2)
    monkeypatch.setattr(compaction, "fold", partial(fold, 2))
    for _ in range(5):
        make_lead(site=site)

    assert compaction.keep_up(Deadline(0)) == 2


@pytest.mark.django_db(transaction=True)
def test_folds_at_the_same_moment_keep_the_sums(site: Site, at_once: Any) -> None:
    for _ in range(30):
        make_lead(site=site)

    assert sum(at_once(*[lambda: fold(limit=10)] * 4)) <= 30
    assert totals().received == 30


# --- After whatever happened, figures are a recount of the rows ------------------------------

NOBODY = AnonymousUser()
OUTCOMES = st.lists(st.sampled_from(EVERY_OUTCOME), min_size=20, max_size=20)
STEPS = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(["good", "nameless", "same", "repeat"])),
    st.tuples(st.just("send"), OUTCOMES),
    st.tuples(st.just("refuse"), OUTCOMES),
    st.tuples(st.just("die"), st.booleans()),
    st.tuples(
        st.sampled_from(["retry", "send_anyway", "correct", "enter", "discard"]),
        st.integers(0, 5),
    ),
    st.tuples(st.just("fold"), st.none()),
)


def take(step: str, how: Any, site: Site) -> None:
    Lead.objects.filter(status="queued").update(due_at=djangos.now() - timedelta(seconds=1))
    oldest = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
    some = Lead.objects.filter(pk__in=oldest[how:] if isinstance(how, int) else [])
    match step:
        case "receive":
            post(how, site)
        case "send" | "refuse":
            limit = 20 if step == "send" else 2
            if batch := claim(Destination.objects.get(pk=site.destination_id), limit, 0.0):
                finish(batch, how[: len(batch.leads)], 0.5)
        case "die":
            Destination.objects.update(resend_is_safe=how)
            claim(Destination.objects.get(pk=site.destination_id), 3, 0.0)
            orphans = Lead.objects.filter(status="sending")
            orphans.update(due_at=djangos.now() - timedelta(seconds=1))
            recover()
        case "retry":
            retry(some, NOBODY)
        case "send_anyway":
            send_anyway(some, NOBODY)
        case "correct":
            for lead in some:
                correct(lead.pk, {"contact_name": "Bea", "email": lead.email}, NOBODY)
        case "enter":
            enter(some, NOBODY)
        case "discard":
            discard(some, NOBODY, "test")
        case "fold":
            fold()


def post(how: str, site: Site) -> None:
    site.refuses_duplicates = True
    number = Lead.objects.count()
    email = "same@example.com" if how == "same" else f"{number}@example.com"
    name = {} if how == "nameless" else {"contact_name": "Ana"}
    if how == "repeat":
        receive(make_submission(a="1"), site, Origin(idempotency_key="k"))
    else:
        receive(make_submission(email=email, **name), site, Origin())


def counted(kind: str) -> Counter[tuple[Any, ...]]:
    sums: Counter[tuple[Any, ...]] = Counter()
    for row in CounterDelta.objects.filter(kind=kind):
        sums[(row.site_id, row.quarter, row.outcome, row.reason)] += row.amount
    return Counter({key: number for key, number in sums.items() if number})


def recounted(kind: str) -> Counter[tuple[Any, ...]]:
    rows: QuerySet[Any, tuple[Any, ...]] = (
        Lead.objects.values_list("site_id", "received_at", "status", "reason")
        if kind == "lead"
        else ApiLog.objects.values_list("site_id", "created_at", "response_code", "reason")
    )
    return Counter((site, quarter_of(at), str(out), reason) for site, at, out, reason in rows)


def assert_the_counters_are_a_recount() -> None:
    """What pages read, from totals: all time, by site, and by span of time."""
    now = quarter_of(djangos.now())
    bounds = [now - timedelta(days=2), now - timedelta(minutes=45), now, now + timedelta(hours=1)]
    read = counters.read(bounds, sites=True)
    leads = Counter(Lead.objects.values_list("status", "reason"))
    attempts = Counter(ApiLog.objects.values_list("response_code", "reason"))
    expected = Counter({("lead", *key): n for key, n in leads.items()})
    expected.update({("attempt", str(code), reason): n for (code, reason), n in attempts.items()})
    assert Counter({key: n for key, n in read.counts.items() if n}) == expected
    for site, counts in read.sites.items():
        for status in Lead.Status.values:
            rows = Lead.objects.filter(site=site, status=status)
            assert counts["lead", status] == rows.count()
    for bar, (start, end) in zip(read.bars, pairwise(bounds), strict=True):
        logs = ApiLog.objects.filter(created_at__gte=start, created_at__lt=end)
        assert bar.inserted == logs.filter(response_code=13003).count()
        assert bar.failed == logs.filter(response_code=13002).count()


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, max_size=12))
def test_figures_are_a_recount_of_the_rows_whatever_happened(
    site: Site, steps: list[tuple[str, Any]]
) -> None:
    with transaction.atomic():
        for step, how in steps:
            take(step, how, site)
            assert counted("lead") == recounted("lead")
            assert counted("attempt") == recounted("attempt")
            assert_the_counters_are_a_recount()
        transaction.set_rollback(True)


def test_a_reason_of_the_past_is_counted_out_when_the_lead_moves_on(site: Site) -> None:
    lead = make_failed_lead(site=site, reason=Reason.TOO_LONG)

    retry(Lead.objects.filter(pk=lead.pk), NOBODY)

    lead.refresh_from_db()
    key = (site.pk, quarter_of(lead.received_at), "queued", lead.reason)
    assert counted("lead") == Counter({key: 1})


def test_many_that_move_alike_are_counted_as_one_by_one(site: Site) -> None:
    ten = datetime(2026, 3, 29, 10, tzinfo=UTC)
    after = (0, 14 * 60 + 59.999999, 15 * 60, 14 * 3600 - 1)
    moments = [ten + timedelta(seconds=seconds) for seconds in after]
    leads = [make_failed_lead(site=site, received_at=moment) for moment in moments]
    make_failed_lead(site=site, received_at=ten, is_test=True)
    CounterDelta.objects.all().delete()
    tally = Tally()
    for lead in leads:
        lead.status = "queued"
        tally.lead_moves(lead, "failed", lead.reason)
    keys = ("kind", "site", "quarter", "outcome", "reason")

    leads_moved(list(Lead.objects.values_list("pk", flat=True)), "failed", "queued")

    written = {row[:5]: row[5] for row in CounterDelta.objects.values_list(*keys, "amount")}
    assert written == dict(tally.changes)
