"""What surrounds LeadOps changes: the queue, keys, clocks, mail, versions, other machines."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests import packages
from tests.faults.hooks import SHIFT
from tests.faults.play import Unavailable, fault
from tests.faults.stage import BATCH, Stage
from tests.journeys.kit.system import ROOT, eventually
from tests.notifications.mailserver import black_hole

POSTGRESQL = ("postgresql",)
OLD = "c8aa02a"
"""The last version before this table's first one: its code must run on today's schema."""


@fault("queue table emptied, again and again", tries=2, short=True)
def truncated_queue(stage: Stage, dice: random.Random) -> None:
    """Messages are bells; the rows are the queue."""
    for _ in range(20):
        stage.sql("DELETE FROM django_q_ormq")
        time.sleep(0.2)


@fault("SECRET_KEY rotated with messages in the queue", tries=1)
def rotated_key(stage: Stage, dice: random.Random) -> None:
    """django-q2 deletes what it cannot verify; Zoho's secrets have keys of their own."""
    stage.end("worker")
    time.sleep(2)
    stage.restart("web", SECRET_KEY=f"rotated-{dice.getrandbits(200):x}")


def shifted(name: str, days: int) -> None:
    """A row for a worker whose machine has another time."""

    def act(stage: Stage, dice: random.Random) -> None:
        stage.end("worker")
        stage.start_second_worker(**{SHIFT: str(days)})
        eventually(lambda: not stage.open_leads(), 110)
        stage.end("second worker")

    fault(f"worker's clock {name}", on=POSTGRESQL)(act)


shifted("a day ahead", 1)
shifted("a day behind", -1)


@fault("mail server is a black hole", leads=80)
def mail_hole(stage: Stage, dice: random.Random) -> None:
    """Delivery does not notice; what is owed is sent once the server is back."""
    # Told of failures twice within hours, a site hears of more after five minutes at the soonest.
    stage.sql("DELETE FROM notifications_notice")
    with black_hole() as port:
        stage.restart("worker", EMAIL_URL=f"smtp://127.0.0.1:{port}")
        owed = [stage.post(email=f"nameless-{dice.getrandbits(40):x}@example.com") for _ in "123"]
        assert {answer.json()["status"] for answer in owed} == {"failed"}
        lead = stage.post(contact_name="Quick").json()["id"]
        stage.becomes(lead, "delivered", 100)
        time.sleep(3)
        waiting = "SELECT kind, status, via FROM notifications_notice"
        assert "pending" in {row[1] for row in stage.sql(waiting)}, stage.sql(waiting)
    stage.restart("worker", EMAIL_URL=f"filemail:///{stage.folder}/mail")
    pending = "SELECT 1 FROM notifications_notice WHERE status NOT IN ('sent', 'dropped')"
    # A server that failed is left alone for a minute.
    eventually(lambda: not stage.sql(pending), 180, every=0.5)


@fault("two workers, one of them killed all the time", tries=2, slow=0.3)
def two_workers(stage: Stage, dice: random.Random) -> None:
    """The other one goes on."""
    for _ in range(3):
        stage.start_second_worker()
        time.sleep(dice.uniform(0.5, 2))
        stage.kill_tree("second worker")


