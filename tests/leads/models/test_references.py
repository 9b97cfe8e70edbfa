"""What a lead is called in the CRM: unique, and in the order of time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import time_machine

from leads.models.lead import new_reference

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_reference_begins_with_the_time() -> None:
    with time_machine.travel(NOON, tick=False):
        reference = new_reference()

    assert (reference.version, reference.variant) == (7, uuid.RFC_4122)
    assert reference.int >> 80 == NOON.timestamp() * 1000


def test_two_of_the_same_moment_differ() -> None:
    with time_machine.travel(NOON, tick=False):
        references = {new_reference() for _ in range(1000)}

    assert len(references) == 1000
    assert len({reference.int & 0xFFF << 64 for reference in references}) > 500
