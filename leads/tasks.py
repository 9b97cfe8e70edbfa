"""What django-q2 calls: the edge between the queue and the engine."""

from __future__ import annotations

from django.conf import settings

from leads.clock import Deadline
from leads.delivery.drain import Drain
from leads.delivery.gateway import get_gateway
from leads.delivery.sweep import sweep as run_sweep


def drain(destination_id: int) -> None:
    """Deliver what is due, until nothing is or the time is up."""
    Drain(destination_id, gateway=get_gateway()).run(Deadline(settings.DRAIN_TIMEOUT))


def sweep() -> None:
    """Look for whatever a lost message left behind."""
    run_sweep()
