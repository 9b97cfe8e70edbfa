"""What a connection to PostgreSQL is told, and how migrating gives way to posts."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangosCommand
from django.db import OperationalError, connection, transaction

from leadops.management.commands import migrate
from leadops.operations.at_once import LOCK_NOT_AVAILABLE

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's settings")


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_gives_its_locks_back() -> None:
    connection.close()

    assert shown("statement_timeout") == "30s"
    assert shown("jit") == "off"
    assert shown("idle_in_transaction_session_timeout") == "1min"


def lock_the_allowance(*_given: Any, **_options: Any) -> None:
    """What a migration does to a table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE leads_allowance IN ACCESS EXCLUSIVE MODE")


@pytest.mark.django_db(transaction=True)
def test_migrating_waits_until_nobody_uses_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(DjangosCommand, "handle", lock_the_allowance)
    monkeypatch.setattr(migrate, "LONGEST_WAIT", "100ms")
    held, done = threading.Event(), threading.Event()

    def use() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE leads_allowance IN ROW EXCLUSIVE MODE")
            held.set()
            done.wait(10)
        connection.close()

    user = threading.Thread(target=use)
    user.start()
    assert held.wait(10)

    def sleep(_seconds: float) -> None:
        done.set()
        user.join()

    monkeypatch.setattr("time.sleep", sleep)

    call_command("migrate")

    assert "A table is in use" in capsys.readouterr().err
    assert shown("lock_timeout") == "0"
    assert shown("statement_timeout") == "30s"


@pytest.mark.django_db
def test_migrating_gives_up_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class InUse(Exception):
        pgcode = LOCK_NOT_AVAILABLE

    def in_use(*_given: Any, **_options: Any) -> None:
        raise OperationalError("canceling statement due to lock timeout") from InUse()

    monkeypatch.setattr(DjangosCommand, "handle", in_use)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    with pytest.raises(CommandError, match="run migrate again"):
        call_command("migrate")


@pytest.mark.django_db
def test_another_error_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: Any, **_options: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(DjangosCommand, "handle", away)

    with pytest.raises(OperationalError):
        call_command("migrate")
