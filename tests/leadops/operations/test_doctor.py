"""The doctor: a tick or what to do, whatever is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from leadops.operations.doctor import database, examine, machine, outside, settings_read
from leadops.operations.doctor.finding import Finding, Level, fine, wrong
from leadops.operations.seen import PATH, token
from leads.models import Destination, Heartbeat
from tests.factories import make_heartbeat, make_lead
from tests.notifications.mailserver import Inbox, listening
from tests.postgres import free_port

pytestmark = pytest.mark.django_db


def levels(findings: Iterator[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("WORKER=9", "Did you mean WORKERS?"),
        ("DATABSE_URL=x", "Did you mean DATABASE_URL?"),
        ("export FIELD_KEY=x", "Did you mean FIELD_KEYS?"),
        ("COLOUR=red", "Take the line out."),
        ("WORKERS=9", ""),
        ("# WORKER=9", ""),
        ("PORT=8001", ""),
        ("AWS_SECRET_ACCESS_KEY=x", ""),
    ],
)
def test_a_name_that_nobody_reads_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    path = tmp_path / ".env"
    path.write_text(f"{line}\nSECRET_KEY=x\n")
    path.chmod(0o600)
    monkeypatch.setattr(settings_read, "ENV_FILES", (path, tmp_path / "none"))

    [finding] = settings_read.env_files()

    assert (finding.level is Level.OK, finding.todo) == (not said, said)


@pytest.mark.parametrize(
    ("mode", "user", "is_our_group", "change"),
    [
        (0o600, 10001, True, ""),
        (0o640, 10001, True, ""),  # root's, and the group's of our processes: docs/deploy.md
        (0o640, 0, False, ""),  # root does not know that group
        (0o640, 10001, False, "g="),
        (0o660, 10001, True, "g-wx"),
        (0o644, 10001, True, "o="),
        (0o664, 10001, True, "g-wx,o="),
        (0o604, 10001, False, "o="),
    ],
)
def test_a_file_of_secrets_that_is_open_to_others_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: int,
    user: int,
    is_our_group: bool,
    change: str,
) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=x\n")
    path.chmod(mode)
    monkeypatch.setattr(settings_read, "ENV_FILES", (path,))
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("os.getegid", lambda: path.stat().st_gid + (not is_our_group))

    [finding] = settings_read.env_files()

    assert finding.todo == (f"chmod {change} {path}" if change else "")


def test_database_schema_and_clock_are_examined() -> None:
    assert levels(database.database()) == levels(database.schema()) == [Level.OK]
    assert levels(database.clock()) == [Level.OK]
    assert levels(database.pooler()) == [Level.OK] * (connection.vendor == "postgresql")


def test_a_clock_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    late = timezone.now() - timedelta(minutes=5)
    monkeypatch.setattr(database, "database_now", lambda: late)

    [finding] = database.clock()

    assert "differ by 300" in finding.text or "differ by 299" in finding.text


def test_without_a_database_the_rest_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Iterator[Finding]:
        yield wrong("Database", "It does not answer.", "Start it.")

    monkeypatch.setattr(database, "database", away)

    assert list(examine.examine())[-1].name == "Database"


def test_an_examination_that_breaks_is_a_finding_and_the_rest_goes_on() -> None:
    def broken() -> Iterator[Finding]:
        yield fine("Half", "Good so far.")
        raise DatabaseError("secret")

    first, second = examine.guarded(broken)

    assert (first.level, second.level) == (Level.OK, Level.FAIL)
    assert "secret" not in second.text


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(free=1, total=10**12)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: full)

    assert levels(machine.disk()) == [Level.FAIL]


def test_worker_and_queue() -> None:
    assert levels(machine.queue()) == [Level.FAIL, Level.OK]

    make_heartbeat()
    make_lead(due_at=timezone.now() - timedelta(minutes=10))

    assert levels(machine.queue()) == [Level.OK, Level.FAIL]
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(minutes=10))
    assert levels(machine.queue()) == [Level.FAIL, Level.FAIL]


def test_a_machine_that_is_drained_is_named_with_the_way_back() -> None:
    now = timezone.now()
    make_heartbeat()
    make_heartbeat(host="two", drain_asked_at=now, drained_at=now)

    [_heard, drained, _queue] = machine.queue()

    assert drained.level is Level.WARN
    assert "two is drained" in drained.text
    assert "leadops worker drain two --undo" in drained.todo


def test_a_destination_that_is_paused_is_named() -> None:
    assert list(machine.destinations()) == []

    Destination.objects.update(paused_at=timezone.now(), pause_reason="paused_by_hand")

    [finding] = machine.destinations()
    assert finding.level is Level.WARN
    assert finding.text.endswith("(Paused by a person).")


@pytest.mark.parametrize(
    ("backend", "level"),
    [("filebased", Level.WARN), ("smtp", Level.FAIL)],
)
def test_mail(settings: Any, backend: str, level: Level) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert levels(outside.mail("ops@example.com")) == [level]


def test_a_real_mail_is_handed_over(settings: Any) -> None:
    inbox, port = Inbox(), free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port

    with listening(inbox, port):
        [handed] = outside.mail("ops@example.com")
        [logged_in] = outside.mail("")

    assert (handed.level, handed.text) == (
        Level.OK,
        "A mail was handed over for ops@example.com.",
    )
    assert "--mail ADDRESS" in logged_in.text
    assert (inbox.recipients, inbox.subjects) == (["ops@example.com"], ["LeadOps: a test mail"])


def test_zoho_without_credentials_is_named() -> None:
    [finding] = outside.zoho()

    assert finding.level is Level.FAIL
    assert "Nothing is entered yet" in finding.text


# --- The way in ------------------------------------------------------------------------------


def test_how_a_request_arrives_is_for_the_doctor_alone(client: Client) -> None:
    shown = client.get(PATH, {"token": token()})

    assert shown.json() == {"https": False, "address": "127.0.0.1"}
    for given in ({}, {"token": "guess"}, {"token": token()[:-1] + "?"}):
        assert client.get(PATH, given).status_code == 404


def test_a_way_in_that_leads_here(live_server: LiveServer, settings: Any) -> None:
    settings.PUBLIC_URL, settings.TRUSTED_PROXIES = live_server.url, []

    assert levels(outside.way_in()) == [Level.OK]


def test_a_proxy_that_passes_on_what_senders_claim_is_named(
    live_server: LiveServer, settings: Any
) -> None:
    """Here the doctor itself is the proxy that is trusted."""
    settings.PUBLIC_URL = live_server.url

    [finding] = outside.way_in()

    assert "claim any address" in finding.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://leadops.invalid"])
def test_a_way_that_leads_nowhere_is_named(settings: Any, url: str) -> None:
    settings.PUBLIC_URL = url

    assert levels(outside.way_in()) == [Level.FAIL]


# --- The command -----------------------------------------------------------------------------


def told(monkeypatch: pytest.MonkeyPatch, *findings: Finding, **options: Any) -> str:
    monkeypatch.setattr("leadops.management.commands.doctor.examine", lambda _mail: iter(findings))
    out = StringIO()
    call_command("doctor", stdout=out, **options)
    return out.getvalue()


def test_the_command_ticks_what_is_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, fine("Disk", "Room.")) == "✓ Disk: Room.\n"


def test_the_command_tells_programs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = json.loads(told(monkeypatch, fine("Disk", "Room."), json=True))

    line = {"name": "Disk", "level": "ok", "text": "Room.", "todo": ""}
    assert shown == {"ok": True, "findings": [line]}


def test_the_command_fails_while_something_is_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="1 to mend"):
        told(monkeypatch, fine("Disk", "Room."), wrong("Clock", "Late.", "Wind it."))
