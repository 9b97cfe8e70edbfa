"""`make test`: every test of the project, on both databases, with one summary at the end.

`python -m tests` runs all; `python -m tests unit journeys` only these kinds, and
`--on sqlite` or `--on postgresql` only that database.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from tests import packages, postgres

TESTS = Path(__file__).parent
ROOT = TESTS.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Kinds with a folder of their own; what is in no such folder is a unit test.
PROCESSES = ("journeys", "faults")
KINDS = ("unit", *PROCESSES, "browser")
# What never touches DATABASE_URL's database is run once, with SQLite.
DATABASE_BLIND = ("tests/zoho/sandbox", "tests/tooling", "tests/journeys/test_make_run.py")


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
        seen = DATABASE_BLIND if self.database == "postgresql" else ()
        ignored = [f"--ignore={path}" for path in seen]
        if self.kind != "unit":
            # One at a time: they start processes of their own, and measure time.
            return [f"tests/{self.kind}", *ignored]
        others = [f"--ignore=tests/{kind}" for kind in KINDS if kind != "unit"]
        return ["tests", *others, *ignored, "-n", "2"]


@dataclass(frozen=True)
class Result:
    """What one run came to."""

    run: Run
    exit_code: int
    seconds: float
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
            f"{self.skipped:>4} skipped {self.seconds:>6.0f} s  {verdict}"
        )


def runs(kinds: list[str], databases: list[str]) -> list[Run]:
    """What to run, the quick ones first. The browser sees no difference between databases."""
    folders = [kind for kind in kinds if kind == "unit" or (TESTS / kind).is_dir()]
    return [
        Run(kind, database)
        for kind in folders
        for database in databases
        if kind != "browser" or database == databases[0]
    ]


def install_missing(needed: list[Run]) -> None:
    """Install the programs that no Python package brings; ends with what to install by hand."""
    missing = []
    if any(run.database == "postgresql" for run in needed):
        try:
            postgres.find_programs()
        except postgres.Missing:
            missing.append("postgresql")
    if any(run.kind == "browser" for run in needed) and not any(map(shutil.which, BROWSERS)):
        missing.append("chromium")
    if any(run.kind == "journeys" for run in needed) and not packages.find("nginx"):
        missing.append("nginx-light")
    # Without it a test is skipped and says so; nobody but root can have it installed.
    traces = any(run.kind == "faults" for run in needed) and not packages.find("strace")
    if traces and packages.may_install():
        missing.append("strace")
    if not missing:
        return
    if not packages.may_install():
        by_hand = " ".join(packages.command(missing))
        sys.exit(f"make test needs {' and '.join(missing)}. On Debian and Ubuntu: sudo {by_hand}")
    try:
        packages.install(missing)
    except packages.NotInstalled as error:
        sys.exit(str(error))


def execute(run: Run, url: str, pytest_options: list[str]) -> Result:
    """Run pytest once, with its output on the terminal."""
    print(f"\n--- {run.name}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="leadops-report-") as folder:
        report = Path(folder) / "report.xml"
        options = [f"--junit-xml={report}", *pytest_options]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *run.arguments(), *options],
            cwd=ROOT,
            env=os.environ | {"TEST_DATABASE_URL": url},
            stdin=subprocess.DEVNULL,
        )
        return Result(run, done.returncode, time.monotonic() - started, **_count(report))


def _count(report: Path) -> dict[str, int]:
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


def main() -> int:
    """0 when every run was good, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--on", choices=("sqlite", "postgresql"), help="only this database")
    arguments, pytest_options = parser.parse_known_args()
    unknown = set(arguments.kinds) - set(KINDS)
    if unknown:
        parser.error(f"unknown kind {', '.join(sorted(unknown))}: choose of {', '.join(KINDS)}")
    databases = [arguments.on] if arguments.on else ["sqlite", "postgresql"]
    todo = runs(arguments.kinds or list(KINDS), databases)
    install_missing(todo)

    # SIGTERM unwinds like an exception, so that the server goes with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = []
    with contextlib.ExitStack() as stack:
        urls = {"sqlite": ""}
        for run in todo:
            if run.database not in urls:
                urls[run.database] = stack.enter_context(postgres.cluster()).url
            results.append(execute(run, urls[run.database], pytest_options))

    print("\n--- All runs")
    for result in results:
        print(result)
    passed, failed, skipped = (
        sum(getattr(result, name) for result in results) for name in ("passed", "failed", "skipped")
    )
    # The build server reads this form. A run that broke before its tests counts as one failure.
    broken = sum(not result.is_good and not result.failed for result in results)
    print(f"{passed} passed, {failed + broken} failed, {skipped} skipped")
    return 0 if results and all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
