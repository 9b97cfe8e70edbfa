"""Whoever listens to leads may fail: it costs no lead, and no sender is told that it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leads.signals import batch_handled, lead_received
from tests.fakes import STORED
from tests.leadops.observe.conftest import World


@pytest.fixture
def failing() -> Iterator[list[str]]:
    """Listeners that fail, and which of them were asked."""
    asked: list[str] = []

    def at_received(**_signal: Any) -> None:
        asked.append("received")
        raise OSError("no collector")

    def at_handled(**_signal: Any) -> None:
        asked.append("handled")
        raise OSError("no collector")

    lead_received.connect(at_received)
    batch_handled.connect(at_handled)
    yield asked
    lead_received.disconnect(at_received)
    batch_handled.disconnect(at_handled)


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_costs_no_lead(world: World, failing: list[str]) -> None:
    answer = world.post()
    lead = world.send(STORED)

    assert answer.status_code == 202
    assert lead.status == "delivered"
    assert failing == ["received", "handled"]
