"""One cluster through all its lives."""

from __future__ import annotations

from typing import Any

import pytest

from leads.worker import cluster_runner as module
from leads.worker.cluster_runner import PAUSES, ClusterRunner


class FakeProcessFiles:
    def __init__(self) -> None:
        self.over = False
        self.busy = False

    def end(self) -> None:
        self.over = True

    def is_anyone_at_work(self) -> bool:
        return self.busy

    def workers(self) -> list[int]:
        return [1, 2]


class FakeCluster:
    """A cluster without processes."""

    def __init__(self, name: str) -> None:
        self.process_files = FakeProcessFiles()
        self.age = 0.0
        self.why = ""
        self.ended = self.killed = self.retired = False

    def fault(self) -> str:
        return self.why

    def has_ended(self) -> bool:
        return self.ended

    def retire(self) -> None:
        self.retired = True

    def kill(self) -> None:
        self.killed = True


class Now:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    clock = Now()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "Cluster", FakeCluster)
    return clock


@pytest.fixture
def runner(now: Now) -> ClusterRunner:
    runner = ClusterRunner("delivery")
    runner.look()
    return runner


def cluster_of(runner: ClusterRunner) -> Any:
    assert runner.cluster is not None
    return runner.cluster


def test_a_cluster_that_is_well_is_left_alone(runner: ClusterRunner) -> None:
    cluster = runner.cluster

    assert runner.look() == ""
    assert runner.cluster is cluster


def test_a_fault_is_told_once_and_ends_the_cluster(runner: ClusterRunner) -> None:
    cluster = cluster_of(runner)
    cluster.why, cluster.process_files.busy = "A process (worker) died.", True

    assert [runner.look(), runner.look()] == ["A process (worker) died.", ""]
    assert cluster.process_files.over
    assert not cluster.killed


def test_who_sends_finishes_before_the_cluster_is_ended(runner: ClusterRunner, now: Now) -> None:
    cluster = cluster_of(runner)
    cluster.why, cluster.process_files.busy = "A process (worker) died.", True
    runner.look()
    now.seconds += 30
    runner.look()
    assert not cluster.killed

    cluster.process_files.busy = False
    runner.look()

    assert cluster.killed


def test_who_sends_for_too_long_is_not_waited_for(runner: ClusterRunner, now: Now) -> None:
    cluster = cluster_of(runner)
    cluster.why, cluster.process_files.busy = "A process (worker) died.", True
    runner.look()
    now.seconds += 36
    runner.look()

    assert cluster.killed


def test_a_cluster_whose_main_process_ended_is_followed_by_another(
    runner: ClusterRunner, now: Now
) -> None:
    cluster = cluster_of(runner)
    cluster.why, cluster.ended = "The main process ended.", True
    for _ in range(2):
        runner.look()
    now.seconds += 1
    runner.look()

    assert cluster.killed
    assert runner.cluster not in (None, cluster)


def lifetimes(runner: ClusterRunner, now: Now, age: float, number: int) -> list[float]:
    """The pauses after clusters that each lived for `age` seconds."""
    pauses = []
    for _ in range(number):
        cluster = cluster_of(runner)
        cluster.why, cluster.age = "It ended.", age
        for _ in range(2):
            runner.look()
        died = now.seconds
        while runner.cluster is None:
            now.seconds += 0.5
            runner.look()
        pauses.append(now.seconds - died)
    return pauses


def test_clusters_that_end_soon_are_started_ever_later(runner: ClusterRunner, now: Now) -> None:
    pauses = lifetimes(runner, now, age=3, number=6)

    assert pauses == [1, 2, 5, 10, 10, 10]
    assert max(PAUSES) == 10


def test_a_cluster_that_lived_for_long_is_followed_at_once(runner: ClusterRunner, now: Now) -> None:
    lifetimes(runner, now, age=3, number=3)

    assert lifetimes(runner, now, age=61, number=1) == [0.5]


def test_one_that_hangs_when_told_to_stop_is_given_ten_seconds(
    runner: ClusterRunner, now: Now
) -> None:
    runner.retire()
    assert not runner.is_gone()

    now.seconds += 11

    assert runner.is_gone()


def test_one_that_sends_when_told_to_stop_is_given_the_time_of_a_call(
    runner: ClusterRunner, now: Now
) -> None:
    cluster_of(runner).process_files.busy = True
    runner.retire()
    now.seconds += 34
    assert not runner.is_gone()

    now.seconds += 2

    assert runner.is_gone()


def test_its_workers_are_counted_while_there_is_a_cluster(runner: ClusterRunner) -> None:
    assert runner.workers() == 2

    runner.kill()

    assert runner.workers() == 0


def test_who_rests_lets_its_cluster_finish_and_starts_no_other(
    runner: ClusterRunner, now: Now
) -> None:
    cluster = cluster_of(runner)
    cluster.process_files.busy = runner.rests = True
    now.seconds += 30
    for _ in range(2):
        runner.look()
    assert (cluster.retired, cluster.killed, runner.is_at_rest()) == (True, False, False)

    cluster.ended = True
    for _ in range(2):
        now.seconds += 60
        runner.look()

    assert (cluster.killed, runner.is_at_rest()) == (True, True)


def test_who_has_rested_starts_again(runner: ClusterRunner, now: Now) -> None:
    cluster = cluster_of(runner)
    runner.rests = cluster.ended = True
    for _ in range(2):
        runner.look()

    runner.rests = False
    runner.look()

    assert runner.cluster not in (None, cluster)


def test_who_shall_work_again_before_it_rested_is_started_anew(
    runner: ClusterRunner, now: Now
) -> None:
    cluster = cluster_of(runner)
    runner.rests = True
    runner.look()

    runner.rests = False
    for _ in range(2):
        runner.look()

    assert runner.cluster not in (None, cluster)
