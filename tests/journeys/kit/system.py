"""A whole LeadOps for a journey: real database, web, worker and sandbox, as processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import requests

from tests.databases import execute
from tests.journeys.kit.shell import Shell
from tests.postgres import end_with_parent, free_port

ROOT = Path(__file__).parents[3]
T = TypeVar("T")
BOOT = 90
"""Seconds in which a process answers, on the slowest machine."""

KEPT_BY_NONE = (
    "zoho_repairitem",
    "zoho_repair",
    "zoho_loss",
    "zoho_cause",
    "zoho_readback",
    "zoho_rest",
    "leads_incomplete",
    "leads_crmrecord",
    "leads_salescounter",
    "zoho_finding",
    "zoho_reconciliation",
    "notifications_linkedlead",
    "notifications_maillink",
    "notifications_reader",
    "notifications_notice",
    "notifications_message",
    "notifications_endpoint",
    "leads_leadevent",
    "leads_searchtoken",
    "leads_searchindex",
    "leads_revision",
    "leads_apilog",
    "leads_apicall",
    "leads_figure",
    "leads_rejectedsubmission",
    "leads_allowance",
    "leads_lead",
    "leads_bulkretry",
    "leads_unknownpost",
    "leads_sourceaddress",
    "leads_source",
    "leads_preferences",
)

# The same order as in production, each a few seconds long.
SHORT = {
    "SEND_TIMEOUT": "3",
    "DRAIN_TIMEOUT": "14",
    "QUEUE_TIMEOUT": "16",
    "LEASE_SECONDS": "18",
    "QUEUE_RETRY": "45",
    "SWEEP_SECONDS": "1",
    "RETRY_HOLD": "1",
    "UNKNOWN_WAIT": "3",
    "EMAIL_TIMEOUT": "1",
    "WORKERS": "2",
}
STANDING = (
    "SELECT state, due_at, read_at FROM zoho_readback ORDER BY id LIMIT 10",
    "SELECT what, until, failures, text FROM zoho_rest",
    "SELECT proving_until, proof_used FROM zoho_connection",
    "SELECT faults, paused_until, last_success_at FROM leads_destination",
    "SELECT key, lock FROM django_q_ormq ORDER BY id LIMIT 10",
)
"""What proof waits for."""
TURN = 20
"""Seconds that a turn of proof may take, and some."""


def eventually(look: Callable[[], T | None], seconds: float = 60, every: float = 0.1) -> T:
    """What `look` returns once it is true. Fails with its last answer when it never is."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s; last seen: {seen!r}")
        time.sleep(every)
    return seen


