"""What surrounds LeadOps changes: the queue, keys, clocks, mail, versions, other machines."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.faults.play import Unavailable, fault
from tests.faults.stage import Stage
from tests.journeys.system import ROOT, eventually
from tests.notifications.mailserver import black_hole

POSTGRESQL = ("postgresql",)
OLD = "c8aa02a"
"""The last version before this table's first one: its code must run on today's schema."""
FAKETIME = "libfaketime.so.1"


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


def shifted(name: str, shift: str) -> None:
    """A row for a worker whose machine has another time."""

    def act(stage: Stage, dice: random.Random) -> None:
        library = next(Path("/usr/lib").glob(f"*/faketime/{FAKETIME}"), None)
        if library is None:
            raise Unavailable("needs libfaketime")
        stage.end("worker")
        fake = {"LD_PRELOAD": str(library), "FAKETIME": shift, "DONT_FAKE_MONOTONIC": "1"}
        stage.start_second_worker(**fake)
        eventually(lambda: not stage.open_leads(), 110)
        stage.end("second worker")

    fault(f"worker's clock {name}", on=POSTGRESQL)(act)


shifted("a day ahead", "+1d")
shifted("a day behind", "-1d")


@fault("mail server is a black hole", leads=80)
def mail_hole(stage: Stage, dice: random.Random) -> None:
    """Delivery does not notice; what is owed is sent once the server is back."""
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
    eventually(lambda: not stage.sql(pending), 100, every=0.5)


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
            command = ("ip", "netns", "exec", inside, sys.executable, "manage.py", "worker")
            stage.run_as(name, stage.seen_from(host), *command, cwd=ROOT)
        for name in addresses:
            stage.cast(worker=name)
        for name in addresses:
            run("ip", "link", "set", f"{name}h", "down")
            time.sleep(5)
            run("ip", "link", "set", f"{name}h", "up")
            time.sleep(2)
        for name in addresses:
            stage.end(name)


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Network namespaces, each behind a cable to this one: (its name, our address there)."""
    if os.geteuid() != 0 or not shutil.which("ip"):
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
    done = subprocess.run(command, capture_output=True, text=True, check=False)
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


@fault("outage with a backlog, then everything at once", leads=40, short=True)
def backlog(stage: Stage, dice: random.Random) -> None:
    """The pace and the places of the destination hold; no 429, and new leads go first."""
    waiting = stage.backlog
    stage.zoho_proxy.refuse()
    stage.queue(waiting)
    time.sleep(5)
    before = refusals(stage)
    stage.zoho_proxy.heal()
    fresh = stage.post(contact_name="Fresh", email=f"fresh{dice.getrandbits(40):x}@example.com")
    stage.becomes(fresh.json()["id"], "delivered", 110)
    eventually(lambda: not stage.open_leads(), 600, every=0.5)
    assert refusals(stage) == before
    assert most_at_once(stage) <= 4


def refusals(stage: Stage) -> int:
    """How often Zoho said 429."""
    kinds = requests.get(f"{stage.zoho}/sandbox/ledger", timeout=20).json()["kinds"]
    return sum(int(kind["statuses"].get("429", 0)) for kind in kinds.values())


def most_at_once(stage: Stage) -> int:
    """How many calls with leads were open at the same time, by the calls' own times."""
    rows = stage.sql(
        "SELECT started_at, ended_at FROM leads_apicall"
        " WHERE kind = 'insert' AND status IS NOT NULL"
    )
    moments = sorted([(str(a), 1) for a, _b in rows] + [(str(b), -1) for _a, b in rows])
    most = now = 0
    for _moment, change in moments:
        now += change
        most = max(most, now)
    return most
