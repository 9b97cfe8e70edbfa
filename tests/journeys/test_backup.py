"""A backup goes into a new database: nobody erased comes back, and nothing is sent by itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import packages
from tests.daily import rest
from tests.databases import execute, new_database
from tests.environment import inherited, neutral
from tests.journeys.kit.system import System, eventually

ROOT = Path(__file__).parents[2]
LEADS = 100
FILL = f"""
from leads.intake.body.declared import read_declared
from leads.intake.receive import Origin, receive
from leads.models import Destination, Site
site = Site.objects.create(name="Shop", destination=Destination.objects.get())
for name in ["Ada Lovelace", *(f"Person {{n}}" for n in range({LEADS - 1}))]:
    body = f"contact_name={{name}}&email={{name.split()[-1]}}@example.com".encode()
    receive(read_declared("application/x-www-form-urlencoded", body), site, Origin())
"""

SEED = "from zoho.setup.connect import seed_from_environment\nseed_from_environment()\n"


class Installation:
    """LeadOps's command line on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        environment = inherited() | neutral(self.url, self.folder / "mail") | {"DEBUG": "true"}
        return subprocess.run(
            [sys.executable, "-m", "leadops", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )

    def run(self, *words: str) -> str:
        """What a command prints; its failure ends the test."""
        done = self.type(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def count(self, query: str) -> int:
        """The one number that a query finds."""
        return int(execute(self.url, query)[0][0])


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installation]:
    with new_database(tmp_path, as_migrated=True) as url:
        installation = Installation(url, tmp_path)
        installation.run("migrate", "--verbosity=0")
        installation.run("shell", "--verbosity=0", "-c", FILL)
        yield installation


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "new").mkdir()
    with new_database(tmp_path / "new") as url:
        yield Installation(url, tmp_path)


@pytest.fixture(params=["age", rest("gpg")])
def key(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str]]:
    """For whom a backup is encrypted, and what reads it: the file of a key of age's, or nothing,
    where gpg's own ring has the key.
    """
    if request.param == "age":
        yield age_key(tmp_path / "age.key")
        return
    # gpg's agent has a socket there, whose path may not be long.
    ring = tempfile.mkdtemp(prefix="leadops-gpg-")
    monkeypatch.setenv("GNUPGHOME", ring)
    try:
        yield gpg_key(), ""
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=True)
        shutil.rmtree(ring)


def age_key(path: Path) -> tuple[str, str]:
    program = packages.find("age-keygen")
    assert program, "age is missing: apt-get install age"
    done = subprocess.run([program, "-o", path], capture_output=True, text=True, check=True)
    return f"age:{re.findall(r'age1[0-9a-z]+', done.stderr)[0]}", str(path)


def gpg_key() -> str:
    assert packages.find("gpg"), "gpg is missing: apt-get install gnupg"
    make = ("--quick-gen-key", "backups@example.com", "rsa2048", "encr", "never")
    quiet = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
    subprocess.run([*quiet, *make], capture_output=True, check=True)
    return "gpg:backups@example.com"


@pytest.mark.long
def test_a_person_erased_since_stays_erased_and_nothing_is_sent(
    installed: Installation, empty: Installation, key: tuple[str, str], tmp_path: Path
) -> None:
    recipient, identity = key
    folder = str(tmp_path / "backups")
    options = ("--encrypt-for", recipient, "--identity", identity, "--verify")
    assert "the figures agree" in installed.run("backup", "--to", folder, *options)
    [dump] = (tmp_path / "backups").glob(f"*.{recipient[:3]}")
    assert b"Lovelace" not in dump.read_bytes()
    installed.run("eraseperson", "--email", "Lovelace@example.com", "--yes")
    installed.run("backup", "--to", folder, "--erased-only")

    told = empty.run("restore", str(dump), "--identity", identity)

    assert empty.count("SELECT count(*) FROM leads_lead") == LEADS
    assert empty.count("SELECT count(*) FROM leads_lead WHERE name LIKE '%Lovelace%'") == 0
    assert empty.count("SELECT count(*) FROM leads_destination WHERE paused_at IS NULL") == 0
    assert len(told.splitlines()) == LEADS - 1
    assert [path.name for path in (tmp_path / "backups").iterdir() if "sqlite3-" in path.name] == []
    again = empty.type("restore", str(dump), "--identity", identity)
    assert again.returncode == 1
    assert "is not empty" in again.stderr


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """Leads that wait, and Zoho's stand-in; nothing else runs yet."""
    with new_database(tmp_path, as_migrated=True) as url:
        system = System(inherited() | neutral(url, tmp_path / "mail"), tmp_path)
        try:
            system.start_sandbox()
            system.python("manage.py", "migrate", "--verbosity=0")
            # The environment of the copy knew no Zoho.
            system.python("manage.py", "shell", "--verbosity=0", "-c", SEED + FILL)
            yield system
        finally:
            system.stop()


def stop_worker(system: System) -> None:
    worker = system.processes.pop("worker")
    worker.terminate()
    worker.wait(60)


def test_leads_delivered_after_the_backup_are_named_and_become_no_second_record(
    system: System, empty: Installation, tmp_path: Path
) -> None:
    backup = ("-m", "leadops", "backup", "--to", str(tmp_path / "backups"))
    system.python(*backup)
    system.start_worker()
    eventually(lambda: len(system.records()) == LEADS, 120)
    eventually(lambda: system.count("delivered") == LEADS, 60)
    stop_worker(system)
    system.python("manage.py", "eraseperson", "--email", "Lovelace@example.com", "--yes")
    system.python(*backup, "--erased-only")
    records, inserts = system.records(), system.calls("insert")
    [gone] = (record["Lead_Ref"] for record in records if record["Last_Name"] == "Lovelace")

    # The disk is gone.
    system.environment |= {"DATABASE_URL": empty.url}
    [dump] = (path for path in (tmp_path / "backups").glob("leadops-*T*") if path.suffix != ".json")
    told = system.python("-m", "leadops", "restore", str(dump)).splitlines()

    references = {record["Lead_Ref"] for record in records} - {gone}
    assert Counter(line.split("\t")[1] for line in told) == Counter(references)
    system.start_worker()
    eventually(lambda: empty.count("SELECT count(*) FROM leads_heartbeat WHERE alive > 0"), 60)
    beat = "SELECT beat_at FROM leads_heartbeat"
    before = system.sql(beat)
    eventually(lambda: system.sql(beat) != before, 60)  # it has looked for due leads
    assert system.calls("insert") == inserts
    resume = "from leads.decisions.pause import resume\nprint(resume(Destination.objects.get()))"
    assert system.shell(resume).strip() == "True"
    eventually(lambda: system.count("delivered") == LEADS - 1, 120)
    assert system.calls("insert") > inserts
    assert system.records() == records
    named = "SELECT count(*) FROM leads_lead WHERE email LIKE '%ovelace%'"
    assert empty.count(named) == 0
