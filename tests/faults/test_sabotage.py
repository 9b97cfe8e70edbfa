"""The witnesses are worth something: each broken promise of a broken build is found."""

from __future__ import annotations

import random
import time

import pytest

from tests.faults import play
from tests.faults.hooks import BY_THEN
from tests.faults.judge import Verdict
from tests.faults.play import Fault, once
from tests.faults.processes import children, kill
from tests.faults.rows.crm import hits_are_over
from tests.faults.stage import Stage
from tests.journeys.kit.system import eventually

SEED = 13003


@pytest.fixture(autouse=True)
def on_one_database(stage: Stage) -> None:
    """The judge is the same on both."""
    if stage.database != "sqlite":
        pytest.skip("is played on SQLite")


def try_with(stage: Stage, name: str, act: play.Act, **options: float) -> Verdict:
    fault = Fault(name, act, **options)  # type: ignore[arg-type]  # numbers by name, of the fault's own
    # Of one seed for each: equal dice make equal keys, and posts that repeat another test's.
    verdict, _seconds = once(stage, fault, random.Random(f"{SEED}/{name}"), leads=15)
    return verdict


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    """What is stuck for longer than a lease and all waits is stuck for good."""
    monkeypatch.setattr(play, "SETTLE", stage.lease + 25.0)


@pytest.mark.usefixtures("impatient")
def test_without_leases_the_leads_of_a_dead_worker_are_found_missing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(stage: Stage, dice: random.Random) -> None:
        monkeypatch.setattr(stage, "mend", lambda: None)  # the sabotage goes on
        stage.order("sabotage-lease")
        stage.order("crash-after_claim-1")
        stage.obeyed("crash-after_claim-1")

    verdict = try_with(stage, "leases", act, rate=1.0)

    assert verdict.lost
    assert "still sending" in verdict.lost[0]
    monkeypatch.undo()
    stage.mend()
    play.settle(stage)
    assert not stage.open_leads()


def test_without_the_reference_second_records_are_found(stage: Stage) -> None:
    def act(stage: Stage, dice: random.Random) -> None:
        stage.order("sabotage-reference")
        stage.fault(mode="store_then_hang_up", times=2, only="insert")
        eventually(lambda: hits_are_over(stage, 2), 100)
        play.settle(stage)

    verdict = try_with(stage, "reference", act, rate=3.0)

    assert verdict.twice
    assert not verdict.lost


def test_a_202_before_the_commit_is_found(stage: Stage) -> None:
    def act(stage: Stage, dice: random.Random) -> None:
        stage.order("sabotage-ack")
        time.sleep(BY_THEN)
        kill(*children(stage.processes["web"].pid))
        stage.mend()

    verdict = try_with(stage, "acknowledgement", act, rate=5.0)

    assert any("acknowledged as" in found for found in verdict.lost)
