"""Runs side by side: what is started when, what is told, and that nothing outlives them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daily import rest
from tests.runs import KINDS, Run, runs
from tests.side_by_side import execute, place_of, startable

ROOT = Path(__file__).parents[2]
FIVE = runs(["unit"], ["sqlite", "postgresql"])
OTHERS = runs(["journeys", "faults"], ["sqlite", "postgresql"])
URLS = {"sqlite": ""}

SLEEPER = """
import pathlib, time, pytest

@pytest.fixture
def server():
    pathlib.Path("started").touch()
    yield
    pathlib.Path("stopped").touch()

def test_waits(server):
    time.sleep(60)
"""
SIDE_BY_SIDE = """
import signal, sys
from pathlib import Path
from tests.side_by_side import execute
from tests.tooling.test_side_by_side import Example, URLS

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
file = Path(sys.argv[1])
todo = [Example("journeys", "sqlite", file=file), Example("faults", "sqlite", file=file)]
execute(todo[: int(sys.argv[2])], URLS, [], file.parent)
"""


@dataclass(frozen=True)
class Example(Run):
    """A run of one file, which knows nothing of LeadOps."""

    file: Path = Path()

    def arguments(self) -> list[str]:
        """What pytest is told: nothing of this project, and to stay in the file's folder."""
        alone = ["--noconftest", "--rootdir", str(self.file.parent), "-c", "/dev/null"]
        return [str(self.file), *alone, "-p", "no:django", "-p", "no:cacheprovider"]


def example(folder: Path, kind: str, text: str) -> Example:
    file = folder / f"test_{kind}.py"
    file.write_text(text)
    return Example(kind, "sqlite", file=file)


def test_both_sorts_have_their_places_while_both_wait() -> None:
    assert startable([*FIVE, *OTHERS], []) == [*FIVE[:2], *OTHERS[:3]]
    assert startable([FIVE[2], OTHERS[3]], [*FIVE[:2], *OTHERS[:3]]) == []
    assert startable([FIVE[2], OTHERS[3]], [FIVE[0], *OTHERS[:3]]) == [FIVE[2]]
    assert startable([FIVE[2], OTHERS[3]], [*FIVE[:2], *OTHERS[:2]]) == [OTHERS[3]]


@pytest.mark.parametrize("waiting", [FIVE, OTHERS])
def test_a_sort_takes_the_places_of_the_other_that_waits_no_more(waiting: list[Run]) -> None:
    assert startable(waiting, [FIVE[0], OTHERS[0]]) == waiting[:3]
    assert startable(waiting, [*FIVE[:2], *OTHERS[:2]]) == waiting[:1]
    assert startable(waiting, [*FIVE[:2], *OTHERS[:3]]) == []


def test_the_longest_comes_first() -> None:
    names = [run.name for run in sorted(runs(list(KINDS), ["sqlite", "postgresql"]), key=place_of)]

    assert names == [
        *("unit leads on sqlite", "unit on postgresql", "unit zoho on sqlite", "unit on sqlite"),
        *("unit access on sqlite", "browser on sqlite"),
        *("journeys on postgresql", "journeys on sqlite", "faults on postgresql"),
        *("start on sqlite", "faults on sqlite"),
    ]


def test_results_come_in_the_order_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = example(tmp_path, "journeys", "def test_good(): pass")
    bad = example(tmp_path, "faults", "def test_bad(): assert 1 == 2\ndef test_good(): pass")

    first, second = execute([good, bad], URLS, [], tmp_path)

    assert (first.run, first.passed, first.failed, first.exit_code) == (good, 1, 0, 0)
    assert (second.run, second.passed, second.failed, second.exit_code) == (bad, 1, 1, 1)
    assert first.cpu > 0
    assert "assert 1 == 2" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("runs", [rest(1), 2])
def test_whatever_ends_it_ends_the_runs_in_good_order(
    tmp_path: Path, number: signal.Signals, runs: int
) -> None:
    file = tmp_path / "test_sleeper.py"
    file.write_text(SLEEPER.replace('Path("', f'Path("{tmp_path}/'))
    command = [sys.executable, "-c", SIDE_BY_SIDE, str(file), str(runs)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        # What was started in the background of a script ignores Ctrl-C, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_for(tmp_path / "started")

    process.send_signal(number)

    assert process.wait(60) != 0
    wait_for(tmp_path / "stopped")


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, file.name
        time.sleep(0.1)