class System:
    """The processes of one installation, and what people and programs do with it."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self.web_port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.zoho = f"http://127.0.0.1:{self.sandbox_port}"
        self.environment = environment | {
            "PUBLIC_URL": self.url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "ZOHO_ACCOUNTS_URL": self.zoho,
            "ZOHO_CLIENT_ID": "1000.SANDBOX",
            "ZOHO_CLIENT_SECRET": "sandbox-secret",
            "ZOHO_REFRESH_TOKEN": "1000.sandbox.refresh",
            "WEBHOOK_PRIVATE": "true",  # receivers are on this machine, too
            "DEBUG": "true",  # static files without collectstatic
            **SHORT,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.open_shell: Shell | None = None

    # --- Processes ----------------------------------------------------------------------------

    def start(self) -> None:
        """Migrate, make a site and a person, start everything."""
        self.python("manage.py", "migrate", "-v0")
        self.key = self.manage("createsite", "Shop", "--recipient", "sales@example.com").strip()
        self.shell(
            "from django.contrib.auth.models import User\n"
            "User.objects.create_superuser('ana', 'ana@example.com', 'a-long-password')"
        )
        [(self.refresh_token,)] = self.sql("SELECT refresh_token FROM zoho_connection")
        self.make_whole()

    def make_whole(self) -> None:
        """Start whatever is not running."""
        for name, start in (
            ("sandbox", self.start_sandbox),
            ("worker", self.start_worker),
            ("web", self.start_web),
        ):
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                start()

    def reset(self) -> None:
        """As new: no lead, no fault, no mail, no pause. Keys, people and processes stay."""
        self.make_whole()
        self.reset_sandbox()  # its faults end: what is under way does not hang
        self.hold()
        self.reset_sandbox()  # what that has stored
        self.forget_corrections()
        self.clear()
        # A fold that was under way writes its sum after the rows were deleted: look once more.
        eventually(self.figures_are_gone)
        for mail in self.mail_files():
            mail.unlink()

    def standing(self) -> str:
        """What keeps proof from its turn, a line a question; for whoever reads of a failure."""
        return "\n".join(f"{query}: {self.sql(query)}" for query in STANDING)

    def reset_sandbox(self) -> None:
        """Zoho as it was: no record, no fault, no change of its fields."""
        requests.post(f"{self.zoho}/sandbox/reset", timeout=10)

    def hold(self) -> None:
        """End what is under way, delivery and proof; neither begins again before `clear`."""
        self.sql(
            "UPDATE leads_destination SET paused_at = CURRENT_TIMESTAMP,"
            " paused_until = NULL, pause_reason = 'paused_by_hand'"
        )
        eventually(lambda: not self.sql("SELECT 1 FROM leads_slot WHERE token IS NOT NULL"))
        with contextlib.suppress(AssertionError):  # a killed worker's turn has no end
            eventually(self.takes_turn, TURN)

    def takes_turn(self) -> bool:
        """Win the turn of proof, as the sweep does for whoever it then asks; False if it is taken.

        Else a turn that was won meanwhile would be asked for by a row that is deleted, or write
        down after it that the records rest for an hour.
        """
        free = "UPDATE zoho_connection SET proving_until = '2100-01-01' WHERE proving_until IS NULL"
        return bool(self.sql(f"{free} RETURNING id"))

    def forget_corrections(self) -> None:
        """Leads as they arrived, before their revisions go. The sweep looks for these after it has
        read the lead, and its worker ends where there are none: under this lock it does neither.
        """
        self.shell(
            "from django.db import transaction\n"
            "from leads.search.fill import LOCK\n"
            "from leads.store import database\n"
            "with transaction.atomic():\n"
            "    database.lock_names([LOCK])\n"
            "    Lead.objects.filter(revision__gt=0).update(revision=0)"
        )

    def clear(self) -> None:
        """Empty the tables of what happened, and put back what journeys change in the others."""
        self.sql(
            *(f"DELETE FROM {table}" for table in (*KEPT_BY_NONE, "django_q_ormq")),
            "DELETE FROM zoho_modulefields",
            "DELETE FROM zoho_mapping",
            "DELETE FROM leads_site WHERE draft IS NOT NULL",  # those of the wizard
            "UPDATE leads_site SET quota = 0, paused_at = NULL, paused_until = NULL,"
            " pause_reason = '', waiting_since = NULL, duplicate_policy = 'hold',"
            " repeat_window = 0, mail_links = false, has_endpoints = false",
            "UPDATE leads_destination SET rung_at = NULL, next_call_at = NULL, faults = 0,"
            " paused_at = NULL, paused_until = NULL, pause_reason = '', last_success_at = NULL",
            "UPDATE zoho_connection SET proof_used = 0, proof_share = 5, proof_credits = 200,"
            " reads_sales = false, sales_from = NULL, sales_lead = 0, sales_read_at = NULL,"
            " access_token = '', refreshes = '', refreshing_until = NULL,"
            " refresh_fault = NULL, refresh_again_at = NULL, proving_until = NULL,"
            f" refresh_token = '{self.refresh_token}'",
        )

    def figures_are_gone(self) -> bool:
        """Delete the figures; whether none came up since."""
        self.sql("DELETE FROM leads_figure", "DELETE FROM leads_total")
        time.sleep(0.2)
        return not self.sql("SELECT 1 FROM leads_figure LIMIT 1")

    def start_sandbox(self) -> None:
        """Zoho's stand-in, on the store it had before."""
        store = str(self.folder / "zoho.sqlite3")
        options = ["--port", str(self.sandbox_port), "--store", store]
        self.run("sandbox", sys.executable, "-m", "zoho.sandbox", *options)
        eventually(lambda: self.answers(f"{self.zoho}/sandbox/ledger"), BOOT)

    def start_worker(self) -> None:
        """Delivery and notices."""
        self.run("worker", sys.executable, "manage.py", "worker")

    def start_web(self) -> None:
        """The web process, as in production."""
        gunicorn = [sys.executable, "-m", "gunicorn", "leadops.wsgi", "--no-control-socket"]
        options = ["-k", "gthread", "--threads", "8", "--bind", f"127.0.0.1:{self.web_port}"]
        self.run("web", *gunicorn, *options)
        eventually(lambda: self.answers(f"{self.url}/healthz/ready"), BOOT)

    def run(self, name: str, *command: str) -> None:
        """Start a process in a group of its own, its words in a file."""
        self.run_as(name, {}, *command, cwd=ROOT)

    def run_as(self, name: str, environment: dict[str, str], *command: str, cwd: Path) -> None:
        """Start a process with some variables of its own, elsewhere. It ends with us."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=cwd,
                env=self.environment | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def kill(self, name: str) -> None:
        """kill -9 of the process alone, as an accident would have it."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End whatever runs; nothing may outlive the test."""
        self.close_shell()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / f"{name}.log").read_text()

    # --- Commands -----------------------------------------------------------------------------

    def manage(self, *arguments: str) -> str:
        """The standard output of a management command, which the shell runs: to start Django for
        each was a sixth of the journeys' work.
        """
        name, *words = arguments
        run = "from django.core.management import call_command\n"
        return self.shell(f"{run}call_command({name!r}, *{words!r})")

    def queue(self, count: int, **options: float) -> None:
        """So many leads at once, as if they had been posted; the sweep finds them."""
        more = [f"--{name}={value}" for name, value in options.items()]
        self.python("-m", "bench.seed", "--count", str(count), *more)

    def python(self, *arguments: str) -> str:
        """The standard output of a program in the installation's environment."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """What a line of Python prints, with all models at hand."""
        if self.open_shell and self.open_shell.environment != self.environment:
            self.close_shell()
        self.open_shell = self.open_shell or Shell(self.environment)
        return self.open_shell.run(f"from leads.models import *\n{code}")

    def close_shell(self) -> None:
        """End the process behind `shell`, if there is one."""
        if self.open_shell:
            self.open_shell.stop()
        self.open_shell = None

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Statements straight to the database; the rows of the last one."""
        return execute(self.environment["DATABASE_URL"], *statements)

    def count(self, status: str) -> int:
        """How many leads have a status, counted in the rows."""
        return int(self.sql(f"SELECT count(*) FROM leads_lead WHERE status = '{status}'")[0][0])

    def codes(self) -> list[int]:
        """The response codes of all attempts, oldest first."""
        return [code for (code,) in self.sql("SELECT response_code FROM leads_apilog ORDER BY id")]

    def stats(self) -> dict[str, Any]:
        """`leadstats --json`."""
        stats: dict[str, Any] = json.loads(self.manage("leadstats", "--json"))
        return stats

    # --- A site -------------------------------------------------------------------------------

    def post(self, **fields: Any) -> requests.Response:
        """Post a lead as JSON."""
        return requests.post(
            f"{self.url}/api/v1/leads/",
            json=fields,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=20,
        )

    def receipt(self, lead: str) -> dict[str, Any]:
        """The receipt of a lead by its public id."""
        answer = requests.get(
            f"{self.url}/api/v1/leads/{lead}/",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=20,
        )
        assert answer.status_code == 200, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    def becomes(self, lead: str, status: str, seconds: float = 20) -> dict[str, Any]:
        """The receipt once the lead has this status."""

        def look() -> dict[str, Any] | None:
            receipt = self.receipt(lead)
            return receipt if receipt["status"] == status else None

        return eventually(look, seconds)

    def answers(self, url: str) -> bool:
        """Whether somebody answers there with a 2xx."""
        try:
            return requests.get(url, timeout=5).ok
        except requests.RequestException:
            return False

    # --- Zoho ---------------------------------------------------------------------------------

    def fault(self, **fault: Any) -> None:
        """Have the sandbox misbehave."""
        answer = requests.put(f"{self.zoho}/sandbox/faults", json=fault, timeout=5)
        assert answer.ok, answer.text

    def records(self) -> list[dict[str, Any]]:
        """Every lead that the sandbox holds."""
        answer = requests.get(f"{self.zoho}/sandbox/records?module=Leads", timeout=120)
        records: list[dict[str, Any]] = answer.json()["records"]
        return records

    def calls(self, kind: str) -> int:
        """How many calls of a kind the sandbox has counted."""
        calls = requests.get(f"{self.zoho}/sandbox/ledger", timeout=20).json()["calls"]
        return int(calls.get(kind, 0))

    # --- Staff --------------------------------------------------------------------------------

    def staff(self) -> Staff:
        """A superuser, signed in."""
        return Staff(self)

    def mails(self) -> list[str]:
        """The mails that landed in the folder, decoded."""
        return [file.read_text() for file in self.mail_files()]

    def mail_files(self) -> list[Path]:
        """The files that they landed in."""
        folder = self.folder / "mail"
        return sorted(folder.glob("*")) if folder.is_dir() else []


