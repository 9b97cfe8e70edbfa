"""What django-q2 calls: the edge between the queue and the engine."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django_q.models import Failure

from leads.clock import Deadline
from leads.delivery.drain import Drain
from leads.delivery.gateway import get_gateway
from leads.delivery.sweep import sweep as run_sweep

KEEP_FAILURES = timedelta(days=30)


def drain(destination_id: int) -> None:
    """Deliver what is due, until nothing is or the time is up."""
    Drain(destination_id, gateway=get_gateway()).run(Deadline(settings.DRAIN_TIMEOUT))


def sweep() -> None:
    """Look for whatever a lost message left behind."""
    run_sweep()


def prune() -> None:
    """Remove the queue's own records of tasks that failed a month ago; it never does itself."""
    Failure.objects.filter(stopped__lt=timezone.now() - KEEP_FAILURES).delete()
