"""New code beside an old schema waits, and never for a database that is away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError

from leads.store import schema


class Clock:
    """Time passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(schema, "time", clock)
    monkeypatch.setattr("leads.store.schema.connection.close", lambda: None)
    return clock


def behind_until(clock: Clock, moment: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "is_behind", lambda: clock.now < moment)


def test_it_waits_until_somebody_has_migrated(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_until(clock, 100, monkeypatch)

    schema.wait_for_schema()

    assert clock.now == 100


def test_it_waits_for_so_long_and_goes_on(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    behind_until(clock, 100, monkeypatch)

    schema.wait_for_schema(seconds=2)

    assert clock.now == 2


def test_beside_others_it_waits_as_long_as_they_work(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_until(clock, 100, monkeypatch)

    schema.wait_for_schema(seconds=2, others_work=lambda: clock.now < 50)

    assert clock.now == 51


def test_beside_others_it_does_not_wait_for_ever(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_until(clock, 1000, monkeypatch)

    schema.wait_for_schema(seconds=2, others_work=lambda: True)

    assert clock.now == schema.LONGEST_BESIDE_OTHERS + 1


def test_a_database_that_is_away_is_not_waited_for(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        raise OperationalError("gone")

    monkeypatch.setattr(schema, "is_behind", away)

    schema.wait_for_schema()

    assert clock.now == 0


def test_tests_have_the_schema_of_their_code(db: None) -> None:
    assert not schema.is_behind()


TICKS = os.sysconf("SC_CLK_TCK")
OURS = os.getpid()


def process(folder: Path, pid: int, parent: int, began: float, state: str = "S") -> None:
    """A process as Linux tells of it, with a name that nobody should take for its end."""
    (folder / str(pid)).mkdir()
    told = f"{pid} (a) 7 b) {state} {parent} {'0 ' * 17}{int(began * TICKS)} 0 0"
    (folder / str(pid) / "stat").write_text(told)


@pytest.mark.parametrize(
    ("parent", "began", "state", "is_older"),
    [
        (1, 100, "S", True),
        (1, 195, "R", True),
        (1, 196, "S", False),
        (1, 300, "S", False),
        (2, 100, "S", False),
        (1, 100, "Z", False),
    ],
)
def test_an_older_sibling_is_one_of_our_parents_that_lives(
    parent: int,
    began: int,
    state: str,
    is_older: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schema, "PROCESSES", tmp_path)
    (tmp_path / "self").mkdir()
    (tmp_path / "99").mkdir()  # it has just ended
    process(tmp_path, OURS, 1, began=200)
    process(tmp_path, 17, parent, began, state)

    assert schema.has_older_sibling() is is_older


def test_where_nothing_is_told_of_processes_there_is_no_sibling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PROCESSES", tmp_path)

    assert not schema.has_older_sibling()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux tells of processes")
def test_a_child_sees_the_one_before_it() -> None:
    ask = "from leads.store import schema; schema.OLDER = 0.2; print(schema.has_older_sibling())"
    ours = (sys.executable, "-c", ask)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    alone = subprocess.run(
        ["sh", "-c", '"$@"; exit', "sh", *ours], env=environment, capture_output=True, text=True
    )
    sibling = ["sh", "-c", 'sleep 60 & sleep 0.4; "$@"; kill $!', "sh", *ours]
    beside = subprocess.run(sibling, env=environment, capture_output=True, text=True)

    assert (alone.stdout, beside.stdout) == ("False\n", "True\n")
