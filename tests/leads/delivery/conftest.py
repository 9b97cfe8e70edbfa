"""Leads on their way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.delivery.drain import Drain
from leads.models import Destination, Lead
from tests.fakes import FakeClock, FakeGateway

Run = Callable[..., int]


@pytest.fixture
def drain(destination: Destination, gateway: FakeGateway, clock: FakeClock) -> Run:
    """Runs one drain on a clock that does not wait; how many leads were handled."""

    def run(seconds: float = 55, draw: float = 0.5) -> int:
        engine = Drain(destination.pk, gateway, draw=lambda: draw)
        return engine.run(Deadline(seconds, clock))

    return run


def make_due(*leads: Lead, **values: Any) -> None:
    """Let the waiting of these leads be over (of all queued ones when none is named)."""
    rows = Lead.objects.filter(status__in=Lead.OPEN)
    if leads:
        rows = rows.filter(pk__in=[lead.pk for lead in leads])
    rows.update(due_at=timezone.now() - timedelta(seconds=1), **values)


def expire_lease() -> None:
    """Let the lease of every lead that is being sent run out."""
    Lead.objects.filter(status="sending").update(due_at=timezone.now() - timedelta(seconds=1))


def end_pause(destination: Destination) -> None:
    """Let the destination's pause reach the moment of its probe."""
    Destination.objects.filter(pk=destination.pk).exclude(paused_until=None).update(
        paused_until=timezone.now() - timedelta(seconds=1)
    )
