"""Repair: a person's order to write lost values into records that exist, where they are empty.

Nothing is ever inserted; the work itself is in `zoho.proof.mend`.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from leads.clock import database_now
from leads.models import Lead
from zoho.models import Connection, ReadBack, Repair, RepairItem

State = RepairItem.State


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
    wanted = list(rows.exclude(pk__in=waiting).order_by("pk").values_list("destination", "pk"))
    repairs = []
    for destination in sorted({one for one, _pk in wanted}):
        repair = Repair.objects.create(
            destination_id=destination, words=words[:200], created_by=user, created_at=now
        )
        items = [
            RepairItem(repair=repair, read_back_id=pk) for one, pk in wanted if one == destination
        ]
        RepairItem.objects.bulk_create(items, ignore_conflicts=True)
        repairs.append(repair)
    return repairs


@transaction.atomic
def stop(repair: Repair) -> bool:
    """Leave the rest alone; False where nothing was left."""
    now = database_now()
    won = Repair.objects.filter(pk=repair.pk, ended_at=None).update(stopped_at=now, ended_at=now)
    if won:
        repair.items.filter(state=State.WAITING).update(state=State.STOPPED, ended_at=now)
    return bool(won)


def open_repairs(connection: Connection) -> QuerySet[Repair]:
    """The repairs of the connection's destination that are not over, oldest first."""
    rows = Repair.objects.filter(destination_id=connection.destination_id, ended_at=None)
    return rows.order_by("created_at", "pk")
