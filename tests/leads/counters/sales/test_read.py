"""Sales as they are read: lines add up to the whole, and amounts by currency."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.apply import Move, apply
from leads.counters import breakdown
from leads.counters.attribution import BETWEEN
from leads.counters.compaction import fold
from leads.counters.sales.read import Amount, Sales, Sold, sales
from leads.counters.spans import Counts, Span, total_of
from leads.models import CounterRollup, CrmRecord, Lead, SalesCounter, Site
from leads.models.transitions import discarded
from leads.privacy.erase import erase
from tests.factories import make_lead, make_site
from tests.leads.counters.sales.test_record import PLAIN, converted, deal, delivered, see

pytestmark = pytest.mark.django_db
EUR, USD = "EUR", "USD"


def read(dimension: str = "campaign", sites: list[int] | None = None, days: int = 0) -> Sales:
    now = timezone.now()
    return sales(Span.of(now - timedelta(days=days) if days else None, now), dimension, sites)


def shown(found: Sales) -> list[tuple[Any, ...]]:
    lines = [*found.lines, *found.rest]
    return [
        (x.name, x.leads.received, x.leads.delivered, x.sold.converted, x.sold.won) for x in lines
    ]


@pytest.fixture
def spring(db: None) -> list[Lead]:
    """Three leads of a campaign, of which one sold for euros and one for dollars."""
    leads = [delivered() for _ in range(3)]
    see(leads[0], converted(deal(1_500)))
    see(leads[1], converted(deal(2_000, USD), "7001"))
    make_lead(status="failed", reason="too_long", attribution=PLAIN)
    see(delivered(PLAIN), converted())
    return leads


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("days", [0, 1, 30])
def test_campaigns_stand_by_what_they_sold(spring: list[Lead], folded: bool, days: int) -> None:
    if folded:
        fold()

    found = read(days=days)

    assert shown(found) == [("spring", 3, 3, 2, 2), ("no campaign", 2, 1, 1, 0)]
    assert found.lines[0].sold.amounts == {EUR: Amount(1, 1_500), USD: Amount(1, 2_000)}
    assert found.total.sold == Sold(3, {EUR: Amount(1, 1_500), USD: Amount(1, 2_000)})
    assert (found.total.leads.received, found.total.leads.delivered) == (5, 4)


@pytest.mark.parametrize("dimension", ["campaign", "source", "crossed", "site"])
def test_lines_add_up_to_the_whole(
    spring: list[Lead], dimension: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.counters.spans.MOST", 1)
    monkeypatch.setattr("leads.counters.sales.read.MOST", 1)
    see(delivered("", site=make_site()), converted(deal(5), "7009"))
    fold()

    found = read(dimension)

    lines = [*found.lines, *found.rest]
    assert total_of(line.leads for line in lines) == found.total.leads
    assert sum((line.sold for line in lines), Sold()) == found.total.sold


@pytest.mark.parametrize("folded", [False, True])
def test_source_and_campaign_stand_crossed(spring: list[Lead], folded: bool) -> None:
    tool = BETWEEN.join(("webhook", "spring", "a.example"))
    see(delivered(tool), converted(deal(3_000), "7011"))
    delivered(tool)
    if folded:
        fold()

    found = read("crossed")

    assert shown(found) == [
        ("API · spring", 3, 3, 2, 2),
        ("webhook address · spring", 2, 2, 1, 1),
        ("API · no campaign", 2, 1, 1, 0),
    ]
    assert found.lines[1].sold.amounts == {EUR: Amount(1, 3_000)}


def test_leads_of_before_it_was_counted_stand_apart_and_move_nothing(
    spring: list[Lead], site: Site
) -> None:
    """Of a version of before: its folds are found, and counting begins with the next day."""
    fold()
    CounterRollup.objects.filter(grain="crossed").delete()
    now = timezone.now()

    assert breakdown.mend(now)
    see(spring[2], converted(deal(5), "7012"))
    apply([Move(spring[2], discarded(now))])
    late = delivered(received_at=now + timedelta(days=1))
    see(late, converted(deal(9), "7013"))
    fold()

    found = sales(Span(None, now + timedelta(days=2)), "crossed")
    assert shown(found)[0] == ("API · spring", 1, 1, 1, 1)
    assert shown(found)[1][0].startswith("before ")
    assert not breakdown.mend(now)
    assert total_of(x.leads for x in [*found.lines, *found.rest]) == found.total.leads


def test_a_campaign_that_sold_is_shown_among_hundreds_that_failed(
    spring: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.counters.spans.MOST", 1)

    found = read()

    assert [line.name for line in found.lines] == ["spring", "no campaign"]


def test_figures_outlive_the_leads_and_their_records(spring: list[Lead]) -> None:
    fold()
    before = read()

    erase(Lead.objects.all())
    CrmRecord.objects.all().delete()
    fold()

    assert read().total.sold == before.total.sold
    kept = [(x.name, x.leads.received, x.leads.delivered, x.sold) for x in read().lines]
    assert kept == [(x.name, x.leads.received, x.leads.delivered, x.sold) for x in before.lines]


def test_a_limited_account_reads_its_own_sites_alone(spring: list[Lead]) -> None:
    mine = make_site()
    see(delivered(site=mine), converted(deal(7), "7010"))

    assert read(sites=[mine.pk]).total.sold == Sold(1, {EUR: Amount(1, 7)})
    assert read(sites=[]).total.sold == Sold()
    assert read(sites=[]).total.leads == Counts()


def test_what_no_page_asks_for_goes_and_all_time_stays(spring: list[Lead], site: Site) -> None:
    SalesCounter.objects.over(timezone.now() + timedelta(days=401)).delete()

    assert set(SalesCounter.objects.values_list("grain", flat=True)) == {"all"}
    assert read().total.sold.won == 2
