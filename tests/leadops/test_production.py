"""What `check --deploy` refuses."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection

from leadops.checks import production
from leadops.checks.production import (
    file_system,
    is_weak,
    postgresql_waits_for_the_disk,
    settings_are_safe,
    sqlite_is_on_a_local_disk,
    what_is_committed_is_on_the_disk,
)

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /srv/shared nfs4 rw 0 0
/dev/vdb /srv/shared/local\\040disk ext4 rw 0 0
"""


@pytest.fixture(autouse=True)
def good(settings: Any) -> Any:
    """Settings as a production has them."""
    settings.DEBUG, settings.HTTPS = False, True
    settings.SECRET_KEY = secrets.token_urlsafe(50)
    return settings


def found() -> list[str]:
    return [str(message.id) for message in settings_are_safe(None)]


def test_good_settings_are_taken() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("DEBUG", True, "leadops.E010"),
        ("HTTPS", False, "leadops.E011"),
        ("SECRET_KEY", "short", "leadops.E012"),
        ("ALLOWED_HOSTS", ["leads.example.com", "*"], "leadops.E013"),
        ("ZOHO", {"client_id": "1000.SANDBOX"}, "leadops.E014"),
    ],
)
def test_an_unsafe_setting_is_refused(good: Any, name: str, value: Any, error: str) -> None:
    setattr(good, name, value)

    assert found() == [error]


def test_the_command_itself_fails(good: Any, db: None) -> None:
    good.DEBUG = True

    with pytest.raises(SystemCheckError, match="DEBUG is on"):
        call_command("check", deploy=True)


@pytest.mark.parametrize("secret", ["a" * 60, "insecure-debug-key" * 4, "x1" * 24])
def test_a_secret_that_can_be_guessed_is_weak(secret: str) -> None:
    assert is_weak(secret)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/leadops/leadops.sqlite3", "ext4"),
        ("/srv/shared/leadops.sqlite3", "nfs4"),
        ("/srv/shared/local disk/leadops.sqlite3", "ext4"),
        ("/srv/shared-too/leadops.sqlite3", "ext4"),
    ],
)
def test_the_innermost_mount_says_what_disk_a_file_is_on(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_sqlite_on_a_network_disk_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("server:/export / nfs4 rw 0 0\n")
    monkeypatch.setattr(production, "MOUNTS", mounts)

    assert [error.id for error in sqlite_is_on_a_local_disk()] == ["leadops.E015"]


def test_the_database_of_this_run_waits_for_the_disk(db: None) -> None:
    assert what_is_committed_is_on_the_disk(None) == []


def test_postgresql_that_does_not_wait_is_refused(db: None, postgres_url: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")

    try:
        [error] = postgresql_waits_for_the_disk()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")

    assert error.id == "leadops.E016"
    assert "synchronous_commit off" in error.msg


def test_a_database_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)

    [warning] = postgresql_waits_for_the_disk()

    assert warning.id == "leadops.W016"
