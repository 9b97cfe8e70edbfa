"""Sentry is told where and what kind, and nothing that an error quotes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from unittest.mock import patch

import pytest
import sentry_sdk
from django.db import OperationalError
from django.test import Client, override_settings
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from leadops.observe import errors
from tests.leadops.observe.conftest import CANARY, World

SECRET = "s3cret-address-0123456789"
SENT: list[bytes] = []


class Kept(Transport):
    """Keeps the bytes that would go to Sentry."""

    def capture_envelope(self, envelope: Envelope) -> None:
        SENT.append(envelope.serialize())


@pytest.fixture
def sentry() -> Iterator[list[bytes]]:
    SENT.clear()
    init = sentry_sdk.init
    with (
        override_settings(SENTRY_DSN="http://key@127.0.0.1:9/1"),
        patch.object(sentry_sdk, "init", lambda **options: init(**options, transport=Kept)),
    ):
        errors.begin()
    yield SENT
    init()  # to nobody


def text(sent: list[bytes]) -> str:
    return b"".join(sent).decode()


@pytest.mark.parametrize("error", [KeyError(CANARY), ValueError(f"/in/{SECRET}/ {CANARY}")])
def test_an_error_of_a_page_is_told_without_what_it_quotes(
    world: World, client: Client, sentry: list[bytes], error: Exception
) -> None:
    client.raise_request_exception = False
    with patch("leads.intake.api.receive", side_effect=error):
        answer = world.post(**{"X-Request-ID": "from-the-shop-17"})

    assert answer.status_code >= 500
    told = text(sentry)
    assert type(error).__name__ in told
    assert "leads/intake/api.py" in told
    assert "from-the-shop-17" in told
    for known in (CANARY, SECRET, "7946", world.key, "Authorization", "cookies"):
        assert known not in told


def test_what_is_logged_as_an_error_is_told_as_the_code_has_it(sentry: list[bytes]) -> None:
    logging.getLogger("x").error("lead of %s failed at /in/%s/", CANARY, SECRET)

    told = text(sentry)
    assert "lead of %s failed" in told
    assert CANARY not in told
    assert SECRET not in told


def test_what_a_server_said_is_told(sentry: list[bytes]) -> None:
    try:
        raise OperationalError("server closed the connection")
    except OperationalError:
        logging.getLogger("x").exception("away")

    assert "server closed the connection" in text(sentry)


def test_nothing_else_goes_there(world: World, sentry: list[bytes]) -> None:
    world.post()
    world.send()
    logging.getLogger("x").warning(CANARY)

    assert sentry == []
