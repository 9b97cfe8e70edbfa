"""What django-q2 calls for Zoho alone: the edge between the schedules and the flows."""

from __future__ import annotations

from django.conf import settings

from leads.clock import Deadline
from zoho.fields import refresh_all


def refresh_metadata() -> None:
    """Read the fields of all modules anew, as far as the time of one task reaches."""
    refresh_all(Deadline(settings.DRAIN_TIMEOUT))
