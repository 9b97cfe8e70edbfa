"""A throw-away MariaDB server: a folder of its own, a socket, no network, no privileges."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests import packages
from tests.postgres import end_with_parent

START_SECONDS = 60
NAME = "wordpress"


class MariaDB:
    """One server in a temporary folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="leadops-db-"))
        self.socket = self.folder / "socket"
        self.user = "nobody" if os.geteuid() == 0 else None
        self.server: subprocess.Popen[bytes] | None = None
        if self.user:
            shutil.chown(self.folder, self.user)

    def start(self) -> None:
        """Lay the folder out, start, and make an empty database."""
        # Temporary files too: the run's own folder is not for other users.
        data = [f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder}"]
        root = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        self._run("mariadb-install-db", "--no-defaults", *data, *root)
        program = packages.find("mariadbd")
        assert program, "mariadbd is missing: apt-get install mariadb-server"
        with (self.folder / "server.log").open("wb") as log:
            self.server = subprocess.Popen(
                [program, "--no-defaults", *data, f"--socket={self.socket}", "--skip-networking"],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
                user=self.user,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.query("SELECT 1", database=""):
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "server.log").read_text())
            time.sleep(0.2)
        self.query(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4", database="")

    def query(self, statement: str, database: str = NAME) -> list[list[str]]:
        """The rows of a statement; none while the server does not answer."""
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "-N", "-B"]
        done = subprocess.run(
            [*client, "-e", statement, *([database] if database else [])],
            capture_output=True,
            text=True,
        )
        if done.returncode and self.socket.exists() and "ERROR 2002" not in done.stderr:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def stop(self) -> None:
        """End the server, and remove its folder."""
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(30)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        found = packages.find(program)
        assert found, f"{program} is missing: apt-get install mariadb-server"
        done = subprocess.run(
            [found, *arguments], capture_output=True, text=True, user=self.user, cwd=self.folder
        )
        assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def mariadb() -> Iterator[MariaDB]:
    """A running server, gone at the end of the block."""
    server = MariaDB()
    try:
        server.start()
        yield server
    finally:
        server.stop()
