"""What people decide about an endpoint: pausing it, letting it go on, delivering again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notifications.models import Endpoint, Message, MessageQuerySet
from notifications.models.message import RETRIED_FOR

State = Endpoint.State


@transaction.atomic
def switch(endpoint: Endpoint, on: bool, now: datetime) -> bool:
    """Let it be told, or have what happens wait; False where it is so already.

    What waited has another day: it was not the receiver's fault.
    """
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    if not on:
        return bool(rows.filter(state=State.ON).update(state=State.PAUSED))
    fresh = {"state": State.ON, "fails": 0, "rests_until": None, "error": ""}
    if not rows.exclude(state=State.ON).update(**fresh):
        return False
    Endpoint.objects.tell_sites(endpoint.site_id)
    owed = Message.objects.pending().filter(endpoint=endpoint)
    owed.update(until=now + RETRIED_FOR)
    return True


def redeliver_failed(endpoint: Endpoint, now: datetime) -> int:
    """Owe all that was given up once more; how many."""
    failed = Message.objects.filter(endpoint=endpoint, status=Message.Status.FAILED)
    return redeliver(failed, now)


def redeliver(rows: MessageQuerySet, now: datetime) -> int:
    """Owe these once more, under their own ids; how many were not owed. Each goes at once."""
    Endpoint.objects.filter(pk__in=rows.order_by().values("endpoint")).update(rests_until=None)
    return rows.send_again(now)
