"""One cluster through all its lives."""

from __future__ import annotations

from typing import Any

import pytest

from leads.worker import cluster_runner as module
from leads.worker.cluster_runner import PAUSES, Keeper


class FakeDuty:
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
        self.duty = FakeDuty()
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
def keeper(now: Now) -> Keeper:
    keeper = Keeper("delivery")
    keeper.look()
    return keeper


def cluster_of(keeper: Keeper) -> Any:
    assert keeper.cluster is not None
    return keeper.cluster


def test_a_cluster_that_is_well_is_left_alone(keeper: Keeper) -> None:
    cluster = keeper.cluster

    assert keeper.look() == ""
    assert keeper.cluster is cluster


def test_a_fault_is_told_once_and_ends_duty(keeper: Keeper) -> None:
    cluster = cluster_of(keeper)
    cluster.why, cluster.duty.busy = "A process (worker) died.", True

    assert [keeper.look(), keeper.look()] == ["A process (worker) died.", ""]
    assert cluster.duty.over
    assert not cluster.killed


def test_who_sends_finishes_before_the_cluster_is_ended(keeper: Keeper, now: Now) -> None:
    cluster = cluster_of(keeper)
    cluster.why, cluster.duty.busy = "A process (worker) died.", True
    keeper.look()
    now.seconds += 30
    keeper.look()
    assert not cluster.killed

    cluster.duty.busy = False
    keeper.look()

    assert cluster.killed


def test_who_sends_for_too_long_is_not_waited_for(keeper: Keeper, now: Now) -> None:
    cluster = cluster_of(keeper)
    cluster.why, cluster.duty.busy = "A process (worker) died.", True
    keeper.look()
    now.seconds += 36
    keeper.look()

    assert cluster.killed


def test_a_cluster_whose_main_process_ended_is_followed_by_another(
    keeper: Keeper, now: Now
) -> None:
    cluster = cluster_of(keeper)
    cluster.why, cluster.ended = "The main process ended.", True
    for _ in range(2):
        keeper.look()
    now.seconds += 1
    keeper.look()

    assert cluster.killed
    assert keeper.cluster not in (None, cluster)


def lifetimes(keeper: Keeper, now: Now, age: float, number: int) -> list[float]:
    """The pauses after clusters that each lived for `age` seconds."""
    pauses = []
    for _ in range(number):
        cluster = cluster_of(keeper)
        cluster.why, cluster.age = "It ended.", age
        for _ in range(2):
            keeper.look()
        died = now.seconds
        while keeper.cluster is None:
            now.seconds += 0.5
            keeper.look()
        pauses.append(now.seconds - died)
    return pauses


def test_clusters_that_end_soon_are_started_ever_later(keeper: Keeper, now: Now) -> None:
    pauses = lifetimes(keeper, now, age=3, number=6)

    assert pauses == [1, 2, 5, 10, 10, 10]
    assert max(PAUSES) == 10


def test_a_cluster_that_lived_for_long_is_followed_at_once(keeper: Keeper, now: Now) -> None:
    lifetimes(keeper, now, age=3, number=3)

    assert lifetimes(keeper, now, age=61, number=1) == [0.5]


def test_one_that_hangs_when_told_to_stop_is_given_ten_seconds(keeper: Keeper, now: Now) -> None:
    keeper.retire()
    assert not keeper.is_gone()

    now.seconds += 11

    assert keeper.is_gone()


def test_one_that_sends_when_told_to_stop_is_given_the_time_of_a_call(
    keeper: Keeper, now: Now
) -> None:
    cluster_of(keeper).duty.busy = True
    keeper.retire()
    now.seconds += 34
    assert not keeper.is_gone()

    now.seconds += 2

    assert keeper.is_gone()


def test_its_workers_are_counted_while_there_is_a_cluster(keeper: Keeper) -> None:
    assert keeper.workers() == 2

    keeper.kill()

    assert keeper.workers() == 0