@fault("two machines (network namespaces), each cut off in turn", on=POSTGRESQL, slow=0.3)
def two_machines(stage: Stage, dice: random.Random) -> None:
    """Cut off from the database and from Zoho at once, in the middle of a call."""
    with namespaces("lo1", "lo2") as addresses:
        stage.end("worker")
        for name, (inside, host) in addresses.items():
            python = ("ip", "netns", "exec", inside, sys.executable)
            # The stored connection names this machine, which is another one in there.
            relay = ("-m", "bench.kit.relay", str(stage.zoho_proxy.port), host)
            stage.run_as(f"{name} relay", {}, *python, *relay, cwd=ROOT)
            stage.run_as(name, stage.seen_from(host), *python, "manage.py", "worker", cwd=ROOT)
        for name in addresses:
            stage.cast(worker=name)
        delivered = stage.count("delivered")
        eventually(lambda: stage.count("delivered") > delivered, 60)
        for name in addresses:
            run("ip", "link", "set", f"{name}h", "down")
            time.sleep(5)
            run("ip", "link", "set", f"{name}h", "up")
            time.sleep(2)
        for name in addresses:
            stage.end(name)
            stage.kill_tree(f"{name} relay")


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Network namespaces, each behind a cable to this one: (its name, our address there)."""
    if os.geteuid() != 0 or not packages.find("ip"):
        raise Unavailable("needs root and iproute2")
    made: dict[str, tuple[str, str]] = {}
    try:
        for number, name in enumerate(names, 60):
            inside, net = f"{name}-{os.getpid()}", f"10.213.{number}"
            run("ip", "netns", "add", inside)
            made[name] = (inside, f"{net}.1")
            run("ip", "link", "add", f"{name}h", "type", "veth", "peer", "name", f"{name}c")
            run("ip", "link", "set", f"{name}c", "netns", inside)
            run("ip", "addr", "add", f"{net}.1/24", "dev", f"{name}h")
            run("ip", "link", "set", f"{name}h", "up")
            for command in (
                ("addr", "add", f"{net}.2/24", "dev", f"{name}c"),
                ("link", "set", f"{name}c", "up"),
                ("link", "set", "lo", "up"),
            ):
                run("ip", "netns", "exec", inside, "ip", *command)
        yield made
    finally:
        for name, (inside, _host) in made.items():
            run("ip", "link", "del", f"{name}h", check=False)
            run("ip", "netns", "del", inside, check=False)


def run(*command: str, check: bool = True) -> None:
    """A command of the system. Raises Unavailable where it is not allowed here."""
    program = packages.find(command[0]) or command[0]
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()}")


@fault("code of the version before, on today's schema", slow=0.3, leads=40)
def old_code(stage: Stage, dice: random.Random) -> None:
    """As in the minutes of a deploy: both versions at once, and the old one alone."""
    with checkout(OLD) as folder:
        plain = {"DJANGO_SETTINGS_MODULE": "leadops.settings"}
        stage.end("worker")
        old = (sys.executable, "manage.py", "worker")
        stage.run_as("old worker", plain, *old, cwd=folder)
        time.sleep(4)
        for number in range(10):
            stage.post(contact_name=f"Old {number}", email=f"old{number}@example.com")
        eventually(lambda: not stage.open_leads(), 60)
        stage.start_worker()
        stage.cast()
        stage.end("old worker")


@contextlib.contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """The files of an older commit."""
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"leadops-{commit}-{os.getpid()}"
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        raise Unavailable(f"commit {commit} is not in this clone")
    folder.mkdir()
    try:
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@fault(
    "outage of six hours, then all that waits at once", leads=40, rate=3.0, recovery=600, short=True
)
def backlog(stage: Stage, dice: random.Random) -> Iterator[None]:
    """Pace and places of the destination hold, nobody is asked to wait, and new leads go first."""
    # However few wait, they make 60 calls or more.
    size = max(1, min(100, stage.backlog // 60))
    stage.sql(f"UPDATE leads_destination SET batch_size = {size}")
    try:
        stage.zoho_proxy.refuse()
        stage.queue(stage.backlog, seed=dice.getrandbits(30), hours=6)
        eventually(
            lambda: stage.sql("SELECT 1 FROM leads_destination WHERE paused_at > '2000-1-1'")
        )
        [(last_call,)] = stage.sql("SELECT max(id) FROM leads_apicall")
        delivered = stage.count("delivered")
        stage.zoho_proxy.heal()
        eventually(lambda: stage.count("delivered") > delivered + 1, 110)
        email = f"fresh{dice.getrandbits(40):x}@example.com"
        began, fresh = time.monotonic(), stage.post(contact_name="Fresh", email=email).json()["id"]
        stage.becomes(fresh, "delivered", 60)
        waited = time.monotonic() - began
        yield
    finally:
        stage.sql(f"UPDATE leads_destination SET batch_size = {BATCH}")
    calls = stage.sql(
        "SELECT started_at, ended_at, status FROM leads_apicall"
        f" WHERE kind = 'insert' AND status IS NOT NULL AND id > {last_call}"
    )
    [(pace, places)] = stage.sql("SELECT calls_per_second, max_slots FROM leads_destination")
    before, open_at_once = left_before(stage, email), most_at_once(calls)
    in_a_second = most_in_a_second(calls)
    stage.notes.append(
        f"{stage.backlog:,} waited; a fresh lead was delivered after {waited:.1f} s, meanwhile "
        f"{before} older ones; at most {in_a_second} calls in a second, {open_at_once} at once"
    )
    assert before <= CALLS_BETWEEN * size
    assert 429 not in {status for _start, _end, status in calls}
    assert open_at_once <= places
    assert in_a_second <= pace + places


CALLS_BETWEEN = 12
"""Before a fresh lead leaves: four calls are open, and one batch in five begins with old leads."""


def left_before(stage: Stage, email: str) -> int:
    """How many leads of the backlog were settled while a fresh one waited."""
    [(number,)] = stage.sql(
        "SELECT count(*) FROM leads_lead AS fresh JOIN leads_lead AS old"
        " ON old.settled_at BETWEEN fresh.received_at AND fresh.settled_at"
        f" AND old.idempotency_key IS NULL WHERE fresh.email = '{email}' AND old.id <> fresh.id"
    )
    return int(number)


def most_at_once(calls: list[tuple[Any, ...]]) -> int:
    """How many calls were open at the same time, by the calls' own times."""
    moments = [(str(start), 1) for start, *_ in calls] + [(str(end), -1) for _, end, _ in calls]
    return max(itertools.accumulate(change for _moment, change in sorted(moments)))


def most_in_a_second(calls: list[tuple[Any, ...]]) -> int:
    """How many calls began within one second."""
    began = sorted(datetime.fromisoformat(str(start)) for start, *_ in calls)
    second = timedelta(seconds=1)
    return max(bisect_left(began, moment + second) - number for number, moment in enumerate(began))
