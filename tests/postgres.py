"""A throw-away PostgreSQL server for tests and benchmarks.

`python -m tests.postgres -- COMMAND…` runs COMMAND with DATABASE_URL and TEST_DATABASE_URL
naming a fresh server, and removes the server when COMMAND ends, however it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, TextIO

USER = "leadops"
START_SECONDS = 30
PR_SET_PDEATHSIG = 1
PORTS = range(20_000, 32_000)
"""Of tests and benchmarks: below those that systems give to outgoing connections."""

_kept: list[TextIO] = []
"""The locks of this process's ports."""


class Missing(Exception):
    """PostgreSQL's server programs are not on this machine."""


def find_programs() -> Path:
    """The folder that holds `initdb` and `postgres`, the newest one. Raises Missing."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(versions, key=lambda path: int(path.parts[-3]), reverse=True)
    if newest:
        return newest[0].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise Missing("PostgreSQL's server programs are missing: apt-get install postgresql")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, kept for this process until it ends.

    Tests run side by side, and processes come back to their port after they were killed: what the
    kernel picks may be another's by then.
    """
    folder = Path("/tmp") / f"leadops-ports-{os.geteuid()}"  # one for all, whatever TMPDIR is
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        lock = (folder / str(port)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            lock.close()
            continue
        _kept.append(lock)
        return port
    raise RuntimeError(f"no port of {PORTS} is free")


class Cluster:
    """One PostgreSQL server in a temporary folder, durable as in production (fsync is on)."""

    def __init__(self, kept: Path | None = None, **options: str) -> None:
        """Lay out the folder; `options` are lines of postgresql.conf.

        In a folder that is `kept` the databases of an earlier run are there, and stay afterwards.
        """
        self.programs = find_programs()
        self.options = options
        self.port = free_port()
        self.kept = kept is not None
        if kept:
            kept.mkdir(parents=True, exist_ok=True)
        self.folder = kept.resolve() if kept else Path(tempfile.mkdtemp(prefix="leadops-pg-"))
        self.data = self.folder / "data"
        # PostgreSQL refuses to run as root.
        self.user = _unprivileged_user() if os.geteuid() == 0 else None
        self.server: subprocess.Popen[bytes] | None = None
        if self.user:
            shutil.chown(self.folder, self.user)

    @property
    def url(self) -> str:
        """What DATABASE_URL takes; the database named in it exists."""
        return f"postgres://{USER}@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make the data folder, where there is none, and start."""
        if not (self.data / "PG_VERSION").exists():
            self._run(
                "initdb",
                *("--username", USER, "--auth", "trust", "--encoding", "UTF8"),
                *("--locale", "C.UTF-8", "--no-instructions", "--pgdata", str(self.data)),
            )
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            **self.options,
        }
        with (self.folder / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                [
                    str(self.programs / "postgres"),
                    *("-D", str(self.data)),
                    *(f"--{name}={value}" for name, value in options.items()),
                ],
                stdout=log,
                stderr=log,
                # Not the terminal's process group: Ctrl-C must let the command end first.
                start_new_session=True,
                # So that a killed test run leaves no server behind.
                preexec_fn=partial(end_with_parent, signal.SIGQUIT),
                **self._as_user(),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.server.poll() is not None or time.monotonic() > deadline:
                self.stop("immediate")
                raise RuntimeError(f"PostgreSQL did not start:\n{self.log()}")
            time.sleep(0.05)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` ends connections, `immediate` is a crash."""
        if self.server is None:
            return
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT if mode == "immediate" else signal.SIGINT)
            try:
                self.server.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        self.server = None

    def remove(self) -> None:
        """Stop and delete everything but what is kept."""
        self.stop("fast" if self.kept else "immediate")
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What the server wrote."""
        path = self.folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _answers(self) -> bool:
        done = subprocess.run(
            [
                str(self.programs / "pg_isready"),
                *("-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", "postgres"),
            ],
            check=False,
        )
        return done.returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _as_user(self) -> dict[str, Any]:
        if not self.user:
            return {"cwd": self.folder}
        group = pwd.getpwnam(self.user).pw_gid
        return {"cwd": self.folder, "user": self.user, "group": group, "extra_groups": []}


@contextlib.contextmanager
def cluster(kept: Path | None = None, **options: str) -> Iterator[Cluster]:
    """A running server, removed at the end of the block; one in a `kept` folder is stopped."""
    server = Cluster(kept, **options)
    try:
        server.create()
        yield server
    finally:
        server.remove()


def _unprivileged_user() -> str:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise Missing("PostgreSQL refuses to run as root and there is no user postgres or nobody")


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Have this process get a signal when its parent ends. Linux only, elsewhere a no-op."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def main(arguments: list[str]) -> int:
    """Run a command beside a fresh server; the command's own exit code."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print("usage: python -m tests.postgres -- COMMAND…", file=sys.stderr)
        return 2
    # SIGTERM unwinds like an exception, so that the server goes with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with cluster() as server:
            urls = {"DATABASE_URL": server.url, "TEST_DATABASE_URL": server.url}
            with subprocess.Popen(command, env=os.environ | urls) as child:
                try:
                    return child.wait()
                except BaseException:
                    child.terminate()
                    raise
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
