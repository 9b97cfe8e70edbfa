"""What `make test` is made of: runs of pytest, each a kind of tests on one database."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
# Kinds with a folder of their own; what is in no such folder is a unit test.
PROCESSES = ("journeys", "start", "faults", "browser")
KINDS = ("unit", *PROCESSES)
LONG = "long"
"""What `make long` runs, and `make test` does not: it needs programs that nobody else does."""
# What never touches DATABASE_URL's database is run once, with SQLite.
DATABASE_BLIND = ("tests/zoho/sandbox", "tests/tooling")
# Unit tests that start processes, ask every page as everybody, or play through hours.
SLOW = (
    *("tests/access", "tests/tooling", "tests/zoho/sandbox"),
    *("tests/leads/delivery/test_outage.py", "tests/zoho/delivery/test_outage.py"),
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

    @property
    def name(self) -> str:
        """As the summary calls it."""
        return f"{self.kind} on {self.database}"

    def arguments(self) -> list[str]:
        """What pytest is told."""
        twice = self.database == "postgresql"
        daily = ["-p", "tests.daily"]
        if self.kind != "unit":
            # One after the other: they share an installation, which is made new for each.
            return [f"tests/{self.kind}", *daily]
        ignored = [f"--ignore={path}" for path in DATABASE_BLIND] if twice else []
        others = [f"--ignore=tests/{kind}" for kind in (*PROCESSES, LONG)]
        return ["tests", *others, *ignored, *daily, "-n", "2"]


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
    def is_good(self) -> bool:
        """A run that collected nothing (exit code 5) or passed nothing is not a good one."""
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
        Run(kind, database)
        for kind in folders
        for database in databases
        if once.get(kind, database) == database
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
