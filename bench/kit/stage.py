"""What a measurement starts and stops: PostgreSQL, gunicorn, the worker, Zoho's sandbox.

All of it lives in one temporary folder and on free ports of 127.0.0.1, and ends with the
`with` block, however that ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2

from bench.kit.machine import cpu_seconds
from tests.postgres import Cluster, cluster, free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
STOP_SECONDS = 80
"""The worker gives its clusters 45 s before it ends them itself."""
PR_SET_PDEATHSIG = 1
HERE = "127.0.0.1"

GUNICORN = ("--worker-class", "gthread", "--workers", "4", "--threads", "8")
"""As in deploy/leadops-web.service, for LeadOps and for its peers."""


class Failed(Exception):
    """A measurement that cannot be trusted, or a part that did not start."""


class Process:
    """One program in a process group and with a log of its own."""

    def __init__(
        self, folder: Path, name: str, command: tuple[str, ...], env: dict[str, str]
    ) -> None:
        self.name = name
        self.log = folder / f"{name}-{secrets.token_hex(3)}.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop things in order
                preexec_fn=_end_with_starter,
            )

    def stop(self) -> None:
        """Ask it to end, then kill what is left of its group."""
        self.child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def cpu(self) -> float:
        """CPU seconds so far, children included."""
        return cpu_seconds(self.child.pid)

    def said(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


def _end_with_starter() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Database:
    """One database, looked at from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._open: Any = None

    def value(self, sql: str) -> Any:
        """The first column of the first row."""
        return self._run(sql).fetchone()[0]

    def execute(self, sql: str) -> None:
        """Run and commit."""
        self._run(sql)

    def _run(self, sql: str) -> Any:
        if self._open is None:
            self._open = self._connect()
        cursor = self._open.cursor()
        cursor.execute(sql)
        return cursor

    def _connect(self) -> Any:
        if self.is_sqlite:
            path = self.url.removeprefix("sqlite:///")
            return sqlite3.connect(path, isolation_level=None, timeout=20)
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        return connection

    def close(self) -> None:
        """Let go of it."""
        if self._open is not None:
            self._open.close()
            self._open = None


class Sandbox:
    """Zoho's stand-in in a process of its own; also the witness of what arrived."""

    def __init__(self, process: Process, port: int, host: str = HERE) -> None:
        self.process = process
        self.port = port
        self.connection = http.client.HTTPConnection(host, port, timeout=30)

    def ask(self, method: str, path: str, order: Any = None) -> Any:
        """A call under /sandbox/; the answer's JSON."""
        body = None if order is None else json.dumps(order)
        self.connection.request(method, f"/sandbox/{path}", body)
        answer = self.connection.getresponse()
        content = json.loads(answer.read())
        if answer.status != 200:
            raise Failed(f"the sandbox answered {answer.status}: {content}")
        return content

    def inserts(self) -> dict[str, int]:
        """`calls` and `stored` records of insert calls so far."""
        kind = self.ask("GET", "ledger?last=0")["kinds"].get("insert", {})
        return {"calls": kind.get("calls", 0), "stored": kind.get("stored", 0)}


