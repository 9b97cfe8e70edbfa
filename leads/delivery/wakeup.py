"""The wakeup: how somebody who knows of due leads wakes a worker.

The database row is the queue; a message of django-q2 carries a destination's id and may be
lost, doubled or late without harm: the sweep looks again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.tasks import async_task

from leads.models import Destination

log = logging.getLogger(__name__)

WAKE_EVERY = timedelta(seconds=10)
DRAIN = "leads.tasks.drain"


class Later(ORM):  # type: ignore[misc]  # django-q2 has no annotations
    """A queue whose messages are handed out after a while."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(list_key=Conf.CLUSTER_NAME)
        self.delay = delay

    def enqueue(self, task: str) -> int:
        """Store the message; its number. The queue looks for messages whose lock has passed."""
        until = timezone.now() + self.delay
        message = self.get_connection().create(key=self.list_key, payload=task, lock=until)
        return int(message.pk)


def wake_after_commit(destination_id: int, delay: timedelta = timedelta()) -> None:
    """Wake a worker when the running transaction is on disk; an error there is logged, never shown.

    The lead is safe by then, and the sweep finds it. A `delay` is for leads that are due then:
    such a wakeup is not coalesced, because an earlier one would find nothing.
    """
    transaction.on_commit(lambda: _wake_quietly(destination_id, delay))


def call_after_commit(task: str, *arguments: int) -> None:
    """Have a worker run a task once the running transaction is on disk; an error is logged.

    For work whose row says what is left to do, so that a sweep can call again.
    """
    transaction.on_commit(lambda: _call_quietly(task, *arguments))


def _call_quietly(task: str, *arguments: int) -> None:
    try:
        async_task(task, *arguments)
    except Exception:
        log.exception("could not queue %s%s; the sweep will", task, arguments)


def _wake_quietly(destination_id: int, delay: timedelta) -> None:
    try:
        if delay:
            async_task(DRAIN, destination_id, broker=Later(delay))
        else:
            wake(destination_id)
    except Exception:
        log.exception("could not wake for destination %s; the sweep will", destination_id)


def wake(destination_id: int, every: timedelta = WAKE_EVERY) -> bool:
    """Wake a worker unless somebody just did; True when a message was queued.

    The flag is on disk before the message: a crash in between costs the few seconds until the
    sweep, and where somebody just woke a worker the caller pays one statement.
    """
    wakes = Destination.objects.wake(destination_id, every)
    if wakes:
        async_task(DRAIN, destination_id)
    return wakes
