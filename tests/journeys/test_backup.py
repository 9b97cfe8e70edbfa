"""A backup goes into a new database: nobody erased comes back, and nothing is sent by itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import packages
from tests.databases import execute, new_database
from tests.environment import inherited, neutral

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
def installed(database_url: str, tmp_path: Path) -> Installation:
    installation = Installation(database_url, tmp_path)
    installation.run("migrate", "--verbosity=0")
    installation.run("shell", "--verbosity=0", "-c", FILL)
    return installation


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "new").mkdir()
    with new_database(tmp_path / "new") as url:
        yield Installation(url, tmp_path)


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, Path]:
    """A recipient of age's, and the file of its key."""
    path = tmp_path / "age.key"
    program = packages.find("age-keygen")
    assert program, "age is missing: apt-get install age"
    done = subprocess.run([program, "-o", path], capture_output=True, text=True, check=True)
    return re.findall(r"age1\w+", done.stderr)[0], path


def test_a_person_erased_since_stays_erased_and_nothing_is_sent(
    installed: Installation, empty: Installation, key: tuple[str, Path], tmp_path: Path
) -> None:
    recipient, identity = key
    folder = str(tmp_path / "backups")
    options = ("--encrypt-for", f"age:{recipient}", "--identity", str(identity), "--verify")
    assert "the figures agree" in installed.run("backup", "--to", folder, *options)
    [dump] = (tmp_path / "backups").glob("*.age")
    assert b"Lovelace" not in dump.read_bytes()
    installed.run("eraseperson", "--email", "Lovelace@example.com", "--yes")
    installed.run("backup", "--to", folder, "--erased-only")

    told = empty.run("restore", str(dump), "--identity", str(identity))

    assert empty.count("SELECT count(*) FROM leads_lead") == LEADS
    assert empty.count("SELECT count(*) FROM leads_lead WHERE name LIKE '%Lovelace%'") == 0
    assert empty.count("SELECT count(*) FROM leads_destination WHERE paused_at IS NULL") == 0
    assert len(told.splitlines()) == LEADS - 1
    assert [path.name for path in (tmp_path / "backups").iterdir() if "sqlite3-" in path.name] == []
    again = empty.type("restore", str(dump), "--identity", str(identity))
    assert again.returncode == 1
    assert "is not empty" in again.stderr
