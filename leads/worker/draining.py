"""Draining: have the worker of one machine finish what it holds, and take nothing more.

The wish is a column of its heartbeat, which it reads with each sweep: no claim asks for it. A
worker that starts has a heartbeat of its own, and so is not drained.
"""

from __future__ import annotations

import time

from leads.clock import database_now
from leads.models import Heartbeat
from leads.models.worker import HeartbeatQuerySet

LOOK_EVERY = 0.5


class NotDrained(Exception):
    """Why not, in words for an operator."""


def drain(host: str, timeout: float) -> float:
    """Ask the workers of a host, and wait; how many seconds it took.

    Raises NotDrained where none runs, or one still works after `timeout` seconds: it goes on
    draining.
    """
    asked = Heartbeat.objects.filter(pk__in=[one.pk for one in _workers_of(host)])
    began = time.monotonic()
    asked.drain(database_now())
    while asked.beating(database_now()).filter(drained_at=None).exists():
        if time.monotonic() - began > timeout:
            raise NotDrained(
                f"The worker on {host} still works after {timeout:.0f} s. It goes on draining; "
                "ask again to wait on."
            )
        time.sleep(LOOK_EVERY)
    return time.monotonic() - began


def undo(host: str) -> None:
    """Have the workers of a host work again; raises NotDrained where none runs."""
    _workers_of(host).undo_drain()


def _workers_of(host: str) -> HeartbeatQuerySet:
    beating = Heartbeat.objects.beating(database_now())
    here = beating.filter(host=host)
    if not here.exists():
        known = sorted(set(beating.values_list("host", flat=True)))
        heard = f"Heard are: {', '.join(known)}." if known else "Nor on any other machine."
        raise NotDrained(f"No worker on {host} was heard within the last minute. {heard}")
    return here
