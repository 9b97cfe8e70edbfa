"""Errors in the log: where and what kind, without the values they quote."""

from __future__ import annotations

import logging
import sys

import pytest
from django.db import OperationalError
from pytest_django import Settings

from leadops.logs import Formatter
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
