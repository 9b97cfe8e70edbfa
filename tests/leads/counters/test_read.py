"""All figures of a page at one instant, from few rows."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from leads.counters import read as counters
from leads.counters.compaction import fold
from leads.counters.read import Split, cover
from leads.models import CounterDelta, CounterRollup, Site
from leads.models.counters import PENDING, TIMELESS
from tests.factories import make_site

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def count(site: Site, amount: int = 1, **values: Any) -> None:
    """Change a counter."""
    defaults: dict[str, Any] = {"kind": "attempt", "quarter": NOON, "outcome": "13003"}
    CounterDelta.objects.create(site=site, amount=amount, **defaults | values)


# --- Spans of time --------------------------------------------------------------------------

SIZES = {"quarter": QUARTER, "hour": timedelta(hours=1), "day": timedelta(days=1)}
QUARTERS = st.integers(0, 400).map(lambda n: NOON + n * QUARTER)


@given(QUARTERS, QUARTERS)
def test_a_span_is_covered_once_by_whole_units(one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))

    parts = list(cover(start, end))

    covered = [since for grain, since, until in parts for since in units(grain, since, until)]
    assert covered == units("", start, end)
    for grain, since, until in parts:
        assert (since - TIMELESS) % SIZES[grain] == timedelta()
        assert (until - TIMELESS) % SIZES[grain] == timedelta()


def units(grain: str, since: datetime, until: datetime) -> list[datetime]:
    return [since + n * QUARTER for n in range((until - since) // QUARTER)]


def test_a_month_is_made_of_few_parts() -> None:
    parts = list(cover(NOON.replace(minute=15), NOON + timedelta(days=40, minutes=30)))

    assert [grain for grain, _since, _until in parts] == [
        "quarter", "hour", "day", "hour", "quarter",
    ]  # fmt: skip


# --- Reading --------------------------------------------------------------------------------


@pytest.mark.parametrize("folds", [0, 1, 2])
def test_the_books_hold_the_same_before_and_after_a_fold(site: Site, folds: int) -> None:
    other = make_site()
    count(site, 5)
    count(site, 2, outcome="13002", reason="no_answer")
    count(other, 3, kind="lead", outcome="failed", reason="too_long")
    if folds == 2:
        fold()
        count(site, 4, quarter=NOON + timedelta(days=1))
    else:
        count(site, 4, quarter=NOON + timedelta(days=1))
    for _ in range(folds):
        fold()

    read = counters.read([NOON, NOON + timedelta(hours=1), NOON + timedelta(days=2)], sites=True)

    assert read.bars == [Split(5, 2), Split(4, 0)]
    assert {type(n) for bar in read.bars for n in bar} == {int}
    assert (read.count("attempt", "13003"), read.count("attempt", "13002", "no_answer")) == (9, 2)
    assert read.reasons("failed") == [("too_long", 3)]
    assert read.sites[site.pk]["attempt", "13003"] == 9
    assert read.sites[other.pk] == Counter({("lead", "failed"): 3})


def test_without_bars_and_sites_the_counts_are_the_same(site: Site) -> None:
    for step in (count, count, None, count):
        fold() if step is None else step(site)
        count(site, kind="lead", outcome="failed", reason="too_long")

    bounds = [NOON, NOON + timedelta(hours=1)]
    short, long = counters.read(), counters.read(bounds, sites=True)

    assert short.counts == long.counts == counters.read(bounds).counts
    assert (short.bars, short.sites) == ([], {})


def test_what_lies_outside_of_the_bars_is_in_none(site: Site) -> None:
    for hours in (-1, 0, 1):
        count(site, quarter=NOON + timedelta(hours=hours))
    bounds = [NOON, NOON + timedelta(hours=1)]

    loose = counters.read(bounds).bars
    fold()

    assert loose == counters.read(bounds).bars == [Split(1, 0)]


def test_a_counter_that_came_back_to_zero_is_no_reason(site: Site) -> None:
    for amount in (1, -1):
        count(site, amount, kind="lead", outcome="failed", reason="too_long")

    assert counters.read().reasons("failed") == []


def test_the_first_attempt_is_found_before_and_after_a_fold(site: Site) -> None:
    assert counters.first_attempt() is None
    count(site)

    assert counters.first_attempt() == NOON
    fold()
    assert counters.first_attempt() == NOON.replace(hour=0)


def test_the_version_changes_with_every_change(site: Site) -> None:
    seen = [counters.version()]
    for step in (count, count, None, count, count, None):
        fold() if step is None else step(site)
        seen.append(counters.version())

    assert len(set(seen)) == len(seen)


def test_the_version_of_emptied_tables_that_were_filled_again_is_another(site: Site) -> None:
    seen = []
    for _ in range(2):
        CounterDelta.objects.all().delete()
        CounterRollup.objects.all().delete()
        count(site)
        fold()
        seen.append(counters.version())

    assert seen[0] != seen[1]


def test_the_version_stays_while_nothing_changes(site: Site) -> None:
    count(site)
    fold()
    before = counters.version()

    fold()

    assert counters.version() == before


def many_folded(site: Site) -> None:
    """Sums that the totals hold whole, as almost all figures are."""
    CounterDelta.objects.bulk_create(
        CounterDelta(
            site=site, kind="attempt", quarter=NOON + n * QUARTER, outcome="13003", amount=1,
            rolled=1, folded=True,
        )
        for n in range(3000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_figure")


def plan_of(statement: str) -> str:
    """How the database would go about it."""
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statement}")
        return str(cursor.fetchall())


def test_reading_uses_the_index_of_what_is_pending(site: Site) -> None:
    many_folded(site)

    statement = counters.loose(bars=True, sites=True)
    assert PENDING in statement
    assert "figure_pending" in plan_of(statement)


def test_the_first_attempt_is_not_looked_for_among_all_figures(site: Site) -> None:
    many_folded(site)

    with CaptureQueriesContext(connection) as captured:
        counters.first_attempt()

    [loose] = [query["sql"] for query in captured if "leads_figure" in query["sql"]]
    assert "figure_pending" in plan_of(loose.replace("%", "%%"))


# --- A version before the totals, on the same tables -----------------------------------------


def fold_as_before() -> None:
    """What the fold of version 0.1 writes: sums, and no total."""
    for row in CounterDelta.objects.filter(folded=False):
        key = {n: getattr(row, n) for n in ("kind", "site_id", "quarter", "outcome", "reason")}
        CounterDelta.objects.bulk_create(
            [CounterDelta(**key, amount=0, folded=True)], ignore_conflicts=True
        )
        CounterDelta.objects.filter(**key, folded=True).update(amount=F("amount") + row.amount)
        row.delete()


def test_sums_hold_while_older_code_folds(site: Site) -> None:
    bounds = [NOON, NOON + QUARTER]
    turns: list[Callable[[], object]] = [fold, fold_as_before, fold, fold_as_before]
    for n, folded_by in enumerate(turns, start=1):
        count(site, 2)
        folded_by()

        assert counters.read(bounds).bars == [Split(2 * n, 0)]
        assert counters.read().count("attempt", "13003") == 2 * n
    fold()

    assert CounterRollup.objects.get(grain="all").amount == 8
    assert not CounterDelta.objects.pending().exists()


def test_the_migration_brings_what_was_folded_before_into_the_totals(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = importlib.import_module("leads.migrations.0016_fill_totals")
    monkeypatch.setattr(migration, "BATCH", 2)
    for n in range(5):
        count(site, n + 1, quarter=NOON + n * QUARTER)
        count(site, 7, kind="lead", outcome="failed", reason="too_long", quarter=NOON + n * QUARTER)
    fold_as_before()

    # The migration knows the models by the names they had then.
    then = {"Figure": CounterDelta, "Total": CounterRollup}
    apps = SimpleNamespace(get_model=lambda _app, name: then[name])
    migration.fill(apps, SimpleNamespace(connection=connection))

    assert not CounterDelta.objects.pending().exists()
    assert CounterRollup.objects.get(grain="day").amount == 15
    assert counters.read(sites=True).sites[site.pk]["lead", "failed"] == 35
    migration.empty(apps, None)
    assert counters.read([NOON, NOON + timedelta(hours=2)]).bars == [Split(15, 0)]


# --- At the same moment ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sums_hold_at_every_instant_while_all_write_and_fold(site: Site, at_once: Any) -> None:
    """Leads move between two states; attempts come in pairs, one in each of two quarter hours."""
    rounds = 40
    count(site, 100, kind="lead", outcome="queued")

    def write() -> None:
        for n in range(rounds):
            with transaction.atomic():
                there, back = ("failed", "queued") if n % 2 else ("queued", "failed")
                count(site, -1, kind="lead", outcome=there, reason="")
                count(site, +1, kind="lead", outcome=back, reason="")
                count(site, quarter=NOON + timedelta(days=n % 9))
                count(site, quarter=NOON + timedelta(days=n % 9, hours=1), outcome="13002")

    def fold_all() -> None:
        for _ in range(rounds):
            fold(limit=7)

    def look() -> list[Any]:
        return [counters.read([NOON, NOON + timedelta(days=20)], sites=True) for _ in range(rounds)]

    *_others, seen = at_once(write, fold_all, write, fold_all, look)

    assert isinstance(seen, list), seen
    for read in seen:
        leads = sum(n for (kind, *_), n in read.counts.items() if kind == "lead")
        sent = sum(n for (kind, *_), n in read.counts.items() if kind == "attempt")
        assert leads == 100
        assert read.bars[0].sent == sent == 2 * read.bars[0].inserted
        assert read.sites[site.pk].total() == leads + sent
    while fold():
        pass
    assert counters.read([NOON, NOON + timedelta(days=20)]).bars == [Split(2 * rounds, 2 * rounds)]
