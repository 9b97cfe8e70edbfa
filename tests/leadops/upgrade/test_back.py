"""Migrating back, and forward again: what runs after `migrate` is for the newest schema alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import execute, new_database
from tests.environment import inherited, neutral

ROOT = Path(__file__).parents[3]
WALK = """
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django_q.models import Schedule
names = sorted(MigrationLoader(None).disk_migrations)
back = [(app, [name for one, name in names if one == app][-2])
        for app in ("accounts", "notifications", "zoho", "leads")]
for app, name in (*back, ("zoho", "0007"), ("leads", "0130")):
    call_command("migrate", app, name, verbosity=0)
Schedule.objects.filter(name="sales").delete()
call_command("migrate", verbosity=0)
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A database that `migrate` has left."""
    with new_database(tmp_path, as_migrated=True) as url:
        yield url


def manage(url: str, folder: Path, *words: str) -> None:
    environment = inherited() | neutral(url, folder / "mail")
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_migrating_back_goes_through_and_what_it_leaves_comes_forward_again(
    url: str, tmp_path: Path
) -> None:
    manage(url, tmp_path, "migrate", "-v0")

    manage(url, tmp_path, "shell", "-v0", "-c", WALK)

    manage(url, tmp_path, "migrate", "--check")
    assert execute(url, "SELECT count(*) FROM django_q_schedule WHERE name = 'sales'") == [(1,)]
    assert execute(url, "SELECT count(*) FROM zoho_connection") == [(1,)]
    assert execute(url, "SELECT count(*) FROM leads_role") == [(3,)]
