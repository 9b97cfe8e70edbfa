"""PgBouncer, as Debian ships it: by sessions everything works, by transactions nothing starts."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import packages
from tests.databases import new_database
from tests.environment import inherited, neutral
from tests.journeys.kit.system import System, eventually
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def pgbouncer(database: str, mode: str, settings: str = "") -> Iterator[str]:
    """The address of a database behind a pooler; `settings` are lines of its file."""
    program = packages.find("pgbouncer")
    assert program, "PgBouncer is missing: apt-get install pgbouncer"
    url, port = urlsplit(database), free_port()
    # Not in a folder of pytest's, which is root's alone: PgBouncer refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="leadops-pooler-"))
    (folder / "users.txt").write_text(f'"{url.username}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\nunix_socket_dir =\n"
        f"auth_file = {folder}/users.txt\npool_mode = {mode}\nmax_client_conn = 100\n{settings}"
        f"[databases]\n{url.path[1:]} = host={url.hostname} port={url.port} user={url.username}\n"
    )
    root = os.geteuid() == 0
    for path in (folder, *folder.iterdir()) if root else ():
        os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
    process = subprocess.Popen(
        [program, "-q", folder / "pgbouncer.ini"], user="nobody" if root else None
    )
    try:
        eventually(lambda: listens(port), 20)
        yield url._replace(netloc=f"{url.username}@127.0.0.1:{port}").geturl()
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def manage(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=inherited() | neutral(url, folder / "mail") | {"PUBLIC_URL": "https://leads.example"},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.long
@pytest.mark.usefixtures("postgres_url")
def test_in_session_mode_everything_works(database_url: str, tmp_path: Path) -> None:
    with pgbouncer(database_url, "session") as url:
        assert manage(url, tmp_path, "migrate", "--verbosity=0").returncode == 0
        assert manage(url, tmp_path, "createsite", "Shop").returncode == 0
        assert "E017" not in manage(url, tmp_path, "check", "--deploy").stderr


NEEDED = 32 + 2 * 4 + 6
"""Connections of a web machine and a worker machine: docs/growing.md."""


@pytest.mark.usefixtures("postgres_url")
def test_in_session_mode_a_lead_goes_through_web_and_worker(tmp_path: Path) -> None:
    size = f"default_pool_size = {NEEDED}\n"
    with (
        new_database(tmp_path, as_migrated=True) as database,
        pgbouncer(database, "session", size) as url,
    ):
        system = System(inherited() | neutral(url, tmp_path / "mail"), tmp_path)
        try:
            system.start()
            lead = system.post(contact_name="Ada Lovelace", email="ada@example.com").json()["id"]
            system.becomes(lead, "delivered", 60)
            assert [record["Email"] for record in system.records()] == ["ada@example.com"]
        finally:
            system.stop()


@pytest.mark.usefixtures("postgres_url")
def test_the_doctor_tells_of_a_pool_that_is_too_small(tmp_path: Path) -> None:
    with new_database(tmp_path, as_migrated=True) as database:
        assert manage(database, tmp_path, "migrate", "--verbosity=0").returncode == 0
        seen = f"stats_users = {urlsplit(database).username}\n"
        enough = f"{seen}default_pool_size = {NEEDED}\n"

        found = [of_the_pooler(database, tmp_path, lines) for lines in ("", seen, enough)]

    assert [one["level"] for one in found] == ["warn", "fail", "ok"]
    for one, said in zip(found, ("does not say", "has 20", f"has {NEEDED}"), strict=True):
        assert said in one["text"]
        assert f"{NEEDED} may be needed" in one["text"]


def of_the_pooler(database: str, folder: Path, lines: str) -> dict[str, str]:
    """What the doctor finds of a pooler by sessions with these settings."""
    with pgbouncer(database, "session", lines) as url:
        told = json.loads(manage(url, folder, "doctor", "--json").stdout)
    [finding] = (one for one in told["findings"] if one["name"] == "Pooler")
    return dict(finding)


@pytest.mark.usefixtures("postgres_url")
def test_by_transactions_nothing_starts(database_url: str, tmp_path: Path) -> None:
    with pgbouncer(database_url, "transaction") as url:
        checked = manage(url, tmp_path, "check", "--deploy")
        started = manage(url, tmp_path, "worker")

    assert "leadops.E017" in checked.stderr
    assert "LeadOps cannot start: PgBouncer" in started.stderr
