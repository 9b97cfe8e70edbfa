"""One turn of proof: metadata that is old, leads that are due to be read back, repairs.

It yields to delivery: while leads are due, or Zoho is not well, nothing of it is asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.clock import Deadline, database_now
from leads.models import Destination, Lead, Site, Slot
from zoho.api import rests
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit import fields
from zoho.models import Connection, ModuleFields
from zoho.proof.budget import credits_left
from zoho.proof.mend import run_repairs
from zoho.proof.plan import modules_due, settled, unread
from zoho.proof.read_back import CALL_SECONDS, Round
from zoho.proof.repair import may_go_on, open_repairs

LEASE = timedelta(seconds=90)
"""How long the one task may take before another one is woken in its place."""
TURN = 20.0
"""Seconds of one turn: mails are sent by the same worker, and wait for its end."""
STARVED = timedelta(minutes=15)
"""How long what is due waits for fresh leads; then it takes one call between them."""
STARVED_SECONDS = CALL_SECONDS + 2
"""A repair that waited so long takes a short turn: it begins no call later than CALL_SECONDS before
the end."""
FAULT_COUNTS = timedelta(minutes=15)
"""How long after the last good answer a fault counts behind which no lead waits: no other call
would ever show that it is over."""
IN_USE = timedelta(days=1)
"""How long after its last delivery a destination's fields are looked at every hour."""


def prove(connection: Connection, deadline: Deadline) -> None:
    """Take a turn. Nothing that Zoho answers to it touches delivery."""
    for module in overdue(connection, database_now()):
        if deadline.allows(CALL_SECONDS):
            look_at_fields(connection, module, deadline)
    now = database_now()
    if not is_in_the_way(connection, now):
        run_repairs(connection, deadline)
    elif is_repair_starved(connection, now):
        run_repairs(connection, deadline.within(STARVED_SECONDS))
    turn = Round(connection, deadline)
    while deadline.allows(CALL_SECONDS):
        now = database_now()
        if is_in_the_way(connection, now) and not is_starved(connection, now):
            break
        if not turn.run(most=1):
            break


def has_work(connection: Connection, now: datetime) -> bool:
    """Whether a turn would do anything now."""
    if not connection.is_set_up:
        return False
    waits = is_in_the_way(connection, now)
    if may_read(connection, now) and (not waits or is_starved(connection, now)):
        return True
    if may_go_on(connection, now) and (not waits or is_repair_starved(connection, now)):
        return True
    return not waits and bool(overdue(connection, now))


def may_read(connection: Connection, now: datetime) -> bool:
    """Whether leads are due to be read back, with credits left, of a module that does not rest."""
    modules = modules_due(connection, now)
    if not modules or credits_left(connection) <= 0:
        return False
    return any(
        not rests.resting(connection, rests.name(rests.RECORDS, module), now) for module in modules
    )


def is_in_the_way(connection: Connection, now: datetime) -> bool:
    """Whether leads are due, or all calls are taken, or the destination rests or is ailing."""
    pk = connection.destination_id
    destination = Destination.objects.get(pk=pk)
    if is_unwell(destination, now):
        return True
    if Lead.objects.oldest_due(pk, now) is not None:
        return True
    taken = Slot.objects.filter(destination=pk, leased_until__gt=now).count()
    return taken >= destination.max_slots


def is_unwell(destination: Destination, now: datetime) -> bool:
    """Whether it is paused, or had a fault that is not past: leads wait for it to be over, or a
    good answer was only just before it.
    """
    if destination.paused_at is not None:
        return True
    if not destination.faults:
        return False
    last = destination.last_success_at
    if last is not None and now - last <= FAULT_COUNTS:
        return True
    waiting = Lead.objects.open().filter(destination=destination)
    return waiting.exclude(site__in=Site.objects.held(now).values("pk")).exists()


def is_starved(connection: Connection, now: datetime) -> bool:
    """Whether fresh leads have held back what is due for too long, and Zoho is well."""
    if is_unwell(Destination.objects.get(pk=connection.destination_id), now):
        return False
    return settled(unread(connection)).filter(due_at__lte=now - STARVED).exists()


def is_repair_starved(connection: Connection, now: datetime) -> bool:
    """Whether fresh leads have held back a person's repair for too long, and Zoho is well."""
    if is_unwell(Destination.objects.get(pk=connection.destination_id), now):
        return False
    return open_repairs(connection).filter(created_at__lte=now - STARVED).exists()


def overdue(connection: Connection, now: datetime) -> list[str]:
    """The modules whose fields were not looked at for an hour, of a destination in use."""
    last = connection.destination.last_success_at
    if last is None or now - last > IN_USE:
        return []
    rows = ModuleFields.objects.filter(connection=connection, read_at__lte=now - fields.KEPT_FOR)
    used = connection.destination.sites.filter(enabled=True).values("module")
    modules = rows.filter(module__in=used).values_list("module", flat=True)
    return [
        module
        for module in modules
        if not rests.resting(connection, rests.name(rests.FIELDS, module), now)
    ]


def look_at_fields(connection: Connection, module: str, deadline: Deadline) -> None:
    """Read a module's fields anew; where Zoho does not say, the question rests."""
    try:
        fields.read(Caller(connection, deadline.within(CALL_SECONDS)), module)
    except CallFailed as failure:
        what = rests.name(rests.FIELDS, module)
        rests.failed(connection, what, failure.outcome, database_now())
