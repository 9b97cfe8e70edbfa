"""Figures that always add up."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.utils import timezone as djangos
from hypothesis import given
from hypothesis import strategies as st

from leads.clock import Deadline
from leads.counters import compaction
from leads.counters.compaction import fold
from leads.counters.deltas import Totals, as_json, quarter_of, rate, totals
from leads.decisions.retry import retry
from leads.models import CounterDelta, Lead, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_lead, make_log
from tests.leads.recount import counted

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
        assert seen.success_rate is not None
        assert seen.failure_rate is not None
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
        "held": 0,
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


# --- What moves on (`test_apply` has every way) ------------------------------------------------

NOBODY = AnonymousUser()


def test_a_reason_of_the_past_is_counted_out_when_the_lead_moves_on(site: Site) -> None:
    lead = make_failed_lead(site=site, reason=Reason.TOO_LONG)

    retry(Lead.objects.filter(pk=lead.pk), NOBODY)

    lead.refresh_from_db()
    key = (site.pk, quarter_of(lead.received_at), "queued", lead.reason)
    assert counted("lead") == Counter({key: 1})
