"""From a lead that is settled to the messages that are owed, in the same transaction.

The rows are the outbox: what is on disk with the lead's new state is sent later, by a worker, and
what was rolled back is never sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from leads.apply import Move
from leads.models import Lead
from leads.signals import lead_converted, leads_settled, pruned
from leads.store.rows import insert_rows
from notifications.models import Endpoint, Event, Message
from notifications.models.endpoint import TEST
from notifications.models.message import RETRIED_FOR
from notifications.outcomes.events import event_of

WRITTEN = (
    *("endpoint", "lead", "event", "lead_status", "reason", "zoho_id"),
    *("created_at", "due_at", "until", "status", "tries", "error"),
)
"""Columns that are written in bulk; the others are empty."""


@receiver(leads_settled, dispatch_uid="notifications.outcomes")
def write_down(moves: Sequence[Move[Any]], **_signal: Any) -> None:
    """One message for each lead and endpoint that wants to know: two statements for hundreds."""
    wanted = _wanted({move.lead.site_id for move in moves})
    now, rows = timezone.now(), []
    for lead, change, _entry in moves:
        event = event_of(lead, change["status"]).value
        about = (
            *(lead.pk, event, change["status"], change.get("reason", lead.reason)),
            change.get("zoho_id") or getattr(lead, "zoho_id", ""),
        )
        rows += [(pk, *about, *_owed(now)) for pk in wanted[lead.site_id, event]]
    insert_rows(Message, WRITTEN, rows)


@receiver(lead_converted, dispatch_uid="notifications.outcomes.converted")
def write_converted(lead: Lead, **_signal: Any) -> None:
    """The same for a lead whose record was converted in the CRM. What became of the deal is read
    when it is sent.
    """
    event, now = Event.CONVERTED.value, timezone.now()
    wanted = _wanted({lead.site_id})[lead.site_id, event]
    about = (lead.pk, event, lead.status, "", lead.zoho_id)
    insert_rows(Message, WRITTEN, [(pk, *about, *_owed(now)) for pk in wanted])


@receiver(pruned, dispatch_uid="notifications.outcomes.pruned")
def let_go(now: datetime, **_signal: Any) -> None:
    """Let go of what the log no longer goes back to."""
    Message.objects.let_go(now)


def write_test(endpoint: Endpoint, now: datetime) -> Message:
    """Owe the endpoint an event that nothing happened for; it is tried once."""
    return Message.objects.create(
        endpoint=endpoint, event=TEST, created_at=now, due_at=now, until=now
    )


def _wanted(sites: set[int]) -> dict[tuple[int, str], list[int]]:
    """The endpoints by site and event."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    rows = Endpoint.objects.listening().filter(site__in=sites).order_by("pk")
    for pk, site, events in rows.values_list("pk", "site", "events"):
        for event in events:
            found[site, event].append(pk)
    return found


def _owed(now: datetime) -> tuple[Any, ...]:
    return (now, now, now + RETRIED_FOR, Message.Status.PENDING, 0, "")
