"""What every answer gets."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client

from leadops.middleware import content_security_policy, database_away


@pytest.mark.parametrize(
    "path",
    [
        "/healthz/live",
        "/help/13002/",
        "/api/v1/leads/",
        "/f/x/",
        "/in/x/",
        "/nowhere",
        "/admin/login/",
    ],
)
def test_every_answer_has_a_content_security_policy(client: Client, db: None, path: str) -> None:
    policy = client.get(path)["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_view_may_have_a_policy_of_its_own() -> None:
    answer = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    seen = content_security_policy(lambda request: answer)(HttpRequest())

    assert seen["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.parametrize("error", [OperationalError("host db.internal"), InterfaceError("closed")])
def test_a_database_that_is_away_is_an_honest_503(
    client: Client, db: None, error: Exception
) -> None:
    with patch("leads.counters.deltas.totals", side_effect=error):
        answer = client.get("/help/13002/stats.json")

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"db.internal" not in answer.content


def test_another_error_is_not_called_an_outage() -> None:
    middleware: Any = database_away(lambda request: HttpResponse())

    assert middleware.process_exception(HttpRequest(), DataError("bug")) is None
    assert middleware.process_exception(HttpRequest(), RuntimeError("bug")) is None
