"""An installation in a folder of its own, upgraded in place while everything runs."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.databases import execute
from tests.environment import inherited, neutral
from tests.faults.processes import children
from tests.journeys.kit.system import SHORT, eventually
from tests.postgres import end_with_parent, free_port

ROOT = Path(__file__).parents[3]
FIRST_SOCKET = 3
"""Where a program finds the socket that systemd opened for it."""
WEB = (
    *("leadops.wsgi", "--workers", "2", "--worker-class", "gthread", "--threads", "8"),
    *("--timeout", "60", "--graceful-timeout", "30"),
)
"""As deploy/leadops-web.service has it, for two cores."""
PINNED = re.compile(r"^([a-z][\w.-]*)==(\S+) ", re.MULTILINE)


class Installation:
    """A checkout that goes from one release to another, with its processes."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.database = folder, url
        self.code, self.packages = folder / "srv", folder / "packages"
        self.web_port, self.sandbox_port = free_port(), free_port()
        self.web_url = f"http://127.0.0.1:{self.web_port}"
        self.zoho = f"http://127.0.0.1:{self.sandbox_port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.socket: socket.socket | None = None
        (folder / "mail").mkdir()
        git("clone", "--quiet", "--shared", "--no-checkout", str(ROOT), str(self.code))

    @property
    def environment(self) -> dict[str, str]:
        """What a `.env` would say, and where the old release's packages lie."""
        return (
            inherited()
            | neutral(self.database, self.folder / "mail")
            | SHORT
            | {
                "ALLOWED_HOSTS": "127.0.0.1",
                "INTAKE_QUOTA": "1000000",
                "ZOHO_ACCOUNTS_URL": self.zoho,
                "ZOHO_CLIENT_ID": "1000.SANDBOX",
                "ZOHO_CLIENT_SECRET": "sandbox-secret",
                "ZOHO_REFRESH_TOKEN": "1000.sandbox.refresh",
                "PYTHONPATH": str(self.packages),
                "PYTHONUNBUFFERED": "1",
            }
        )

    # --- Code ---------------------------------------------------------------------------------

    def checkout(self, commit: str) -> None:
        """The code of a commit, in the place of what is there: `git pull`."""
        git("-C", str(self.code), "checkout", "--quiet", "--detach", commit)

    def install_packages(self) -> None:
        """What this release pins and today's environment lacks, as its lock names it."""
        lock = (self.code / "requirements.lock").read_text()
        today = set(PINNED.findall((ROOT / "requirements.lock").read_text()))
        lacking = [
            f"{name}=={version}"
            for name, version in PINNED.findall(lock)
            if (name, version) not in today
        ]
        if lacking:
            pip = (sys.executable, "-m", "pip", "-qqq", "--disable-pip-version-check")
            subprocess.run(
                [*pip, "install", "--no-deps", "--target", str(self.packages), *lacking], check=True
            )

    def manage(self, *arguments: str) -> str:
        """What a command of the release that is there prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.code,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def count(self, where: str) -> int:
        """How many leads there are of a kind."""
        return int(execute(self.database, f"SELECT count(*) FROM leads_lead WHERE {where}")[0][0])

    # --- Processes ----------------------------------------------------------------------------

    def start_sandbox(self) -> None:
        """Zoho's stand-in, today's whatever the release."""
        options = ["--port", str(self.sandbox_port), "--store", str(self.folder / "zoho.sqlite3")]
        self.run("sandbox", sys.executable, "-m", "zoho.sandbox", *options, cwd=ROOT)
        eventually(lambda: answers(f"{self.zoho}/sandbox/ledger"), 60)

    def start_web(self) -> None:
        """The web process: on a port of its own, or on the socket that was opened for it."""
        gunicorn = [sys.executable, "-m", "gunicorn", *WEB, "--no-control-socket"]
        if self.socket:
            # As systemd does it: the number of sockets, and whom they are meant for.
            activated = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
            self.run("web", "sh", "-c", activated, "sh", *gunicorn)
        else:
            self.run("web", *gunicorn, "--bind", f"127.0.0.1:{self.web_port}")

    def start_worker(self, name: str = "worker") -> None:
        """A delivery worker of the code that is there."""
        self.run(name, sys.executable, "manage.py", "worker")

    def run(self, name: str, *command: str, cwd: Path | None = None) -> None:
        """Start a process in a group of its own, its words in a file."""
        inner = self.socket.fileno() if self.socket and name == "web" else None

        def prepare() -> None:
            end_with_parent()
            if inner is not None:
                os.dup2(inner, FIRST_SOCKET)

        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=cwd or self.code,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=prepare,
                pass_fds=() if inner is None else (FIRST_SOCKET,),
            )

    def open_socket(self) -> None:
        """`leadops-web.socket`: it listens whether the web process runs or not."""
        self.socket = socket.create_server(("127.0.0.1", self.web_port), backlog=4096)

    def reload_web(self) -> None:
        """`systemctl reload leadops-web`: new processes, then the old ones end."""
        before = set(children(self.processes["web"].pid))
        self.processes["web"].send_signal(signal.SIGHUP)
        eventually(lambda: self.has_only_new(before), 150)
        # As gunicorn has it by itself they may not have booted yet: no code may change meanwhile.
        eventually(lambda: answers(f"{self.web_url}/healthz/ready"), 150)
        time.sleep(5)

    def has_only_new(self, before: set[int]) -> bool:
        """Whether all processes of the web were started after that."""
        now = set(children(self.processes["web"].pid))
        return len(now) == 2 and not now & before

    def kill_one_web_process(self) -> None:
        """As its master ends one after its last request: another takes its place."""
        os.kill(children(self.processes["web"].pid)[0], signal.SIGTERM)

    def end(self, name: str) -> None:
        """`systemctl stop`, which waits."""
        process = self.processes.pop(name)
        process.terminate()
        process.wait(90)

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / f"{name}.log").read_text()

    def switch_off(self) -> None:
        """End whatever still runs."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if self.socket:
            self.socket.close()


@contextlib.contextmanager
def installed(folder: Path, url: str, commit: str) -> Iterator[Installation]:
    """The release of a commit, migrated, with everything running but nginx."""
    installation = Installation(folder, url)
    try:
        installation.checkout(commit)
        installation.install_packages()
        installation.manage("migrate", "-v0")
        installation.start_sandbox()
        installation.start_web()
        installation.start_worker()
        eventually(lambda: answers(f"{installation.web_url}/healthz/ready"), 90)
        yield installation
    finally:
        installation.switch_off()


def git(*arguments: str) -> None:
    """Run git, which must succeed."""
    subprocess.run(["git", *arguments], check=True)


def answers(url: str) -> bool:
    """Whether somebody answers there with a 2xx."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
