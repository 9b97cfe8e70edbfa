"""The short form of `make faults`: some rows of the table, once each, and a small storm."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.faults.play import FAULTS, SETTLE, Fault, once, play
from tests.faults.rows import crm, kills, outages, storm, worlds
from tests.faults.stage import Stage

CHAPTERS = (kills, outages, crm, worlds)
SEED = 13002
SHORT = [fault for fault in FAULTS if fault.short]


@pytest.mark.parametrize("fault", SHORT, ids=[fault.name for fault in SHORT])
def test_nothing_is_lost_or_doubled_and_work_resumes(stage: Stage, fault: Fault) -> None:
    if stage.database not in fault.on:
        pytest.skip(f"has no meaning on {stage.database}")
    stage.backlog = 300
    # How long it takes is measured by make faults: here somebody else may use the machine.
    patient = replace(fault, recovery=SETTLE)

    row = play(stage, patient, SEED, leads=min(fault.leads, 30))

    assert not row.skipped, row.skipped
    assert row.is_good, row.why
    assert row.acknowledged == row.posted


def test_a_small_storm(stage: Stage) -> None:
    verdict, seconds, died = storm.storm(stage, SEED, leads=60, kills=5, say=print)

    assert verdict.is_good, f"{verdict}\nkilled: {died}"
    assert seconds < storm.SETTLE


def quiet(stage: Stage, dice: random.Random) -> None:
    """Nothing breaks."""


def test_without_a_fault_everything_arrives(stage: Stage) -> None:
    verdict, _seconds = once(stage, Fault("none", quiet), random.Random(SEED), leads=20)

    assert verdict.is_good, verdict
    assert verdict.delivered == verdict.acknowledged == 20
