"""A span beside the one before: as long, at the same time of day, in figures and in words."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from leads.counters import figures
from leads.counters.spans import Span
from leads.desk.dashboard import charts, ranges, series
from leads.models import Site
from tests.factories import make_failed_lead, make_lead, make_site

NOW = datetime(2026, 11, 2, 9, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "zone", "since", "past"),
    [
        ("24h", "UTC", "2026-11-01 10", ("2026-10-31 10", "2026-11-01 09")),
        ("7d", "UTC", "2026-10-26 10", ("2026-10-19 10", "2026-10-26 09")),
        ("30d", "UTC", "2026-10-04 00", ("2026-09-04 00", "2026-10-03 09")),
        # The clock went back on the first of November: midnight before was at four.
        ("30d", "America/Toronto", "2026-10-04 04", ("2026-09-04 04", "2026-10-03 08")),
        ("90d", "Europe/Berlin", "2026-08-04 22", ("2026-05-06 22", "2026-08-04 08")),
    ],
)
def test_the_span_before_is_as_long_and_ends_at_the_same_time_of_day(
    name: str, zone: str, since: str, past: tuple[str, str]
) -> None:
    with timezone.override(ZoneInfo(zone)):
        now, before = ranges.spans(name, NOW)

    assert before
    assert before.since
    assert f"{now.since:%Y-%m-%d %H}" == since
    assert (f"{before.since:%Y-%m-%d %H}", f"{before.until:%Y-%m-%d %H}") == past


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"])
@pytest.mark.parametrize("name", series.RANGES)
def test_no_span_overlaps_the_one_before_or_is_empty(name: str, zone: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        for minutes in range(0, 24 * 60, 25):
            now, before = ranges.spans(name, NOW + timedelta(minutes=minutes))
            if before and now.since and before.since:
                assert before.since < before.until <= now.since < now.until


def test_all_time_has_none_before() -> None:
    assert ranges.spans("all", NOW) == (Span(None, NOW.replace(hour=10, minute=0)), None)


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (12, 10, "▲ 20% more"),
        (10, 12, "▼ 17% fewer"),
        (5, 0, "▲ 5 more"),
        (0, 0, "= as before"),
        (0, 3, "▼ 100% fewer"),
        (1001, 1000, "▲ under 1% more"),
    ],
)
def test_a_number_is_compared_in_words(now: int, before: int, said: str) -> None:
    told = figures.Difference.of_counts(now, before)

    assert f"{told.sign} {told.words}" == said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ("99.5", "98.0", "▲ 1.5 points higher, better"),
        ("98.0", "99.5", "▼ 1.5 points lower, worse"),
        ("98.001", "98.0", "= as before"),
    ],
)
def test_a_rate_is_compared_in_points(now: str, before: str, said: str) -> None:
    told = figures.Difference.of_rates(Decimal(now), Decimal(before))

    assert told
    assert f"{told.sign} {told.words}" == said


@pytest.mark.parametrize(
    ("value", "shown"),
    [("100", "100.0%"), ("99.999", "99.9%"), ("0.001", "0.1%"), ("0", "0.0%"), ("97.25", "97.2%")],
)
def test_a_share_is_whole_only_where_nothing_is_missing(value: str, shown: str) -> None:
    assert figures.share(Decimal(value)) == shown


def test_this_week_stands_beside_the_last_without_a_click(viewer: Client, site: Site) -> None:
    for days in (3, 10, 11):
        make_lead(status="delivered", received_at=timezone.now() - timedelta(days=days))

    page = viewer.get("/admin/").content.decode()

    assert 'data-tile="received">1<' in page
    assert "50% fewer" in page


def test_every_lead_is_accounted_for_and_held_ones_are_in_no_rate(
    viewer: Client, site: Site
) -> None:
    for reason in ("quarantined", "quarantined", "missing_field"):
        make_failed_lead(reason=reason)
    make_lead(status="delivered")
    yesterday = timezone.now() - timedelta(hours=30)
    make_lead(status="delivered", received_at=yesterday)

    told = viewer.get("/admin/stats.json?range=24h").json()["fragments"]["figures"]

    assert "4 received: 1 in Zoho, 1 held by a rule, 2 looked like spam." in " ".join(told.split())
    assert "Unaccounted: 0" in told
    assert 'data-tile="outcome">100.0%<' in told
    assert "300% more" in told


@pytest.mark.parametrize(
    ("counts", "top"),
    [
        ([], 1),
        ([0, 0], 1),
        ([3, 4, 5], 5),
        ([4] * 20 + [1000], 5),
        ([4] * 20 + [12], 12),
        ([1000], 1000),
    ],
)
def test_a_spike_does_not_flatten_the_others(counts: list[int], top: int) -> None:
    assert charts.top_of(counts) == top


def test_a_spike_is_cut_off_and_said() -> None:
    at = NOW
    bars = [series.Bar(f"h{n}", at, at, 1000 if n == 7 else 4, 0) for n in range(24)]

    drawn = " ".join(str(charts.draw("t", bars)).split())

    assert "The scale ends at 5. Higher: h7: 1,000 arrived, 0 not arrived" in drawn
    assert ">5</text>" in drawn


def test_the_csv_holds_every_line_and_its_sums_are_the_whole(boss: Client, site: Site) -> None:
    make_failed_lead(reason="too_long")
    make_lead(site=make_site(name="=1+1"), status="delivered")

    answer = boss.get("/admin/dashboard.csv?range=7d")

    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    sums = {
        by: sum(int(row["received"]) for row in rows if row["by"] == by)
        for by in ("all", "site", "reason", "source", "campaign", "page")
    }
    assert set(sums.values()) == {2}
    assert "'=1+1" in [row["value"] for row in rows]
    assert "no-store" in answer["Cache-Control"]
