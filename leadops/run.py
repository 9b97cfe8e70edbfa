"""`make run`: the whole system on one machine, with one command, to look at and to develop.

Imports nothing of Django: settings are read by the processes started here, after their
environment has been written. What must outlive a run is in `.local/`: the generated keys
(`env`, read by leadops.env), the demo's secrets (`demo.json`) and the logs.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import fcntl
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from leadops import paths
from leadops.paths import BASE_DIR, HOME

LOCAL = HOME / ".local"
ENV_FILE = LOCAL / "env"
DEMO_FILE = LOCAL / "demo.json"
LOGS = LOCAL / "log"
MANAGE = (sys.executable, *paths.MANAGE)

START_SECONDS = 60
# The worker gives its clusters 45 s (leads.worker.cluster_runner), then kills them itself.
STOP_SECONDS = 60
TAIL_LINES = 20
PR_SET_PDEATHSIG = 1
# Databases, logs and mails hold people's data: only their owner reads them.
PRIVATE = 0o077


class Failed(Exception):
    """The start cannot go on, or a part of the system died. The text is for the terminal."""


@dataclass(frozen=True)
class Addresses:
    """Where the parts listen."""

    host: str
    port: int
    sandbox_port: int

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Addresses:
        """From HOST, PORT and SANDBOX_PORT. Raises Failed."""
        return cls(
            host=environ.get("HOST", "").strip() or "127.0.0.1",
            port=_port_number(environ, "PORT", 8000),
            sandbox_port=_port_number(environ, "SANDBOX_PORT", 9000),
        )

    @property
    def visible_host(self) -> str:
        """The host part of addresses that a person may open."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what HOST may say
        host = everywhere.get(self.host, self.host)
        return f"[{host}]" if ":" in host else host

    @property
    def web(self) -> str:
        """The web process."""
        return f"http://{self.visible_host}:{self.port}"

    @property
    def sandbox(self) -> str:
        """The Zoho sandbox."""
        return f"http://{self.visible_host}:{self.sandbox_port}"

    @property
    def bind(self) -> str:
        """What gunicorn binds to."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def refuse_busy(self) -> None:
        """Raises Failed when somebody else listens on a port."""
        if self.port == self.sandbox_port:
            raise Failed(f"PORT and SANDBOX_PORT are both {self.port}: they must differ")
        for name, port in (("PORT", self.port), ("SANDBOX_PORT", self.sandbox_port)):
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            with socket.socket(family) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    sock.bind((self.host, port))
                except OSError as error:
                    raise Failed(
                        f"{name} {port} on {self.host} cannot be used ({error.strerror}): "
                        f"choose another one, as in `make run {name}={port + 1}`"
                    ) from None


def _port_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failed(f"{name} is not valid: expected a port number between 1 and 65535")
    return int(text)


# --- What is kept in .local -----------------------------------------------------------------


def environment(addresses: Addresses, caller: Mapping[str, str]) -> dict[str, str]:
    """The settings of this run; what the caller's environment says goes before ours."""
    hosts = {addresses.host, "127.0.0.1", "localhost"}
    ours = {
        "PUBLIC_URL": addresses.web,
        "ALLOWED_HOSTS": ",".join(sorted(hosts)),
        "ZOHO_ACCOUNTS_URL": addresses.sandbox,
        "ZOHO_OTHER_ADDRESSES": "any",
        "ZOHO_CLIENT_ID": "1000.SANDBOX",
        "ZOHO_CLIENT_SECRET": "sandbox-secret",
        "ZOHO_REFRESH_TOKEN": "1000.sandbox.refresh",
        "ZOHO_REFERENCE_FIELD": "Lead_Ref",
    }
    return {name: caller.get(name, value) for name, value in ours.items()}


def remember(values: Mapping[str, str]) -> None:
    """Write .local/env: keys made once, this run's settings, and whatever else it held.

    So a plain `python manage.py …` sees the same system as the processes started here.
    """
    kept = _read_env_file() if ENV_FILE.exists() else {}
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    lines = [f"{name}={value}\n" for name, value in (made | kept | dict(values)).items()]
    _write_private(ENV_FILE, "# Written by `make run`.\n" + "".join(lines))


