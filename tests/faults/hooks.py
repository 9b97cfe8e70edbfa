"""Where a process ends on order, and builds that are broken on purpose.

An order is a file in the folder FAULT_ORDERS: `crash-POINT-N` ends one process at that point, once;
`poison` ends every process that is about to send a lead marked so; `sabotage-NAME` breaks a promise
for as long as it lies there.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from django.apps import AppConfig

ORDERS = "FAULT_ORDERS"
SHIFT = "FAULT_SHIFT"
"""The environment variable with the days by which the process's clock is ahead of everybody's."""
AUTHORITY = "FAULT_AUTHORITY"
"""The environment variable with the file of whom TLS trusts; without it, whom everybody trusts."""
POINTS = (
    "before_commit",
    "after_commit",
    "before_wake",
    "before_message",
    "after_claim",
    "after_send",
    "after_answer",
    "before_close",
    "after_close",
)
"""The steps of a lead, from the web process's transaction to the end of the worker's."""
SABOTAGES = ("lease", "reference", "ack")
POISON = "poison"
BY_THEN = 2.0
"""Seconds after its 202 that a build without honest acknowledgements stores the lead."""


def orders() -> Path:
    """The folder of the orders."""
    return Path(os.environ[ORDERS])


def crash_at(point: str) -> None:
    """End this process, as kill -9 does, if somebody ordered it; each order is for one process."""
    for order in sorted(orders().glob(f"crash-{point}-*")):
        try:
            order.unlink()
        except FileNotFoundError:
            continue  # another process was faster
        os.kill(os.getpid(), signal.SIGKILL)


def is_ordered(name: str) -> bool:
    """Whether an order that lasts is there."""
    return (orders() / name).exists()


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Have `around(real, *args, **kwargs)` called in place of a function."""
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return around(real, *args, **kwargs)

    setattr(owner, name, wrapped)


def before(point: str) -> Callable[..., Any]:
    """End before the function is called."""

    def around(real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        crash_at(point)
        return real(*args, **kwargs)

    return around


def after(point: str, when: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
    """End after the function returned, where `when(result, *args)` holds."""

    def around(real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        if when(result, *args):
            crash_at(point)
        return result

    return around


def uncommitted(real: Callable[..., Any], *args: Any) -> Any:
    """End with the lead written and not committed; before it where one statement does both."""
    from django.db import connection

    if not connection.in_atomic_block:
        crash_at("before_commit")
        return real(*args)
    result = real(*args)
    crash_at("before_commit")
    return result


def has_records(_result: Any, _connection: Any, data: Any) -> bool:
    """Whether these bytes are the records of an insert."""
    return isinstance(data, bytes) and data.startswith(b'{"data"')


def is_an_insert(_result: Any, _call: Any, _deadline: Any, method: str, url: str) -> bool:
    """Whether a call inserts records."""
    return method == "POST" and "/crm/v8/" in url


class Hooks(AppConfig):
    """An application that only wraps others."""

    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        """Wrap each step by the name under which it is called, and shift the clock."""
        from leads.delivery import drain, finish, sweep, wakeup
        from leads.intake import api
        from leads.store import database
        from zoho.api import client
        from zoho.delivery import batch

        if days := float(os.environ.get(SHIFT, 0)):
            # What this process and its children take for the time; durations stay true.
            time_machine.travel(timedelta(days=days)).start()
        wrap(database, "insert_together", uncommitted)
        wrap(api, "receive", acknowledge)
        wrap(api, "receive", after("after_commit"))
        wrap(wakeup, "wake", before("before_wake"))
        wrap(wakeup, "async_task", before("before_message"))
        # Once it is committed: what is claimed within the transaction is rolled back with it.
        wrap(drain.Drain, "admitted", after("after_claim", lambda batch, *_: batch is not None))
        wrap(client._Watched, "send", after("after_send", has_records))
        wrap(client, "send", after("after_answer", is_an_insert))
        wrap(finish, "_settle", after("before_close"))
        wrap(drain, "finish", after("after_close"))
        wrap(batch.Delivery, "run", poison)
        wrap(batch.Delivery, "record", without_reference)
        wrap(sweep, "reclaim", without_leases)
        client.SESSION.verify = os.environ.get(AUTHORITY, True)


def poison(real: Callable[..., Any], delivery: Any) -> Any:
    """A lead that ends every worker that sends it."""
    marked = any(lead.email.startswith(POISON) for lead in delivery.batch.leads)
    if marked and is_ordered(POISON):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(delivery)


# --- Broken on purpose --------------------------------------------------------------------------


def without_leases(real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Nobody takes back what a dead worker held."""
    return 0 if is_ordered("sabotage-lease") else real(*args, **kwargs)


def without_reference(real: Callable[..., Any], delivery: Any, *args: Any) -> Any:
    """The record travels without the reference by which Zoho knows a repeat."""
    made = real(delivery, *args)
    if is_ordered("sabotage-reference"):
        made.fitted.record.pop(delivery.reference_field, None)
    return made


def acknowledge(real: Callable[..., Any], *args: Any) -> Any:
    """A 202 that leaves before anything is stored."""
    if not is_ordered("sabotage-ack"):
        return real(*args)
    from leads.models import Lead

    promised = Lead(reference=uuid.uuid4())

    def store() -> None:
        time.sleep(BY_THEN)
        lead = real(*args)
        Lead.objects.filter(pk=lead.pk).update(reference=promised.reference)

    threading.Thread(target=store, daemon=True).start()
    return promised
