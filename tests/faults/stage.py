"""A whole LeadOps of which every part and every connection can be broken."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import requests

from tests.databases import copy_migrated, execute
from tests.environment import documented, inherited, neutral
from tests.faults.hooks import AUTHORITY, ORDERS
from tests.faults.processes import Cast, cast, children, kill
from tests.faults.proxy import Proxy
from tests.faults.rows.tls import TlsProxy
from tests.journeys.kit.system import ROOT, SHORT, System, eventually
from tests.postgres import Cluster

T = TypeVar("T")

DATABASES = ("sqlite", "postgresql")
BACKLOG = 500
"""Leads that wait after an outage, where nobody asks for more."""
DISK = "300m"
CONNECTIONS = 60
"""Of the PostgreSQL server: few enough to be used up."""


def timings(production: bool) -> dict[str, str]:
    """The deadlines of production, or the same order in seconds, for tests."""
    short = SHORT | {"SEND_TIMEOUT": "4", "STALL_SECONDS": "30"}
    return {name: documented()[name] for name in short} if production else short


BATCH = 10
"""Leads of a call, so that few leads are many batches and a worker has two in hand."""


class Stage(System):
    """An installation on one database, with a proxy before that and one before Zoho."""

    def __init__(
        self,
        folder: Path,
        database: str,
        production: bool = False,
        small_disk: bool = False,
        https: bool = False,
    ) -> None:
        """`small_disk` has the database lie on a file system that can be filled, which needs root;
        `https` has Zoho reached by TLS.
        """
        self.database, self.production = database, production
        self.disk: Path | None = None
        self.backlog = BACKLOG
        self.notes: list[str] = []
        """What a fault has to say besides; `play` takes it."""
        self.orders = folder / "orders"
        self.orders.mkdir()
        self.server: Cluster | None = None
        self.database_proxy: Proxy | None = None
        super().__init__(inherited() | neutral("", mail_folder=folder / "mail"), folder)
        self.zoho_proxy = Proxy(self.sandbox_port, host="")
        self.tls_proxy = TlsProxy(self.sandbox_port, folder) if https else None
        place = folder / "database"
        place.mkdir()
        if database == "postgresql":
            self.server = Cluster(max_connections=str(CONNECTIONS))
            place = self.server.folder
        if small_disk:
            mount(place)
            self.disk = place
        self.own_url = self.seen_url = f"sqlite:///{place}/leadops.sqlite3"
        if self.server:
            self.database_proxy = Proxy(self.server.port, host="")
            self.own_url = self.server.url
            self.seen_url = self.own_url.replace(
                f":{self.server.port}/", f":{self.database_proxy.port}/"
            )
        self.environment |= (
            timings(production)
            | self.seen_from("127.0.0.1")
            | {
                "DEBUG": "false",
                "INTAKE_QUOTA": "1000000",
                "PYTHONUNBUFFERED": "1",
                "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
                ORDERS: str(self.orders),
            }
        )

    def seen_from(self, host: str) -> dict[str, str]:
        """Where a process finds database and Zoho when it reaches us as `host`."""
        zoho = {"ZOHO_ACCOUNTS_URL": f"http://{host}:{self.zoho_proxy.port}"}
        if self.tls_proxy:
            zoho["ZOHO_ACCOUNTS_URL"] = f"https://{host}:{self.tls_proxy.port}"
            zoho[AUTHORITY] = str(self.tls_proxy.authority)
        return {"DATABASE_URL": self.seen_url.replace("127.0.0.1", host)} | zoho

    @property
    def proxies(self) -> list[Proxy]:
        """All that stand between LeadOps and others."""
        return [one for one in (self.zoho_proxy, self.tls_proxy, self.database_proxy) if one]

    @property
    def lease(self) -> int:
        """How long a dead worker's leads stay its own."""
        return int(self.environment["LEASE_SECONDS"])

    # --- Its life -----------------------------------------------------------------------------

    def start(self) -> None:
        """From an empty folder to a system that has delivered its first lead."""
        if self.server:
            self.server.create()
        else:
            copy_migrated(self.own_url.removeprefix("sqlite:///"))
        super().start()
        requests.put(f"{self.zoho}/sandbox/switches", json={"throttle_tokens": 0}, timeout=10)
        self.sql(f"UPDATE leads_destination SET batch_size = {BATCH}")
        lead = self.post(contact_name="First", email="first@example.com").json()["id"]
        self.becomes(lead, "delivered", 180)

    def remove(self) -> None:
        """End everything, and leave nothing."""
        with contextlib.suppress(Exception):
            self.thaw()
        self.stop()
        for proxy in self.proxies:
            proxy.close()
        if self.server:
            self.server.stop("immediate")
        if self.disk:
            subprocess.run(["umount", str(self.disk)], check=False)
        if self.server:
            self.server.remove()

    def mend(self) -> None:
        """Whatever was broken is whole again; what the engine has to get over by itself stays."""
        for order in self.orders.iterdir():
            order.unlink(missing_ok=True)
        for proxy in self.proxies:
            proxy.heal()
        self.thaw()
        if self.server and (self.server.server is None or self.server.server.poll() is not None):
            self.server.start()
        for name in set(self.processes) - {"sandbox", "worker", "web"}:
            self.kill_tree(name)
        self.make_whole()
        eventually(self.end_faults)  # while it refuses connections it hears nothing

    def end_faults(self) -> bool:
        """Have the sandbox behave; whether it heard."""
        try:
            return requests.delete(f"{self.zoho}/sandbox/faults", timeout=10).ok
        except requests.ConnectionError:
            return False

    def forget(self) -> None:
        """Ten tokens in ten minutes are used up by faults on order: let the count begin anew."""
        self.sql("UPDATE zoho_connection SET refreshes = ''")

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Statements to the database, not through the proxy."""
        return execute(self.own_url, *statements)

    def last_lead(self) -> int:
        """The number of the newest lead."""
        return int(self.sql("SELECT coalesce(max(id), 0) FROM leads_lead")[0][0])

    def open_leads(self) -> int:
        """How many leads are on their way; one question, for they move between two."""
        statement = "SELECT count(*) FROM leads_lead WHERE status IN ('queued', 'sending')"
        return int(self.sql(statement)[0][0])

    def restart(self, *names: str, **environment: str) -> None:
        """Stop processes in order and start them again, with other variables if any are given."""
        self.environment |= environment
        for name in names:
            self.end(name)
        self.make_whole()

    def start_second_worker(self, **environment: str) -> None:
        """Another worker on the same database, as if on another machine."""
        command = (sys.executable, "manage.py", "worker")
        self.run_as("second worker", environment, *command, cwd=ROOT)
        self.cast(worker="second worker")

    def end(self, name: str) -> None:
        """Stop a process that the system can do without."""
        process = self.processes.pop(name)
        process.terminate()
        process.wait(80)

    # --- Breaking it --------------------------------------------------------------------------

    def order(self, name: str) -> None:
        """Lay down an order of `hooks`."""
        (self.orders / name).touch()

    def fault_list(self, *faults: dict[str, Any]) -> None:
        """Several ways to misbehave at once."""
        assert requests.put(f"{self.zoho}/sandbox/faults", json=list(faults), timeout=10).ok

    def obeyed(self, name: str, seconds: float = 90) -> None:
        """Wait until an order was carried out."""
        self.while_leads_come(lambda: not (self.orders / name).exists(), seconds)

    def while_leads_come(self, look: Callable[[], T], seconds: float) -> T:
        """What `look` returns once it is true. A lead comes in every second until then: on a busy
        machine all others may be through before anybody looks.
        """
        began = time.monotonic()
        posted = 1

        def look_on() -> T:
            nonlocal posted
            if not (seen := look()) and time.monotonic() - began > posted:
                posted += 1
                with contextlib.suppress(requests.RequestException):
                    self.post(contact_name="One more")
            return seen

        return eventually(look_on, seconds, every=0.05)

    def cast(self, name: str = "delivery", worker: str = "worker") -> Cast:
        """The processes of a cluster, once it is complete."""
        supervisor = self.processes[worker].pid
        found = eventually(lambda: cast(supervisor, name), 90)
        assert found is not None
        return found

    def busy_worker(self, seconds: float = 120) -> int:
        """A worker in the middle of a task."""
        return self.while_leads_come(lambda: self.cast().busy(), seconds)[0]

    def kill_tree(self, name: str) -> None:
        """kill -9 of a process and all that it started, as when a machine dies."""
        process = self.processes.pop(name)
        kill(*tree(process.pid))
        process.wait()

    def thaw(self) -> None:
        """Let go on what was stopped."""
        for process in self.processes.values():
            for pid in tree(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def tree(root: int) -> list[int]:
    """A process and all that it started."""
    pids = [root]
    for pid in pids:
        pids += children(pid)
    return pids


def mount(place: Path) -> None:
    """Put a small file system there, with the rights that the folder had."""
    owner = place.stat()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "leadops", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    os.chown(place, owner.st_uid, owner.st_gid)


@contextlib.contextmanager
def stage(
    database: str, production: bool = False, small_disk: bool = False, https: bool = False
) -> Iterator[Stage]:
    """A running installation, gone at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="leadops-stage-"))
    found = Stage(folder, database, production, small_disk, https)
    try:
        found.start()
        yield found
    finally:
        found.remove()
        shutil.rmtree(folder, ignore_errors=True)
