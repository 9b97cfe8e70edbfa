"""Leads by day and site: from sums where an hour is over, from the figures where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from leads.counters.compaction import fold
from leads.counters.read import down
from leads.counters.volume import HISTORY, LATE, by_day, roll_up, summed_until
from leads.delivery.sweep import sweep
from leads.desk.dashboard import series
from leads.models import CounterDelta, CounterRollup, Site
from tests.factories import make_site

NOW = datetime(2026, 3, 20, 13, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)


def came_in(site: Site, moment: datetime, amount: int = 1, **values: Any) -> None:
    """Count leads that came in within a quarter hour."""
    defaults: dict[str, Any] = {"kind": "lead", "outcome": "delivered"}
    CounterDelta.objects.create(site=site, quarter=moment, amount=amount, **defaults | values)


def days(now: datetime = NOW, number: int = 3) -> Sequence[datetime]:
    return series.days(now, number).bounds


@pytest.fixture
def busy(site: Site) -> Site:
    """A site with a lead in every hour of the last three days, and two in the odd ones."""
    for hours in range(72):
        came_in(site, NOW.replace(minute=15) - hours * HOUR, 1 + hours % 2)
    return site


ZONES = ("UTC", "Europe/Copenhagen", "America/St_Johns", "Asia/Kathmandu", "Pacific/Auckland")


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("folds", [True, False])
def test_with_sums_and_without_the_days_are_the_same(busy: Site, name: str, folds: bool) -> None:
    other = make_site()
    came_in(other, NOW - 30 * HOUR, 7, outcome="failed", reason="too_long")
    if folds:
        fold()
    with timezone.override(ZoneInfo(name)):
        before = by_day([busy.pk, other.pk], days())
        roll_up(NOW)
        after = by_day([busy.pk, other.pk], days())

    assert before == after
    assert sum(before[busy.pk]) > 70
    assert sum(before[other.pk]) == 7


def test_what_comes_in_after_the_last_sum_is_counted_at_once(busy: Site) -> None:
    roll_up(NOW)
    before = by_day([busy.pk], days())[busy.pk]

    came_in(busy, NOW.replace(minute=30), 5)

    assert by_day([busy.pk], days())[busy.pk] == [*before[:-1], before[-1] + 5]


def test_what_becomes_of_a_lead_later_changes_no_sum(busy: Site) -> None:
    roll_up(NOW)
    before = by_day([busy.pk], days())
    for outcome, amount in (("delivered", -1), ("failed", 1)):
        came_in(busy, NOW - 20 * HOUR, amount, outcome=outcome)

    assert by_day([busy.pk], days()) == before
    roll_up(NOW + HOUR)
    assert by_day([busy.pk], days()) == before


def test_an_hour_is_summed_once_its_last_lead_must_be_on_disk(busy: Site) -> None:
    roll_up(NOW.replace(minute=14))
    assert summed_until() == NOW.replace(hour=12, minute=0)

    assert roll_up(NOW.replace(minute=15)) > 0
    assert summed_until() == NOW.replace(minute=0)
    assert roll_up(NOW) == 0


def test_after_days_without_a_worker_everything_is_summed(site: Site) -> None:
    roll_up(NOW - timedelta(days=3))
    for hours in range(72):
        came_in(site, NOW.replace(minute=0) - hours * HOUR)
    before = by_day([site.pk], days(number=5))

    roll_up(NOW)

    assert by_day([site.pk], days(number=5)) == before
    whole = CounterRollup.objects.filter(grain="day", kind="lead", site_pk=site.pk)
    assert list(whole.order_by("start").values_list("amount", flat=True)) == [10, 24, 24]


def test_hour_by_hour_as_the_sweep_does_it_the_days_are_whole(busy: Site) -> None:
    before = by_day([busy.pk], days())
    for hours in range(40, -1, -1):
        roll_up(NOW - hours * HOUR)

    assert by_day([busy.pk], days()) == before
    yesterday = NOW.replace(hour=0, minute=0) - 24 * HOUR
    assert CounterRollup.objects.get(grain="day", site_pk=busy.pk, start=yesterday).amount == 36


def test_a_day_of_which_a_sum_was_made_early_is_put_right(site: Site) -> None:
    came_in(site, NOW - 2 * HOUR)
    roll_up(NOW - HOUR)
    came_in(site, NOW - 2 * HOUR)

    roll_up(NOW)

    assert by_day([site.pk], days())[site.pk][-1] == 2


def test_the_first_sums_go_back_a_month_and_no_further(site: Site) -> None:
    came_in(site, NOW - HISTORY + HOUR)
    came_in(site, NOW - HISTORY - timedelta(days=2))

    roll_up(NOW)

    assert CounterRollup.objects.filter(grain="hour", site_pk=site.pk).count() == 1


def test_no_site_is_no_line(db: None) -> None:
    roll_up(NOW)

    assert by_day([], days()) == {}


def test_figures_of_hours_that_are_summed_are_not_read(busy: Site) -> None:
    roll_up(NOW)
    before = by_day([busy.pk], days())

    CounterDelta.objects.filter(quarter__lt=NOW - HOUR).delete()

    assert by_day([busy.pk], days()) == before


def test_the_sweep_sums_what_is_over(db: None) -> None:
    sweep()

    assert summed_until() == down(timezone.now() - LATE, HOUR)
