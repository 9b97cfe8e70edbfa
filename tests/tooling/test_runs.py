"""What `make test` calls good, and what it says when a program is missing."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import __main__ as make_test
from tests import daily, packages, postgres
from tests.faults import __main__ as make_faults
from tests.runs import FAST, KINDS, LONG, REST, ROOMS, SLOW, Result, Run, counts, runs

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
UNIT = Run("unit", "sqlite")


@pytest.mark.parametrize(
    ("exit_code", "passed", "good"),
    [(0, 3, True), (1, 3, False), (5, 0, False), (0, 0, False), (4, 0, False)],
)
def test_a_run_is_good_when_something_passed_and_nothing_else_happened(
    exit_code: int, passed: int, good: bool
) -> None:
    assert Result(UNIT, exit_code, seconds=1, passed=passed).is_good is good


@pytest.mark.parametrize(("options", "code"), [(["-k", "some"], 0), ([], 1)])
def test_a_run_has_no_such_test_only_where_some_were_asked_for(
    monkeypatch: pytest.MonkeyPatch, options: list[str], code: int
) -> None:
    results = [Result(UNIT, 0, seconds=1, passed=1), Result(UNIT, 5, seconds=1)]
    monkeypatch.setattr(make_test, "run_all", lambda *_: results)
    monkeypatch.setattr(make_test, "install_missing", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["tests", "unit", *options])

    assert make_test.main() == code


def test_everything_runs_on_both_databases_but_the_browser() -> None:
    names = [run.name for run in runs(["unit", "journeys"], ["sqlite", "postgresql"])]

    assert names == [
        *("unit leads on sqlite", "unit zoho on sqlite", "unit access on sqlite"),
        "unit on sqlite",
        "unit on postgresql",
        "journeys on sqlite",
        "journeys on postgresql",
    ]


def test_make_run_is_tried_on_sqlite_which_it_brings() -> None:
    on = {one.database for one in runs(["start"], ["sqlite", "postgresql"])}

    assert on == {"sqlite"}
    assert runs(["start"], ["postgresql"]) == []


def test_unit_tests_are_all_that_are_in_no_folder_of_another_kind() -> None:
    for room in ROOMS:
        assert Run("unit", "sqlite", room).arguments()[0] == f"tests/{room}"
        assert f"--ignore=tests/{room}" in UNIT.arguments()
    for one in (UNIT, Run("unit", "postgresql")):
        assert one.arguments()[0] == "tests"
        assert {"--ignore=tests/journeys", "--ignore=tests/browser"} <= set(one.arguments())
    assert "--ignore=tests/leads" not in Run("unit", "postgresql").arguments()


def test_what_touches_no_database_runs_once() -> None:
    on_both = [Run("unit", name).arguments() for name in ("sqlite", "postgresql")]

    assert ["--ignore=tests/zoho/sandbox" in arguments for arguments in on_both] == [False, True]


def test_every_run_of_the_day_leaves_something_to_the_long_one() -> None:
    plugin = ["-p", "tests.daily"]
    everything = runs(list(KINDS), ["sqlite", "postgresql"])

    assert [run for run in everything if " ".join(plugin) not in " ".join(run.arguments())] == []


PURE_AND_NOT = """
import pytest
from tests.daily import rest

def test_pure(): pass

def test_with_fixture(db): pass

@pytest.mark.django_db
def test_with_mark(): pass

@pytest.mark.one_database
def test_of_words(db): pass

@pytest.mark.parametrize("number", [1, rest(10_000)])
def test_of_many(db, number): pass
"""
FOLDERS = ("leads/store", "leadops/operations", "notifications/mail")
STORED = ("store", "operations")
JOURNEY = "def test_{name}(): pass"
SAID_AND_COMMITTED = """
import pytest

def test_a_page(db): pass

def test_two_at_once(transactional_db): pass

