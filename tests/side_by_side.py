"""Runs of pytest at the same time: unit tests work, and the others mostly wait.

Each run is a process group with a report and words of its own. What several runs say is printed
when each is over; a run that is alone speaks to the terminal.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from tests.databases import MIGRATED
from tests.postgres import end_with_parent
from tests.runs import Result, Run, counts

ROOT = Path(__file__).parent.parent
LONGEST_FIRST = (
    *("long", "unit leads", "unit on postgresql", "unit zoho", "unit on", "unit access"),
    *("browser", "journeys on postgresql", "journeys", "faults on postgresql", "start", "faults"),
)
"""How their names begin."""
UNITS, OTHERS = 2, 3
"""Runs at the same time: unit tests work, and the others mostly wait. Where one sort waits no
more, the other one takes its places, too."""
ENDING_SECONDS = 60
"""In which a run that is interrupted has to end what it started."""
SHARED_MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free there. The files of all tests take a quarter of it."""


class Running:
    """One run that goes on."""

    def __init__(
        self, run: Run, variables: dict[str, str], options: list[str], folder: Path, alone: bool
    ) -> None:
        self.run, self.began = run, time.monotonic()
        self.report, self.words = folder / f"{run.name}.xml", folder / f"{run.name}.txt"
        self.words.touch()
        pytest = [sys.executable, "-m", "pytest", *run.arguments()]
        environment = os.environ | variables
        # Thousands of processes start: to compile the project anew is a third of each start.
        environment["PYTHONDONTWRITEBYTECODE"] = ""
        if run.kind != "faults":  # durability is on trial there, so it has a disk
            environment["TMPDIR"] = str(folder)
        with self.words.open("ab") as words:
            self.process = subprocess.Popen(
                [*pytest, f"--junit-xml={self.report}", *options],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=None if alone else words,
                stderr=None if alone else subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, signal.SIGINT),
            )

    def result(self) -> Result | None:
        """What it came to; None while it goes on."""
        pid, status, used = os.wait4(self.process.pid, os.WNOHANG)
        if not pid:
            return None
        self.process.returncode = code = os.waitstatus_to_exitcode(status)
        took, cpu = time.monotonic() - self.began, used.ru_utime + used.ru_stime
        return Result(self.run, code, took, cpu, **counts(self.report))

    def tell(self, number: int) -> None:
        """Send a signal to pytest, its workers and whatever is in their group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def execute(
    todo: list[Run],
    urls: dict[str, str],
    options: list[str],
    folder: Path,
    made: Mapping[str, str] = MappingProxyType({}),
) -> list[Result]:
    """Run all, some at a time; the results in the order of `todo`.

    `made` names a migrated database of each kind, where there is one.
    Whatever ends this, Ctrl-C and SIGTERM included, ends the runs and what they started.
    """
    waiting = sorted(todo, key=place_of)
    going: list[Running] = []
    results: dict[Run, Result] = {}
    try:
        while waiting or going:
            for run in startable(waiting, [one.run for one in going]):
                waiting.remove(run)
                print(f"--- {run.name}: started", flush=True)
                alone = len(todo) == 1
                variables = {
                    "TEST_DATABASE_URL": urls[run.database],
                    MIGRATED: made.get(run.database, ""),
                }
                going.append(Running(run, variables, options, folder, alone))
            for one in list(going):
                if result := one.result():
                    going.remove(one)
                    results[one.run] = result
                    print(f"\n{one.words.read_text(errors='replace')}--- {result}", flush=True)
            time.sleep(0.1)
    finally:
        end(going)
    return [results[run] for run in todo]


def place_of(run: Run) -> int:
    """Whose turn it is."""
    return next(n for n, name in enumerate(LONGEST_FIRST) if run.name.startswith(name))


def startable(waiting: list[Run], going: list[Run]) -> list[Run]:
    """Which of those that wait may start, in their order."""
    units = [run for run in waiting if run.kind == "unit"]
    others = [run for run in waiting if run.kind != "unit"]
    if not (units and others):
        return waiting[: UNITS + OTHERS - len(going)]
    working = sum(run.kind == "unit" for run in going)
    return units[: UNITS - working] + others[: OTHERS - (len(going) - working)]


def end(going: list[Running]) -> None:
    """Interrupt the runs, as Ctrl-C does, and wait until they have cleaned up."""
    for one in going:
        one.tell(signal.SIGINT)
    until = time.monotonic() + ENDING_SECONDS
    try:
        while (
            going := [one for one in going if one.result() is None]
        ) and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        for one in going:
            one.tell(signal.SIGKILL)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for what the runs write: in memory where there is room, so that nobody waits for a
    disk. It is gone afterwards, with whatever tests left there.
    """
    folder = Path(tempfile.mkdtemp(prefix="leadops-tests-", dir=place()))
    folder.chmod(0o711)  # PostgreSQL passes through as another user
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place() -> str | None:
    """Shared memory, if there is enough of it and programs may lie there; None: where TMPDIR is."""
    try:
        found = os.statvfs(SHARED_MEMORY)
    except OSError:
        return None
    fits = found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
    return str(SHARED_MEMORY) if fits else None
