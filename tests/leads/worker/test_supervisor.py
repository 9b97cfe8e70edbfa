"""The supervisor's own decisions; `tests/faults` has it among real processes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest

from leads.management.commands.worker import Deaths
from leads.worker.process_files import ProcessFiles
from leads.worker.supervisor import NOTHING_MOVED, SWEEP_HANGS_AFTER, Supervisor


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with (
        patch("leads.worker.supervisor.Sweeper", lambda *_, **__: Mock(stuck_for=0.0)),
        patch("leads.worker.cluster_runner.Cluster", lambda _name: well()),
    ):
        supervisor = Supervisor()
        supervisor.look()
        yield supervisor


def well() -> Any:
    cluster = Mock(age=0.0)
    cluster.fault.return_value = ""
    cluster.process_files.workers.return_value = [1, 2, 3]
    return cluster


def test_the_workers_that_live_are_told(supervisor: Supervisor) -> None:
    supervisor.look()

    assert supervisor.state.workers == 3


def test_a_fault_of_either_cluster_counts_as_a_restart(supervisor: Supervisor) -> None:
    for runner in supervisor.runners:
        runner.cluster.fault.return_value = "It died."  # type: ignore[union-attr]  # a Mock

    supervisor.look()

    assert (supervisor.state.restarts, supervisor.state.last_restart) == (2, "It died.")


@pytest.mark.parametrize(("age", "restarts"), [(61.0, 1), (59.0, 0)])
def test_where_nothing_moves_delivery_starts_again_unless_it_just_did(
    supervisor: Supervisor, age: float, restarts: int
) -> None:
    supervisor.delivery.cluster.age = age  # type: ignore[union-attr, misc]  # a Mock
    supervisor.standing.set()

    for _ in range(2):
        supervisor.look()

    assert supervisor.state.restarts == restarts
    assert supervisor.state.last_restart == (NOTHING_MOVED if restarts else "")


def test_a_sweep_that_hangs_is_left_to_itself(supervisor: Supervisor) -> None:
    stuck: Any = supervisor.sweeper
    stuck.stuck_for = SWEEP_HANGS_AFTER + 11.0

    supervisor.look()

    assert supervisor.sweeper is not stuck
    assert stuck.stop.called
    assert supervisor.sweeper.start.called  # type: ignore[attr-defined]  # a Mock


def test_that_it_is_drained_is_told_at_once_and_once(supervisor: Supervisor) -> None:
    sweeper: Any = supervisor.sweeper
    supervisor.state.shall_drain = True
    supervisor.look()
    assert not supervisor.state.is_drained

    for runner in supervisor.runners:
        runner.cluster.has_ended.return_value = True  # type: ignore[union-attr]  # a Mock
    for _ in range(2):
        supervisor.look()

    assert supervisor.state.is_drained
    assert sweeper.due.set.call_count == 1


def test_who_is_no_longer_to_drain_works_again(supervisor: Supervisor) -> None:
    for runner in supervisor.runners:
        runner.cluster = None
    supervisor.state.shall_drain = True
    supervisor.look()

    supervisor.state.shall_drain = False
    supervisor.look()

    assert not supervisor.state.is_drained
    assert all(runner.cluster for runner in supervisor.runners)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("reincarnated worker Process-1f after death", "A process (worker) died."),
        ("reincarnated worker Process-1f after timeout", "A process (worker) ran out of time."),
        ("reincarnated pusher Process-1f after sudden death", "A process (pusher) died."),
        ("reincarnated monitor Process-1f after sudden death", "A process (monitor) died."),
    ],
)
def test_what_the_guard_of_the_queue_says_reaches_the_supervisor(
    tmp_path: Path, said: str, told: str
) -> None:
    logger = logging.Logger("django-q")
    logger.addHandler(Deaths(ProcessFiles(tmp_path)))

    logger.info("recycled worker Process-1f")
    logger.critical(said)

    assert ProcessFiles(tmp_path).fault() == told