def _read_env_file() -> dict[str, str]:
    pairs = (line.partition("=") for line in ENV_FILE.read_text().splitlines())
    return {name: value for name, sign, value in pairs if sign and not name.startswith("#")}


def _write_private(path: Path, text: str) -> None:
    # Written beside and renamed: a reader sees the old file or the new one, never half of it.
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold the folder for this run. Raises Failed when another run holds it."""
    with (LOCAL / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed("make run is already running in this folder") from None
        yield


# --- The processes --------------------------------------------------------------------------


class Part:
    """One long-running process of the system, in a process group and with a log of its own."""

    def __init__(self, name: str, command: tuple[str, ...], health: str = "") -> None:
        """`health` is an address that answers 200 once the part works."""
        self.name = name
        self.command = command
        self.health = health
        self.log = LOGS / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, environ: Mapping[str, str]) -> None:
        """Start it; the log of the run before is kept as NAME.log.1."""
        if self.log.exists():
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with self.log.open("wb") as log:
            self.process = _spawn(self.command, environ, log)

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else None

    def is_healthy(self) -> bool:
        """Whether it answers; a part without an address is healthy while it runs."""
        if not self.health:
            return True
        try:
            with urllib.request.urlopen(self.health, timeout=2) as answer:  # noqa: S310 - ours
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def terminate(self) -> None:
        """Ask the process to end. Only itself: it knows how to end its own children."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def reap(self, seconds: float) -> None:
        """Wait for the end, then kill whatever of its group is left."""
        if not self.process:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(seconds, 0))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _spawn(
    command: tuple[str, ...], environ: Mapping[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own commands
        command,
        cwd=BASE_DIR,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        # A group of its own: Ctrl-C reaches us alone, and we stop the parts in order.
        start_new_session=True,
        umask=PRIVATE,
        preexec_fn=_end_with_starter,
    )


def _end_with_starter() -> None:
    # When the starter is killed outright the parts end too. Linux only, elsewhere a no-op.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def parts(addresses: Addresses) -> list[Part]:
    """The three processes, in the order of their start. They are stopped the other way round."""
    store = str(LOCAL / "zoho-sandbox.sqlite3")
    return [
        Part(
            "sandbox",
            (
                *(sys.executable, "-m", "zoho.sandbox"),
                *("--host", addresses.host, "--port", str(addresses.sandbox_port)),
                *("--store", store),
            ),
            health=addresses.sandbox + "/",
        ),
        Part("worker", (*MANAGE, "worker")),
        Part(
            "web",
            (
                *(sys.executable, "-m", "gunicorn", "leadops.wsgi", "--bind", addresses.bind),
                *("--worker-class", "gthread", "--workers", "1", "--threads", "8"),
            ),
            health=addresses.web + "/healthz/live",
        ),
    ]


def stop(running: list[Part], hurry: Callable[[], bool]) -> None:
    """End all parts, the sandbox last: the worker finishes what it is sending.

    `hurry` says that the person has asked twice; then nothing is waited for.
    """
    deadline = time.monotonic() + STOP_SECONDS
    sandbox, *others = running
    for part in others:
        part.terminate()
    while (
        any(part.exit_code() is None and part.process for part in others)
        and time.monotonic() < deadline
        and not hurry()
    ):
        time.sleep(0.1)
    sandbox.terminate()
    for part in others:
        part.reap(0)
    sandbox.reap(0 if hurry() else 5)


# --- The start ------------------------------------------------------------------------------


def prepare(environ: Mapping[str, str]) -> dict[str, str]:
    """Bring the database and the static files up to date; the demo's secrets."""
    _manage(environ, "migrate", "--no-input")
    _manage(environ, "collectstatic", "--no-input")
    answer: dict[str, str] = json.loads(_manage(environ, "demo", "--memory", str(DEMO_FILE)))
    return answer


def _manage(environ: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own commands
        (*MANAGE, *arguments),
        cwd=BASE_DIR,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=PRIVATE,
    )
    with (LOGS / "setup.log").open("a") as log:
        log.write(f"--- manage.py {arguments[0]}\n{done.stderr}")
        # What `demo` prints are secrets.
        log.write(done.stdout if arguments[0] != "demo" else "")
    if done.returncode:
        # A wrong setting is one line already.
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        clear = [line for line in said if line.startswith("LeadOps cannot start:")]
        raise Failed("\n".join(clear or [f"manage.py {arguments[0]} failed:", *said[-TAIL_LINES:]]))
    return done.stdout


def wait_until_healthy(running: list[Part], stopping: threading.Event) -> None:
    """Return when every part answers, or when a stop was asked for. Raises Failed."""
    deadline = time.monotonic() + START_SECONDS
    waiting = list(running)
    while waiting and not stopping.is_set():
        fail_if_dead(running)
        waiting = [part for part in waiting if not part.is_healthy()]
        if waiting and time.monotonic() > deadline:
            part = waiting[0]
            raise Failed(f"{part.name} does not answer at {part.health}\n{_tail(part.log)}")
        stopping.wait(0.1 if waiting else 0)


def fail_if_dead(running: list[Part]) -> None:
    """Raises Failed when a part has ended."""
    for part in running:
        if (code := part.exit_code()) is not None:
            raise Failed(f"{part.name} ended with code {code}\n{_tail(part.log)}")


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "\n".join([f"The end of {log.relative_to(HOME)}:", *(f"  {line}" for line in lines)])


def announcement(addresses: Addresses, demo: Mapping[str, str]) -> str:
    """What the person reads once everything works."""
    web = addresses.web
    lead = {
        "contact_name": "Ada Lovelace",
        "email": "ada@example.com",
        "phone": "+44 20 7946 0018",
        "company": "Analytical Engines",
        "message": "Please call me back.",
    }
    curl = shlex.join(
        [
            *("curl", "-sS", f"{web}/api/v1/leads/"),
            *("-H", f"Authorization: Bearer {demo['site_key']}"),
            *("-H", "Content-Type: application/json"),
            *("-d", json.dumps(lead)),
        ]
    )
    password = demo["admin_password"] or "(the one you have set)"
    return f"""
LeadOps is running.

  Admin         {web}/admin/
                user admin, password {password}
                passkeys need a name: http://localhost:{addresses.port}/admin/
  Failed leads  {web}/admin/leads/failedlead/
  Demo page     {web}/demo/
  Help page     {web}/help/13002/
  Zoho sandbox  {addresses.sandbox}/
  Logs          .local/log/

Post a lead:

  {curl}

Ctrl-C stops all of it.
"""


def run() -> None:
    """Start everything, wait for the end, stop everything. Raises Failed."""
    addresses = Addresses.read(os.environ)
    addresses.refuse_busy()
    LOGS.mkdir(parents=True, exist_ok=True)
    LOCAL.chmod(0o700)
    asked: list[int] = []
    stopping = threading.Event()

    def ask_to_stop(number: int, _frame: object) -> None:
        asked.append(number)
        stopping.set()

    with only_one():
        ours = environment(addresses, os.environ)
        remember(ours)
        environ = os.environ | ours | {"PYTHONUNBUFFERED": "1"}
        say("Preparing the database …")
        (LOGS / "setup.log").unlink(missing_ok=True)
        demo = prepare(environ)
        # From here on there is something to stop in order; before, Ctrl-C may just end us.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, ask_to_stop)
        running = parts(addresses)
        try:
            say("Starting …")
            for part in running:
                part.start(environ)
            wait_until_healthy(running, stopping)
            if not stopping.is_set():
                say(announcement(addresses, demo))
            while not stopping.wait(0.3):
                fail_if_dead(running)
            say("Stopping …")
        finally:
            stop(running, hurry=lambda: len(asked) > 1)


def say(text: str) -> None:
    """Print to the terminal at once, also when it is a pipe."""
    print(text, flush=True)  # noqa: T201 - this is a command


def main() -> NoReturn:
    """The command: 0 after a stop that was asked for, 1 with a clear line otherwise."""
    try:
        run()
    except Failed as error:
        sys.exit(f"make run: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


if __name__ == "__main__":
    main()
