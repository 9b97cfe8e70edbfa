"""What `make test` is made of: runs of pytest, each a kind of tests on one database."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
# Kinds with a folder of their own; what is in no such folder is a unit test.
PROCESSES = ("journeys", "start", "faults", "browser")
KINDS = ("unit", *PROCESSES)
ROOMS = ("leads", "zoho", "access")
"""Folders of unit tests that are a process of their own on SQLite, the longest first; all others
together are one more. On PostgreSQL, where few of them run, it is one for all."""
LONG = "long"
"""What `make long` runs, and `make test` does not: it needs programs that nobody else does."""
# What never touches DATABASE_URL's database is run once, with SQLite.
DATABASE_BLIND = ("zoho/sandbox", "tooling")
# Unit tests that start processes, ask page after page, play through hours or wait.
SLOW = (
    *("tests/access", "tests/tooling", "tests/zoho/sandbox", "tests/leadops/upgrade"),
    *("tests/leads/another_crm", "tests/leads/desk", "tests/leadops/api", "tests/zoho/proof"),
    *("tests/leads/delivery/test_outage.py", "tests/leads/delivery/test_quiet.py"),
    *("tests/notifications/test_pauses.py", "tests/notifications/test_throttle.py"),
    *("tests/notifications/test_channels.py", "tests/leads/test_snippets.py"),
    "tests/zoho/delivery",
)
REST_KINDS = ("unit", "journeys", "browser")
REST = ["--rest"]
"""What pytest is told for the tests that `make test` leaves to `make long`, and where there are
such: see tests.daily."""
FAST = ["-m", "not hypothesis", *(f"--ignore={path}" for path in SLOW)]
"""What pytest is told for the tests that are run before each commit."""


@dataclass(frozen=True)
class Run:
    """One start of pytest: a kind of tests on one database."""

    kind: str
    database: str
    room: str = ""
    """Of ROOMS; without one it is all that has none of its own."""

    @property
    def name(self) -> str:
        """As the summary calls it."""
        return " ".join(filter(None, (self.kind, self.room, f"on {self.database}")))

    def arguments(self) -> list[str]:
        """What pytest is told."""
        twice = self.database == "postgresql"
        daily = ["-p", "tests.daily"]
        if self.kind != "unit":
            # One after the other: they share an installation, which is made new for each.
            return [f"tests/{self.kind}", *daily]
        if self.room:
            return [f"tests/{self.room}", *daily]
        elsewhere = (*PROCESSES, LONG, *(DATABASE_BLIND if twice else ROOMS))
        return ["tests", *(f"--ignore=tests/{folder}" for folder in elsewhere), *daily]


@dataclass(frozen=True)
class Result:
    """What one run came to."""

    run: Run
    exit_code: int
    seconds: float
    cpu: float = 0.0
    """Seconds of work, of all processes that were waited for."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there was no such test: good where only some were asked for, and others are."""
        return self.exit_code == 5

    @property
    def is_good(self) -> bool:
        """A run that collected nothing or passed nothing is not a good one."""
        return self.exit_code == 0 and self.passed > 0

    def __str__(self) -> str:
        """One line of the summary."""
        why = f"pytest's exit code is {self.exit_code}" if self.exit_code else "nothing passed"
        verdict = "ok" if self.is_good else f"FAILED: {why}"
        return (
            f"{self.run.name:<24} {self.passed:>5} passed {self.failed:>4} failed "
            f"{self.skipped:>4} skipped {self.seconds:>6.0f} s, {self.cpu:>4.0f} s CPU  {verdict}"
        )


def runs(kinds: list[str], databases: list[str]) -> list[Run]:
    """What to run. The browser sees no difference between databases, `make run` brings SQLite."""
    once = {"browser": databases[0], "start": "sqlite"}
    folders = [kind for kind in kinds if kind == "unit" or (TESTS / kind).is_dir()]
    return [
        Run(kind, database, room)
        for kind in folders
        for database in databases
        if once.get(kind, database) == database
        for room in ((*ROOMS, "") if (kind, database) == ("unit", "sqlite") else ("",))
    ]


def counts(report: Path) -> dict[str, int]:
    """How many tests passed, failed and were skipped, by pytest's report; nothing without one."""
    if not report.exists():
        return {}
    suites = list(ET.parse(report).getroot().iter("testsuite"))

    def total(name: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites)

    failed, skipped = total("failures") + total("errors"), total("skipped")
    return {
        "passed": total("tests") - failed - skipped,
        "failed": failed,
        "skipped": skipped,
    }
