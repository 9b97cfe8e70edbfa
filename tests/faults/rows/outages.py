"""The database and the network fail."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg2
import psycopg2.extensions

from tests.faults.play import fault
from tests.faults.proxy import Proxy
from tests.faults.stage import CONNECTIONS, Stage
from tests.journeys.kit.system import eventually

POSTGRESQL = ("postgresql",)
LASTS = 6.0
"""Seconds that a fault of the network lasts."""


@fault("PostgreSQL crashes and starts again", tries=5, on=POSTGRESQL, slow=0.5, short=True)
def crash(stage: Stage, dice: random.Random) -> None:
    """An immediate stop, with web and worker in the middle of their work."""
    assert stage.server is not None
    time.sleep(dice.uniform(0.1, 1))
    stage.server.stop("immediate")
    time.sleep(5)
    stage.server.start()


@fault("database away when web and worker start", tries=2, on=POSTGRESQL)
def away_at_start(stage: Stage, dice: random.Random) -> None:
    """They wait for it, and begin by themselves."""
    assert stage.server is not None
    stage.server.stop("immediate")
    stage.kill_tree("worker")
    stage.start_worker()
    time.sleep(12)
    assert stage.processes["worker"].poll() is None
    stage.server.start()


@fault("PostgreSQL out of connections", tries=2, on=POSTGRESQL)
def no_connections(stage: Stage, dice: random.Random) -> None:
    """Somebody else holds all of them, those kept for administrators too."""
    assert stage.server is not None
    stage.kill_tree("worker")
    held: list[psycopg2.extensions.connection] = []
    with contextlib.suppress(psycopg2.OperationalError):
        while len(held) < CONNECTIONS:
            held.append(psycopg2.connect(stage.server.url))
    stage.start_worker()
    time.sleep(LASTS)
    for connection in held:
        connection.close()


@fault("connections to PostgreSQL cut", tries=5, on=POSTGRESQL, slow=0.5)
def cut(stage: Stage, dice: random.Random) -> None:
    """All at once, and again, some of them after Zoho has stored and before that is noted."""
    for _ in range(4):
        time.sleep(dice.uniform(0.2, 1))
        database_proxy(stage).cut()


@fault("PostgreSQL unreachable", tries=3, on=POSTGRESQL, slow=0.5)
def unreachable(stage: Stage, dice: random.Random) -> None:
    """Long enough that what became of a batch cannot be written down in time."""
    stage.busy_worker()
    database_proxy(stage).refuse()
    time.sleep(LASTS + 4)


@fault("PostgreSQL answers late", tries=2, on=POSTGRESQL)
def late(stage: Stage, dice: random.Random) -> None:
    """A fifth of a second for every answer."""
    database_proxy(stage).delay = 0.2
    time.sleep(LASTS)


@fault("PostgreSQL's answers break off after 2,000 bytes", tries=3, on=POSTGRESQL)
def broken_answers(stage: Stage, dice: random.Random) -> None:
    """In the middle of a row."""
    proxy = database_proxy(stage)
    proxy.cut()
    proxy.reset_after = 2000
    time.sleep(LASTS)


@fault("PostgreSQL falls silent", tries=2, on=POSTGRESQL)
def silent(stage: Stage, dice: random.Random) -> None:
    """Connections stay open and nothing comes; then they break, as a network does that is back."""
    proxy = database_proxy(stage)
    proxy.silent = True
    time.sleep(LASTS + 6)
    proxy.heal()
    proxy.cut()


@fault("PostgreSQL: deadlocks of another program with intake and finish", on=POSTGRESQL, rate=3.0)
def deadlocks(stage: Stage, dice: random.Random) -> None:
    """Real ones, with LeadOps as the victim: its rows are wanted in the other order.

    Intake's commit needs its site, then its destination; finish holds its leads and needs a site.
    """
    for first, then in (
        ("leads_destination", "leads_site"),
        ("leads_site", "leads_lead WHERE status = 'sending'"),
    ):
        so_far = said(stage, "deadlock detected")
        for _ in range(30):
            embrace(stage, first, then)
            if said(stage, "deadlock detected") > so_far:
                break
        else:
            raise AssertionError(f"no deadlock over {first} and {then}")


def embrace(stage: Stage, first: str, then: str) -> None:
    """Lock one thing, let others wait for it, and want what they hold; never the victim."""
    assert stage.server is not None
    with contextlib.closing(psycopg2.connect(stage.server.url)) as other:
        cursor = other.cursor()
        cursor.execute("SET deadlock_timeout = '60s'; SET statement_timeout = '3s'")
        cursor.execute(f"SELECT 1 FROM {first} FOR UPDATE")
        # Whoever waits looks for a deadlock once, after a second.
        time.sleep(0.6)
        with contextlib.suppress(psycopg2.errors.QueryCanceled):
            cursor.execute(f"SELECT 1 FROM {then} FOR UPDATE")
        other.rollback()


@fault("PostgreSQL: leads locked for longer than a statement may wait", on=POSTGRESQL)
def table_locked(stage: Stage, dice: random.Random) -> None:
    """As by a change of the table that nobody planned."""
    assert stage.server is not None
    with contextlib.closing(psycopg2.connect(stage.server.url)) as other:
        other.cursor().execute("LOCK TABLE leads_lead IN ACCESS EXCLUSIVE MODE")
        eventually(lambda: said(stage, "due to statement timeout"), 60, every=1)
        other.rollback()


def said(stage: Stage, words: str) -> int:
    """How often PostgreSQL's log says so."""
    assert stage.server is not None
    return stage.server.log().count(words)


