"""Which event it is when a lead is settled: a table. Pure."""

from __future__ import annotations

from typing import Any

from leads.models import Lead
from notifications.models import Event

Status = Lead.Status
OF_STATUS: dict[str, Event] = {
    Status.DELIVERED: Event.DELIVERED,
    Status.FAILED: Event.FAILED,
    Status.ENTERED: Event.ENTERED,
    Status.DISCARDED: Event.DISCARDED,
}
"""What is told of a lead that is settled so."""


def event_of(lead: Any, status: str) -> Event:
    """What is told of the lead that becomes this; one that a person chose to write over a record
    is `updated`, and not `delivered`.
    """
    if status == Status.DELIVERED and lead.update_existing:
        return Event.UPDATED
    return OF_STATUS[status]
