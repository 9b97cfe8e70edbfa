"""What a rule held is no attempt: counted apart, and moved there from the figures of before."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from leads.counters import read as counters
from leads.counters.compaction import fold
from leads.counters.deltas import as_json, quarter_of, totals
from leads.counters.held import TOLD_FOR, lately_moved
from leads.models import ApiLog, CounterDelta, CounterRollup, Site
from leads.reasons import RULES, Reason
from tests.factories import make_lead, make_log, make_site
from tests.leads.recount import assert_the_counters_are_a_recount, counted, recounted

migration = importlib.import_module("leads.migrations.0033_held_counters")


def held_log(site: Site, reason: str = Reason.MISSING_FIELD, **values: Any) -> ApiLog:
    lead = make_lead(site=site, status="failed", reason=reason)
    return make_log(lead, reason=reason, **values)


@pytest.mark.parametrize("reason", sorted(RULES))
def test_what_a_rule_held_is_in_no_attempt_and_no_rate(site: Site, reason: str) -> None:
    held_log(site, reason)
    make_log(make_lead(site=site, status="delivered"), zoho_id="61")

    figures = as_json()

    assert figures["held"] == 1
    assert figures["attempts"] == {"13003": 1, "13002": 0}
    assert figures["success_rate"] == 100.0
    assert_the_counters_are_a_recount()


def test_refusals_of_the_preflight_stay_attempts(site: Site) -> None:
    held_log(site, Reason.MANDATORY_MISSING)

    assert (totals().held, totals().attempts[13002]) == (0, 1)


def test_every_rule_is_of_the_first_heading_of_the_reasons() -> None:
    """A new one is a line there and a line in RULES."""
    assert list(Reason)[: len(RULES)] == sorted(RULES, key=list(Reason).index)


# --- The figures of before --------------------------------------------------------------------


def count_as_before(site: Site, reason: str, amount: int, hours: int = 0, **values: Any) -> None:
    CounterDelta.objects.create(
        kind="attempt",
        site=site,
        quarter=quarter_of(timezone.now() - timedelta(hours=hours)),
        outcome="13002",
        reason=reason,
        amount=amount,
        **values,
    )


def fold_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("leads.counters.compaction.kind_of", lambda kind, *_rest: kind)
        patch.setattr("leads.counters.compaction.strays", lambda: False)
        fold()


def migrate() -> None:
    migration.tell_apart(apps, SimpleNamespace(connection=connection))


def figures() -> tuple[int, int, int]:
    now = totals()
    return now.attempts[13003], now.attempts[13002], now.held


def rows_of_old(site: Site) -> None:
    make_log(make_lead(site=site, status="delivered"), zoho_id="61")
    for hours, reason in enumerate([*sorted(migration.RULES), Reason.REFUSED, Reason.NO_ANSWER]):
        count_as_before(site, reason, 3, hours)


@pytest.mark.parametrize("folded", [True, False])
def test_the_migration_moves_by_reason_whatever_is_folded(
    site: Site, monkeypatch: pytest.MonkeyPatch, folded: bool
) -> None:
    rows_of_old(site)
    if folded:
        fold_as_before(monkeypatch)

    migrate()

    assert figures() == (1, 6, 3 * len(migration.RULES))
    assert of_bars() == (1, 6)
    assert of_sites(site) == (1, 6, 3 * len(migration.RULES))
    fold()
    assert figures() == (1, 6, 3 * len(migration.RULES))
    assert of_bars() == (1, 6)
    assert of_sites(site) == (1, 6, 3 * len(migration.RULES))


def of_bars() -> tuple[int, int]:
    now = quarter_of(timezone.now()) + timedelta(minutes=15)
    [bar] = counters.read([now - timedelta(days=3), now]).bars
    return bar.inserted, bar.failed


def of_sites(site: Site) -> tuple[int, int, int]:
    read = counters.read(sites=True).sites[site.pk]
    return read["attempt", "13003"], read["attempt", "13002"], read["held", "13002"]


def test_a_migration_that_was_cut_off_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rows_of_old(site)
    fold_as_before(monkeypatch)
    monkeypatch.setattr(migration, "BATCH", 2)
    real, calls = migration.add_totals, []

    def dies(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("killed")
        real(*args)

    monkeypatch.setattr(migration, "add_totals", dies)
    with pytest.raises(RuntimeError):
        migrate()
    monkeypatch.setattr(migration, "add_totals", real)
    assert sum(figures()) == 1 + 6 + 3 * len(migration.RULES)

    migrate()

    assert figures() == (1, 6, 3 * len(migration.RULES))
    moved = lately_moved(timezone.now())
    assert moved is not None
    assert moved.amount == 3 * len(migration.RULES)
    assert CounterRollup.objects.filter(grain="moved").count() == 1


def test_the_migration_can_be_taken_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rows_of_old(site)
    fold_as_before(monkeypatch)
    before = sorted(CounterRollup.objects.exclude(grain="fold").values_list("grain", "amount"))
    migrate()

    migration.put_together(apps, SimpleNamespace(connection=connection))

    after = CounterRollup.objects.exclude(grain="fold").exclude(amount=0)
    assert sorted(after.values_list("grain", "amount")) == before
    assert lately_moved(timezone.now()) is None


def test_what_a_process_of_before_still_counts_is_moved_when_it_is_folded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate()
    rows_of_old(site)
    assert figures() == (1, 6, 3 * len(migration.RULES))  # pages tell it apart at once
    assert of_bars() == (1, 6)
    fold_as_before(monkeypatch)  # by a worker of before

    fold()

    assert figures() == (1, 6, 3 * len(migration.RULES))
    assert of_bars() == (1, 6)
    assert of_sites(site) == (1, 6, 3 * len(migration.RULES))
    assert not counted("attempt").keys() & counted("held").keys()


def test_nothing_moves_twice_and_nothing_of_new_ones(site: Site) -> None:
    held_log(site)
    fold()

    migrate()
    migrate()
    fold()

    assert counted("held") == recounted("held")
    assert_the_counters_are_a_recount()
    assert lately_moved(timezone.now()) is None


def test_any_history_balances(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(13002)
    sites = [site, make_site()]
    reasons = [*sorted(migration.RULES), Reason.REFUSED, Reason.NO_ANSWER]
    expected = {"attempt": 0, "held": 0}
    for _ in range(60):
        reason, amount = dice.choice(reasons), dice.randint(1, 5)
        count_as_before(dice.choice(sites), reason, amount, dice.randint(0, 40))
        expected["held" if reason in RULES else "attempt"] += amount
        acts: list[Callable[[], Any]] = [
            *(lambda: None, fold, lambda: fold_as_before(monkeypatch), migrate)
        ]
        act = dice.choice(acts)
        act()
        assert sum(figures()) == sum(expected.values())
    fold()
    assert figures() == (0, expected["attempt"], expected["held"])
    assert of_bars() == (0, expected["attempt"])


@pytest.mark.parametrize(("days", "told"), [(0, True), (29, True), (31, False)])
def test_the_move_is_told_for_thirty_days(site: Site, days: int, told: bool) -> None:
    count_as_before(site, Reason.MISSING_FIELD, 7)
    migrate()

    moved = lately_moved(timezone.now() + timedelta(days=days))

    assert (moved is not None) is told
    assert timedelta(days=30) == TOLD_FOR
