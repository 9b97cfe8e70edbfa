"""The throw-away PostgreSQL server: it comes, it goes, whatever happens to its user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from tests import postgres

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def programs() -> None:
    try:
        postgres.find_programs()
    except postgres.Missing as error:
        pytest.skip(str(error))


def ask(url: str, question: str) -> object:
    connection = psycopg2.connect(url, connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            [found] = cursor.fetchone() or [None]
        return found
    finally:
        connection.close()


def answers(url: str) -> bool:
    try:
        return ask(url, "SELECT 1") == 1
    except psycopg2.OperationalError:
        return False


def beside(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.postgres", "--", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What was started in the background of a script ignores Ctrl-C, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_it_is_as_durable_as_in_production() -> None:
    with postgres.cluster() as server:
        assert ask(server.url, "SHOW fsync") == "on"
        assert ask(server.url, "SHOW synchronous_commit") == "on"


def test_it_keeps_what_was_committed_over_a_crash() -> None:
    with postgres.cluster() as server:
        connection = psycopg2.connect(server.url)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 7 AS n")
        server.stop("immediate")
        server.start()

        assert ask(server.url, "SELECT n FROM kept") == 7


def test_in_a_folder_that_is_kept_the_databases_stay() -> None:
    folder = Path(tempfile.mkdtemp(prefix="leadops-kept-"))  # pytest's own is closed to others
    try:
        with postgres.cluster(folder) as server:
            with psycopg2.connect(server.url) as connection, connection.cursor() as cursor:
                cursor.execute("CREATE TABLE kept AS SELECT 7 AS n")
            connection.close()
        assert not answers(server.url)

        with postgres.cluster(folder) as server:
            assert ask(server.url, "SELECT n FROM kept") == 7
    finally:
        shutil.rmtree(folder)


def test_a_command_runs_beside_it_and_its_exit_code_is_kept() -> None:
    told = "import os, sys; print(os.environ['DATABASE_URL']); sys.exit(3)"
    process = beside(sys.executable, "-c", told)
    url, _errors = process.communicate(timeout=60)

    assert process.returncode == 3
    assert url.startswith("postgres://")
    assert not answers(url.strip())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_running_when_it_is_ended(number: signal.Signals) -> None:
    told = "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(60)"
    with beside(sys.executable, "-c", told) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        folder = Path(str(ask(url, "SHOW data_directory"))).parent

        os.kill(process.pid, number)
        process.wait(30)

    deadline = time.monotonic() + 10
    while answers(url) or (number == signal.SIGKILL and list(folder.glob("data/*.pid"))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    if number == signal.SIGKILL:
        shutil.rmtree(folder)  # nobody was left to do it
    assert not folder.exists()
