"""Repair: a person's order to write lost values into records that exist, where they are empty.

Nothing is ever inserted; the work itself is in `zoho.proof.mend`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from leads.clock import database_now
from leads.models import Lead
from zoho.api import rests
from zoho.models import Connection, ReadBack, Repair, RepairItem, Rest
from zoho.proof.read import converted_question, deleted_question

State = RepairItem.State
KINDS = (rests.RECORDS, rests.UPDATES)
"""The questions without which there is no repair."""


@transaction.atomic
def begin(leads: QuerySet[Lead], user: Any, words: str) -> list[Repair]:
    """Put the incomplete ones of these leads on a work list for each destination.

    A lead that stands on a list already stays there; without any other there is none.
    """
    now = database_now()
    rows = ReadBack.objects.filter(
        lead__in=leads.order_by().values("pk"), state=ReadBack.State.INCOMPLETE
    )
    waiting = RepairItem.objects.filter(state=State.WAITING).values("read_back")
    wanted = list(
        rows.exclude(pk__in=waiting).order_by("pk").values_list("destination", "module", "pk")
    )
    repairs = []
    for destination in sorted({one for one, _module, _pk in wanted}):
        repair = Repair.objects.create(
            destination_id=destination, words=words[:200], created_by=user, created_at=now
        )
        rows_here = [(module, pk) for one, module, pk in wanted if one == destination]
        items = [RepairItem(repair=repair, read_back_id=pk) for _module, pk in rows_here]
        RepairItem.objects.bulk_create(items, ignore_conflicts=True)
        _ask_again(destination, {module for module, _pk in rows_here})
        repairs.append(repair)
    return repairs


def _ask_again(destination: int, modules: set[str]) -> None:
    """A person asks: what Zoho refused for these modules does not rest any longer."""
    whats = [rests.name(kind, module) for kind in KINDS for module in modules]
    whats += map(converted_question, modules)
    whats += map(deleted_question, modules)
    Rest.objects.filter(connection__destination=destination, what__in=whats).delete()


@transaction.atomic
def stop(repair: Repair) -> bool:
    """Leave the rest alone; False where nothing was left."""
    now = database_now()
    won = Repair.objects.filter(pk=repair.pk, ended_at=None).update(stopped_at=now, ended_at=now)
    if won:
        repair.items.filter(state=State.WAITING).update(state=State.STOPPED, text="", ended_at=now)
    return bool(won)


def open_repairs(connection: Connection) -> QuerySet[Repair]:
    """The repairs of the connection's destination that are not over, oldest first."""
    rows = Repair.objects.filter(destination_id=connection.destination_id, ended_at=None)
    return rows.order_by("created_at", "pk")


def modules_awake(connection: Connection, items: QuerySet[RepairItem], now: datetime) -> list[str]:
    """The modules of these leads of which Zoho may be asked now."""
    modules = items.order_by().values_list("read_back__module", flat=True).distinct()
    return [module for module in modules if not _rests(connection, module, now)]


def _rests(connection: Connection, module: str, now: datetime) -> bool:
    """Whether a repair would not come on: which records were converted or deleted holds
    it back only while that may be answered soon. Where it is refused the leads are told so.
    """
    if any(rests.resting(connection, rests.name(kind, module), now) for kind in KINDS):
        return True
    questions = (converted_question(module), deleted_question(module))
    found = (rests.resting(connection, what, now) for what in questions)
    return any(rest is not None and not rest.refused for rest in found)


def may_go_on(connection: Connection, now: datetime) -> bool:
    """Whether a turn would bring a repair on, or to its end."""
    repairs = open_repairs(connection)
    waiting = RepairItem.objects.filter(state=State.WAITING, repair__in=repairs)
    if modules_awake(connection, waiting, now):
        return True
    return repairs.exclude(pk__in=waiting.values("repair")).exists()