class Stage:
    """Starts things, and stops them in the opposite order."""

    def __init__(self, folder: Path, server: Cluster, stack: contextlib.ExitStack) -> None:
        self.folder = folder
        self.server = server
        self.stack = stack
        self.secret = secrets.token_hex(32)

    def start(
        self, name: str, *command: str, env: dict[str, str], by: tuple[str, ...] = ()
    ) -> Process:
        """Start one of our Python programs; `command` follows `python`.

        `by` is a program that puts itself in place of the one that follows.
        """
        process = Process(self.folder, name, (*by, sys.executable, *command), env)
        self.stack.callback(process.stop)
        return process

    def run(
        self, *command: str, env: dict[str, str], given: str = "", seconds: float = 1800
    ) -> str:
        """Run `python COMMAND…` to its end, for so long at most; what it printed."""
        done = subprocess.run(
            (sys.executable, *command),
            cwd=ROOT,
            env=os.environ | env,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        if done.returncode:
            raise Failed(f"{' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
        return done.stdout

    def database(self, name: str, sqlite: bool = False) -> Database:
        """A new, empty database; on a server that is kept, the one of an earlier run."""
        if sqlite:
            database = Database(f"sqlite:///{self.folder / name}.sqlite3")
        else:
            admin = Database(self.server.url)
            if not admin.value(f"SELECT count(*) FROM pg_database WHERE datname = '{name}'"):
                admin.execute(f"CREATE DATABASE {name}")
            admin.close()
            database = Database(self.server.url.rpartition("/")[0] + f"/{name}")
        self.stack.callback(database.close)
        return database

    def sandbox(self, name: str, host: str = HERE) -> Sandbox:
        """A running sandbox with an empty store."""
        port = free_port()
        store = str(self.folder / f"zoho-{name}.sqlite3")
        options = ("--host", host, "--port", str(port), "--store", store)
        process = self.start("sandbox", "-m", "zoho.sandbox", *options, env={})
        wait_for_http(process, port, "/sandbox/switches", host)
        return Sandbox(process, port, host)

    def leadops(self, database: Database, sandbox: Sandbox | None = None) -> dict[str, str]:
        """The environment of a LeadOps on a migrated database."""
        port = sandbox.port if sandbox else 9
        env = {
            "DATABASE_URL": database.url,
            "SECRET_KEY": self.secret,
            "DEBUG": "false",
            "PUBLIC_URL": "http://127.0.0.1",
            "ALLOWED_HOSTS": "127.0.0.1",
            "EMAIL_URL": f"filemail:///{self.folder / 'mail'}",
            "WORKERS": "4",
            "ZOHO_ACCOUNTS_URL": f"http://{HERE}:{port}",
            "ZOHO_CLIENT_ID": "1000.SANDBOX",
            "ZOHO_CLIENT_SECRET": "sandbox-secret",
            "ZOHO_REFRESH_TOKEN": "1000.sandbox.refresh",
        }
        self.run("manage.py", "migrate", "-v0", env=env)
        return env

    def gunicorn(
        self,
        name: str,
        app: str,
        env: dict[str, str],
        health: str,
        processes: tuple[str, ...] = (),
    ) -> tuple[int, Process]:
        """A web server for `app`; its port. `health` is a path that answers anything.

        `processes` are options of gunicorn that overrule ours.
        """
        port = free_port()
        process = self.start(
            name,
            *("-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--no-control-socket"),
            *GUNICORN,
            *processes,
            env=env,
        )
        wait_for_http(process, port, health)
        return port, process


@contextlib.contextmanager
def stage(kept: Path | None = None, **options: str) -> Iterator[Stage]:
    """A folder and a PostgreSQL with the defaults of production (fsync on).

    The server and its databases live in the folder `kept`, where one is named.
    """
    # Both unwind, so that nothing stays behind; a shell's background job ignores Ctrl-C's signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="leadops-bench-"))
    try:
        with cluster(kept, **options) as server, contextlib.ExitStack() as stack:
            yield Stage(folder, server, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_http(process: Process, port: int, path: str, host: str = HERE) -> None:
    """Return once anything answers there. Raises Failed."""

    def answers() -> bool:
        if process.child.poll() is not None:
            raise Failed(f"{process.name} did not start:\n{process.said()}")
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    wait_until(answers, START_SECONDS, f"{process.name} does not answer", every=0.1)


def wait_until(look: Callable[[], bool], seconds: float, why: str, every: float = 0.02) -> float:
    """Look every so many seconds until it is true; the moment it was (time.time()).

    Raises Failed with `why` when the time is up.
    """
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise Failed(f"{why} after {seconds:.0f} s")
        time.sleep(every)
    return time.time()


def expect(what: str, found: Any, wanted: Any) -> None:
    """Refuse a measurement whose counters do not balance. Raises Failed."""
    if found != wanted:
        raise Failed(f"{what}: found {found}, expected {wanted}")