class Addressed(Protocol):
    """What can be reached."""

    url: str


class Staff:
    """A person at the admin, with a session and no JavaScript."""

    def __init__(self, system: Addressed) -> None:
        self.system = system
        self.session = requests.Session()
        self.submit("/admin/login/", username="ana", password="a-long-password", next="/admin/")

    def get(self, path: str) -> str:
        """A page."""
        answer = self.session.get(f"{self.system.url}{path}", timeout=20)
        assert answer.ok, f"{path}: {answer.status_code}"
        return answer.text

    def submit(self, path: str, **fields: str) -> requests.Response:
        """Post a form the way its page would, with the page's CSRF token."""
        if not self._token():
            self.get("/admin/login/")
        token = self._token()
        answer = self.session.post(
            f"{self.system.url}{path}",
            data={"csrfmiddlewaretoken": token, **fields},
            headers={"Referer": self.system.url},
            timeout=20,
        )
        assert answer.ok, f"{path}: {answer.status_code} {re.sub('<[^>]+>', '', answer.text)[:500]}"
        return answer

    def _token(self) -> str:
        """The cookie against forged forms; over https its name has a prefix."""
        cookies = self.session.cookies.get_dict()
        names = ("csrftoken", "__Host-csrftoken")
        return next((cookies[name] for name in names if name in cookies), "")
