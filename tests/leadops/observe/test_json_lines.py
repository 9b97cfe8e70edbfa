"""LOG_FORMAT=json: one object a line, which names request, lead and destination, and nobody."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.dispatch import Signal
from django.test import Client, override_settings

from leadops.observe import lead_lines
from leadops.observe.json_lines import JsonFormatter
from leadops.observe.server_logs import tame_gunicorn
from leads.signals import batch_handled, lead_received
from tests.fakes import REFUSED
from tests.leadops.observe.conftest import CANARY, World

SECRET = "s3cret-address-0123456789"
ATOMS = {
    "m": "POST",
    "U": f"/in/{SECRET}/",
    "q": f"email={CANARY}",
    "s": "200",
    "B": 12,
    "M": 7,
    "h": "203.0.113.9",
    "{x-request-id}o": "abcdefgh",
}


class Lines(io.StringIO):
    """What was written, read back."""

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    stream = Lines()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def listening() -> Iterator[None]:
    """As with LOG_FORMAT=json; nobody listens afterwards."""
    lead_lines.begin()
    yield
    signal: Signal
    for signal in (lead_received, batch_handled):
        assert signal.disconnect(dispatch_uid="lead_lines")


def test_a_line_is_an_object(lines: Lines) -> None:
    logging.getLogger("x").warning("one %s", "two\nthree")

    (line,) = lines.all()
    assert line["message"] == "one two\nthree"
    assert (line["level"], line["logger"]) == ("WARNING", "x")
    assert datetime.fromisoformat(line["time"]).tzinfo is not None


@pytest.mark.parametrize("error", [KeyError(CANARY), ValueError(f"/in/{SECRET}/ {CANARY}")])
def test_an_exception_is_its_trace_without_what_it_quotes(lines: Lines, error: Exception) -> None:
    try:
        raise error
    except Exception:
        logging.getLogger("x").error("at /in/%s/", SECRET, exc_info=sys.exc_info())

    (line,) = lines.all()
    assert type(error).__name__ in line["error"]
    assert "test_json_lines.py" in line["error"]
    assert CANARY not in lines.getvalue()
    assert SECRET not in lines.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_lead_is_followed_from_its_request_to_each_try(
    world: World, lines: Lines, listening: None
) -> None:
    answer = world.post(**{"X-Request-ID": "from-the-shop-17"})
    lead = world.send(REFUSED)

    received, sent = [line for line in lines.all() if line["logger"] == "leadops.leads"]
    assert received["request"] == "from-the-shop-17" == answer.headers["X-Request-ID"]
    assert received["lead"] == sent["lead"] == str(lead.reference)
    assert received["destination"] == sent["destination"] == lead.destination_id
    assert (received["outcome"], received["message"]) == ("queued", "lead received")
    assert (sent["outcome"], sent["reason"]) == ("refused", "invalid_value")
    assert "request" not in sent
    assert CANARY not in lines.getvalue()
    assert "7946" not in lines.getvalue()


def test_people_s_logs_have_no_line_for_each_lead(world: World, lines: Lines) -> None:
    world.post()
    world.send()

    assert not [line for line in lines.all() if line["logger"] == "leadops.leads"]


@override_settings(LOG_FORMAT="json")
def test_gunicorn_s_access_log_is_json_without_query_and_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream, log = Lines(), logging.getLogger("gunicorn.access")
    monkeypatch.setattr(log, "filters", [])
    monkeypatch.setattr(log, "handlers", [logging.StreamHandler(stream)])
    monkeypatch.setattr(log, "propagate", False)
    monkeypatch.setattr(log, "level", logging.INFO)
    tame_gunicorn()
    log.info("%(m)s %(U)s %(q)s %(h)s", ATOMS)

    (line,) = stream.all()
    assert line["message"] == "POST /in/*** 200"
    assert (line["status"], line["bytes"], line["ms"]) == (200, 12, 7)
    assert line["request"] == "abcdefgh"
    for secret in (SECRET, CANARY, "203.0.113.9"):
        assert secret not in stream.getvalue()


# --- X-Request-ID -----------------------------------------------------------------------------


@pytest.mark.parametrize("shown", ["abcdefgh", "2f6c-4.A_b" * 6, "0" * 64])
def test_a_usable_id_comes_back(client: Client, shown: str) -> None:
    answer = client.get("/healthz/live", headers={"X-Request-ID": shown})

    assert answer.headers["X-Request-ID"] == shown


@pytest.mark.parametrize(
    "shown", ["", "short", "0" * 65, "ada@example.com", "a b c d e f", "ä" * 9]
)
def test_any_other_is_replaced(client: Client, shown: str) -> None:
    first, second = (
        client.get("/healthz/live", headers={"X-Request-ID": shown}).headers["X-Request-ID"]
        for _ in range(2)
    )

    assert first != second
    assert shown not in {first, second}
    assert len(first) == 32
