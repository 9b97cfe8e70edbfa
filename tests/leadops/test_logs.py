"""Errors in the log: where and what kind, without the values they quote."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.db import DataError, OperationalError
from django.test import Client, override_settings
from pytest_django import Settings

from leadops.logs import Formatter, without_secrets
from leadops.observe.server_logs import tame_gunicorn
from leads.privacy.silence import TaskFailed, silent

CANARY = "kanarienvogel"


def written(error: Exception) -> str:
    try:
        raise error
    except Exception:  # noqa: BLE001 - it is the one that was raised
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", None, sys.exc_info())
    return Formatter("{message}", style="{").format(record)


@pytest.mark.parametrize("error", [KeyError(CANARY), ValueError(f"bad {CANARY}")])
def test_a_value_that_an_error_quotes_is_not_written(error: Exception) -> None:
    text = written(error)

    assert CANARY not in text
    assert type(error).__name__ in text
    assert "test_logs.py" in text


def test_what_a_server_said_is_written() -> None:
    assert "server closed the connection" in written(
        OperationalError("server closed the connection")
    )


def test_the_errors_it_came_from_are_written_the_same_way() -> None:
    cause = ValueError(CANARY)
    error = RuntimeError("outer")
    error.__cause__ = cause

    text = written(error)

    assert "RuntimeError" in text
    assert "ValueError" in text
    assert CANARY not in text


def test_a_task_hands_the_queue_the_kind_of_its_error_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @silent
    def task() -> None:
        raise KeyError(CANARY)

    with pytest.raises(TaskFailed, match=r"^KeyError$") as caught:
        task()

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "task task failed" in caplog.text


def test_the_installation_writes_that_way(settings: Settings) -> None:
    assert settings.LOGGING["formatters"]["line"]["()"] == "leadops.logs.Formatter"
    assert settings.LOGGING["loggers"]["django.request"]["level"] == "ERROR"


# --- The secret of a webhook address ----------------------------------------------------------


SECRET = "s3cret-address-0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"Not Found: /in/{SECRET}/",
        f"Not Found: /in/{SECRET}",
        f'"POST /in/{SECRET}?hub.verify_token={SECRET} HTTP/1.1" 200',
        f"https://leads.example.com/in/{SECRET}/",
        f"/%69n/{SECRET}/",
        f"/in%2F{SECRET}%2f",
        f"/In/{SECRET}/, then /in/{SECRET}/",
        f'"GET /act/{SECRET}/4711/ HTTP/1.1" 200 "https://leads.example.com/act/{SECRET}/"',
        f"/%61c%74/{SECRET}/",
        f"/act%2F{SECRET}%2f",
    ],
)
def test_a_secret_address_is_masked_however_it_is_written(text: str) -> None:
    assert SECRET not in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "/admin/leads/lead/",
        "in/x",
        "/inbox/letter",
        "/help/in/",
        "/action/x",
        "notifications/link_pages/x.py",
    ],
)
def test_other_addresses_are_left_alone(text: str) -> None:
    assert without_secrets(text) == text


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the installation's own handler writes, from every logger."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter("{levelname} {name}: {message}", style="{"))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


FAULTS = [
    RuntimeError(f"at /in/{SECRET}/"),
    KeyError(SECRET),
    SuspiciousOperation(f"at /in/{SECRET}/"),
    DisallowedHost(f"at /in/{SECRET}/"),
    DataError(SECRET),
    OperationalError(f"at /in/{SECRET}/"),
]


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_a_fault_in_the_intake_tells_the_secret_nowhere(
    client: Client, db: None, lines: io.StringIO, error: Exception
) -> None:
    client.raise_request_exception = False
    with (
        override_settings(DEBUG=False, ADMINS=["boss@example.com"]),
        patch("leads.intake.webhook.caller_of", side_effect=error),
    ):
        answer: Any = client.post(f"/in/{SECRET}/", b"{}", content_type="application/json")

    assert answer.status_code >= 400
    assert lines.getvalue()
    assert SECRET not in lines.getvalue()
    assert SECRET not in answer.content.decode()
    assert mail.outbox == []


def test_a_refused_request_is_not_named(client: Client, db: None, lines: io.StringIO) -> None:
    client.post(f"/in/{SECRET}/")
    client.delete(f"/in/{SECRET}/")
    client.get(f"/in/{SECRET}/elsewhere/")

    assert SECRET not in lines.getvalue()


@pytest.mark.parametrize("name", ["gunicorn.access", "gunicorn.error"])
def test_what_gunicorn_writes_itself_is_masked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, log = io.StringIO(), logging.getLogger(name)
    handler = logging.StreamHandler(stream)  # gunicorn's formatters are Python's own
    monkeypatch.setattr(log, "filters", [])
    monkeypatch.setattr(log, "handlers", [handler])
    tame_gunicorn()
    try:
        raise ValueError(f"/in/{SECRET}/ {CANARY}")
    except ValueError:
        log.exception("Error handling request %s", f"/in/{SECRET}/")
    log.warning('%(r)s "%(s)s"', {"r": f"POST /in/{SECRET}/ HTTP/1.1", "s": "200"})

    text = stream.getvalue()
    assert "Error handling request /in/***" in text
    assert "POST /in/*** HTTP/1.1" in text
    assert "ValueError" in text
    assert SECRET not in text
    assert CANARY not in text