@pytest.mark.django_db(transaction=True)
def test_committed(): pass
"""


@pytest.fixture
def collected(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., set[str]]:
    """Which tests of a room where leads are stored, of one whose tests start processes, of one with
    neither, and of journeys are run on a database.
    """
    monkeypatch.setattr(daily, "ROOT", pytester.path)
    pytester.makeini(f"[pytest]\nmarkers =\n    {daily.ONE_DATABASE}\n    {daily.LONG}")
    for name in FOLDERS:
        folder = pytester.path / "tests" / name
        folder.mkdir(parents=True)
        (folder / f"test_{folder.name}.py").write_text(PURE_AND_NOT)
    (folder / "test_desk.py").write_text(SAID_AND_COMMITTED)
    journeys = pytester.path / "tests/journeys"
    (journeys / "intake").mkdir(parents=True)
    (journeys / "test_kept.py").write_text(JOURNEY.format(name="kept"))
    (journeys / "intake/test_heard.py").write_text(JOURNEY.format(name="heard"))
    faults = pytester.path / "tests/faults"
    faults.mkdir()
    (faults / "test_cut.py").write_text(JOURNEY.format(name="cut"))

    def collect(database: str, *options: str) -> set[str]:
        monkeypatch.setenv("TEST_DATABASE_URL", "postgres://x" if database == "postgresql" else "")
        plugin = ("-p", "tests.daily")
        seen = pytester.runpytest_inprocess(*plugin, "--collect-only", "-q", *options)
        return {line.rpartition("/")[2] for line in seen.outlines if "::" in line}

    return collect


PURE = {"test_store.py::test_pure", "test_mail.py::test_pure"}
"""Run on SQLite, and nowhere else: no process is started there."""
BOTH = {
    "test_cut.py::test_cut",
    "test_operations.py::test_pure",
    *(f"test_{folder}.py::test_with_fixture" for folder in STORED),
    *(f"test_{folder}.py::test_with_mark" for folder in STORED),
    *(f"test_{folder}.py::test_of_many[1]" for folder in STORED),
    "test_desk.py::test_two_at_once",
    "test_desk.py::test_committed",
}
SAME = {
    *(f"test_{folder}.py::test_of_words" for folder in (*STORED, "mail")),
    *(f"test_mail.py::test_{name}" for name in ("with_fixture", "with_mark", "of_many[1]")),
    "test_desk.py::test_a_page",
}
MANY = {f"test_{folder}.py::test_of_many[10000]" for folder in (*STORED, "mail")}


def test_of_a_day_each_test_runs_where_it_may_find_something(
    collected: Callable[..., set[str]],
) -> None:
    assert collected("sqlite") == PURE | BOTH | SAME | {"test_heard.py::test_heard"}
    assert collected("postgresql") == BOTH | {"test_kept.py::test_kept"}


def test_the_rooms_are_there() -> None:
    assert [path for path in (*daily.SAID, *daily.STORED) if not (ROOT / path).exists()] == []


def test_make_long_runs_all_that_was_left_out(collected: Callable[..., set[str]]) -> None:
    assert collected("sqlite", *REST) == MANY | {"test_kept.py::test_kept"}
    assert collected("postgresql", *REST) == MANY | SAME | {"test_heard.py::test_heard"}
    assert "-m tests --rest" in (ROOT / "Makefile").read_text()


def test_the_fast_tests_are_unit_tests_without_the_slow_ones() -> None:
    assert all((ROOT / path).exists() for path in SLOW)
    assert all(f"--ignore={path}" in FAST for path in SLOW)


def test_whoever_may_not_install_reads_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing() -> Path:
        raise postgres.Missing("no")

    monkeypatch.setattr(postgres, "find_programs", nothing)
    monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit) as stopped:
        make_test.install_missing([Run("unit", "postgresql"), Run("browser", "sqlite")])

    assert "apt-get install -y --no-install-recommends postgresql chromium-headless-shell" in str(
        stopped.value
    )


def test_what_takes_long_is_in_no_other_run() -> None:
    everything = [*runs(list(KINDS), ["sqlite", "postgresql"])]

    assert [run for run in everything if LONG in run.name] == []
    assert f"--ignore=tests/{LONG}" in UNIT.arguments()
    assert [run.arguments()[0] for run in runs([LONG], ["sqlite"])] == [f"tests/{LONG}"]


def test_a_real_wordpress_is_installed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ordered: list[list[str]] = []
    monkeypatch.setattr(make_test, "WORDPRESS", {"wordpress": "no/such/file", "php-cli": "proc/*"})
    monkeypatch.setattr(packages, "find", str)  # all other programs are here
    monkeypatch.setattr(packages, "may_install", lambda: True)
    monkeypatch.setattr(packages, "install", ordered.append)

    make_test.install_missing([Run(LONG, "sqlite")])

    assert ordered == [["wordpress"]]


def test_nothing_is_installed_for_runs_that_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)

    make_test.install_missing([UNIT])


def test_root_installs_what_the_faults_need(monkeypatch: pytest.MonkeyPatch) -> None:
    ordered: list[list[str]] = []
    here = {"strace": "/usr/bin/strace", "apt-get": "/usr/bin/apt-get"}
    monkeypatch.setattr(shutil, "which", lambda name, **_options: here.get(name))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages, "install", ordered.append)

    make_faults.install_tools()

    assert ordered == [["iproute2"]]


def test_faults_are_played_without_what_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    make_faults.install_tools()

    assert "apt-get install" in capsys.readouterr().out


def test_failures_errors_and_skips_are_counted_apart(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>'
    )

    assert counts(report) == {"passed": 3, "failed": 3, "skipped": 3}
