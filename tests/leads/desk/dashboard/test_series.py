"""Hours, days and months of the chosen time zone, across clock changes."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.counters import read
from leads.counters.compaction import fold
from leads.counters.read import Split
from leads.desk.dashboard import series
from leads.models import CounterDelta, Site

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


@contextmanager
def zone(name: str) -> Iterator[None]:
    """Times are shown in this zone."""
    with timezone.override(zoneinfo.ZoneInfo(name)):
        yield


def lengths(axis: series.Axis) -> list[float]:
    """The hours of each bar."""
    return [(end - start) / HOUR for start, end in pairwise(axis.bounds)]


@pytest.mark.parametrize(
    ("name", "noon", "expected"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
        ("Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
        ("America/Santiago", datetime(2026, 9, 6, 12, tzinfo=UTC), 23),  # no midnight that day
        ("America/Santiago", datetime(2026, 4, 4, 20, tzinfo=UTC), 25),
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 2, tzinfo=UTC), 24.5),
        ("UTC", datetime(2026, 3, 29, 12, tzinfo=UTC), 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(name: str, noon: datetime, expected: float) -> None:
    with zone(name):
        assert lengths(series.days(noon, 1)) == [expected]


def test_the_hour_that_comes_twice_is_two_bars_with_two_names() -> None:
    with zone("Europe/Berlin"):
        axis = series.hours(datetime(2026, 10, 25, 4, 30, tzinfo=UTC), 6)
        labels = [bar.label for bar in axis.bars([Split()] * 6)]

    assert lengths(axis) == [1] * 6
    assert labels == [
        "Sun 01:00", "Sun 02:00 CEST", "Sun 02:00 CET", "Sun 03:00", "Sun 04:00", "Sun 05:00",
    ]  # fmt: skip


def test_the_hour_that_is_skipped_has_no_bar() -> None:
    with zone("Europe/Berlin"):
        axis = series.hours(datetime(2026, 3, 29, 2, 30, tzinfo=UTC), 4)
        labels = [bar.label for bar in axis.bars([Split()] * 4)]

    assert labels == ["Sun 00:00", "Sun 01:00", "Sun 03:00", "Sun 04:00"]


def test_hours_begin_where_the_zone_says() -> None:
    with zone("Asia/Kathmandu"):  # 5:45 ahead
        axis = series.hours(datetime(2026, 5, 1, 12, 0, tzinfo=UTC), 1)

    assert axis.bounds[0] == datetime(2026, 5, 1, 11, 15, tzinfo=UTC)


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "unit", "bars", "label"),
    [
        (None, "day", 30, "24 Oct"),
        (NOW, "day", 1, "22 Nov"),
        (NOW - timedelta(days=91), "day", 92, "23 Aug"),
        (NOW - timedelta(days=92), "month", 4, "Aug 2026"),
        (datetime(2018, 7, 13, tzinfo=UTC), "month", 101, "Jul 2018"),
    ],
)
def test_all_time_is_drawn_by_day_and_then_by_month(
    first: datetime | None, unit: str, bars: int, label: str
) -> None:
    axis = series.all_time(NOW, first)

    drawn = axis.bars([Split()] * (len(axis.bounds) - 1))
    assert (axis.unit, len(drawn), drawn[0].label) == (unit, bars, label)
    assert axis.bounds[-1] > NOW


ZONES = ["UTC", "Europe/Berlin", "America/Santiago", "Asia/Kolkata", "Asia/Kathmandu"]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(sorted(series.RANGES)),
    st.integers(0, 4 * 24 * 400).map(lambda n: NOW - n * QUARTER),
)
def test_bars_follow_each_other_and_end_after_now(name: str, span: str, now: datetime) -> None:
    with zone(name):
        axis = series.axis(span, now, now - timedelta(days=200))

    assert list(axis.bounds) == sorted(set(axis.bounds))
    assert axis.bounds[-2] <= now < axis.bounds[-1]
    for moment in axis.bounds:
        assert moment.astimezone(UTC).minute % 15 == 0


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("folded", [False, True])
def test_each_attempt_is_in_the_bar_of_its_local_day(site: Site, name: str, folded: bool) -> None:
    """A year of quarter hours around both clock changes, against a count with the calendar."""
    start = datetime(2026, 3, 20, tzinfo=UTC)
    quarters = [start + 3 * n * QUARTER for n in range(32 * 24)]
    CounterDelta.objects.bulk_create(
        CounterDelta(site=site, kind="attempt", outcome="13003", quarter=quarter, amount=1)
        for quarter in quarters
    )
    if folded:
        fold()
    with zone(name):
        axis = series.days(quarters[-1], 30)
        drawn = axis.bars(read.read(axis.bounds).bars)
        expected = {
            bar.label: sum(f"{timezone.localtime(q):%-d %b}" == bar.label for q in quarters)
            for bar in drawn
        }

    assert {bar.label: bar.inserted for bar in drawn} == expected