def database_proxy(stage: Stage) -> Proxy:
    """The proxy before PostgreSQL."""
    assert stage.database_proxy is not None
    return stage.database_proxy


@fault("SQLite locked by another program", tries=3, on=("sqlite",))
def locked(stage: Stage, dice: random.Random) -> None:
    """It holds the file for longer than a finish is tried, then for longer than SQLite waits."""
    path = urlsplit(stage.own_url).path
    for seconds in (7, 22):
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("ROLLBACK")


@fault("disk full", tries=2, small_disk=True)
def disk_full(stage: Stage, dice: random.Random) -> None:
    """No byte more can be written where the database lies: senders hear 503, never 202."""
    with ballast(stage):
        time.sleep(2 * LASTS)


@contextlib.contextmanager
def ballast(stage: Stage) -> Iterator[None]:
    """A file that takes all that is left of the disk."""
    assert stage.disk is not None
    path = stage.disk / "ballast"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    try:
        yield
    finally:
        path.unlink()
        # PostgreSQL ends when it cannot write its log, and is started again by `mend`.
        time.sleep(2)


# --- Between us and Zoho --------------------------------------------------------------------------


@fault("connections to Zoho cut", tries=5, slow=0.5)
def zoho_cut(stage: Stage, dice: random.Random) -> None:
    """In the middle of calls."""
    for _ in range(3):
        stage.busy_worker()
        time.sleep(dice.uniform(0, 0.6))
        stage.zoho_proxy.cut()


@fault("Zoho refuses connections", tries=2)
def zoho_refuses(stage: Stage, dice: random.Random) -> None:
    """Nothing can have been sent."""
    stage.zoho_proxy.refuse()
    time.sleep(LASTS)


@fault("Zoho's answers drip", tries=2)
def zoho_drips(stage: Stage, dice: random.Random) -> None:
    """A byte every tenth of a second: only a deadline for the whole ends that."""
    stage.zoho_proxy.dripping = True
    time.sleep(LASTS + 2)


@fault("Zoho's answers come late", tries=2)
def zoho_late(stage: Stage, dice: random.Random) -> None:
    """A second for each."""
    stage.zoho_proxy.delay = 1.0
    time.sleep(LASTS)


@fault("Zoho's answers break off after 300 bytes", tries=3)
def zoho_breaks_off(stage: Stage, dice: random.Random) -> None:
    """After it has stored."""
    stage.zoho_proxy.cut()
    stage.zoho_proxy.reset_after = 300
    time.sleep(LASTS)


@fault("Zoho falls silent", tries=2)
def zoho_silent(stage: Stage, dice: random.Random) -> None:
    """Requests arrive nowhere, connections stay open."""
    stage.zoho_proxy.silent = True
    time.sleep(LASTS + 2)
    stage.zoho_proxy.heal()
    stage.zoho_proxy.cut()


def tls_fails(manner: str, words: str) -> None:
    """A row for one way in which TLS does not come about; `words` are what staff read of it."""

    def act(stage: Stage, dice: random.Random) -> None:
        assert stage.tls_proxy is not None
        stage.tls_proxy.manner = manner
        stage.tls_proxy.cut()
        told = f"SELECT 1 FROM leads_apicall WHERE error LIKE '%{words}%'"
        eventually(lambda: stage.sql(told), 60)

    fault(f"TLS to Zoho: {manner}", https=True)(act)


for manner, words in (
    ("expired", "certificate has expired"),
    ("another host's", "certificate is not valid for"),
    ("nobody's", "unable to get local issuer certificate"),
    ("no TLS", "WRONG_VERSION_NUMBER"),
    ("cut", "No connection"),
    ("silent", "No connection"),
):
    tls_fails(manner, words)
