"""A time of its own in which workers, sweeps and a CRM run by the shipped timings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone

from leads.clock import Clock, Deadline
from leads.delivery import sweep as sweeping
from leads.delivery.drain import Drain
from leads.delivery.gateway import Batch, Gateway, Outcome
from leads.models import ApiCall, Destination, Lead, SearchIndex, Site, Slot
from tests.factories import make_lead
from tests.fakes import STORED, FakeGateway

WORKERS = 4
SWEEP = 10.0
"""Seconds between two sweeps of the shipped supervisor."""
BEGAN = datetime(2026, 11, 29, 8, tzinfo=UTC)


@cache
def something_to_sweep() -> tuple[str, list[Any]]:
    """A look that is asked thousands of times, as of BEGAN: its statement, written by the ORM once,
    and its parameters.
    """
    rows: list[QuerySet[Any]] = [
        Destination.objects.open(BEGAN).with_due_leads(BEGAN),
        Lead.objects.orphaned(BEGAN),
        ApiCall.objects.filter(ended_at=None),
        Slot.objects.exclude(token=None),
    ]
    looks = [found.order_by().values("pk").query.sql_with_params() for found in rows]
    statement = " OR ".join(f"EXISTS ({sql})" for sql, _parameters in looks)
    return f"SELECT {statement}", [one for _sql, parameters in looks for one in parameters]


@contextmanager
def delivery_alone() -> Iterator[None]:
    """Sweeps that leave the figures, and whom to tell, to others: half of an outage's work."""
    besides = ("mend", "keep_up", "roll_up", "tell_who_waits", "listen")
    left_out: dict[str, Any] = {"swept": Signal()} | dict.fromkeys(besides, _nothing)
    with patch.multiple(sweeping, **left_out):
        yield


def _nothing(_when: object) -> None:
    return None


class World(Clock):
    """Workers, sweeps and a CRM, whose time passes when somebody waits."""

    def __init__(self, destination: Destination, jitter: float) -> None:
        self.traveller = time_machine.travel(BEGAN, tick=False)
        self.now = self.traveller.start()
        self.destination, self.jitter = destination, jitter
        self.fake = FakeGateway()
        self.answer: Callable[[Batch], list[Outcome]] = lambda batch: [STORED] * len(batch.leads)
        self.took = 0.0
        self.workers, self.open = 1, 0
        """How many have a call open at the same time, and how many do."""
        self.called: list[float] = []
        self.every_sweep = False
        """Nine of ten would find nothing to send: without those an hour passes in a second. With
        them they do all that a sweep does.
        """
        self.every_turn = False
        """A worker finds nothing where the one before found nothing, at the same moment."""

    def monotonic(self) -> float:
        """Seconds since it began."""
        return (timezone.now() - BEGAN).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now.shift(timedelta(seconds=seconds))

    def deliver(self, batch: Batch) -> list[Outcome]:
        """One call, which takes its time; meanwhile the next worker has its turn."""
        began = self.monotonic()
        self.called.append(began)
        batch.call.started_at = timezone.now()
        self.open += 1
        if self.open < self.workers:
            self.turn()
        self.open -= 1
        self.sleep(max(0.0, began + self.took - self.monotonic()))
        return self.answer(batch)

    def run(self, until: float) -> None:
        """Sweep and drain, as a supervisor and its workers do."""
        with nullcontext() if self.every_sweep else delivery_alone():
            while self.monotonic() < until:
                began = self.monotonic()
                if (self.every_sweep or self.has_to_sweep()) and sweeping.sweep():
                    self.drain()
                self.sleep(max(0.0, SWEEP - (self.monotonic() - began)))

    def has_to_sweep(self) -> bool:
        """Whether a sweep would wake somebody, or bring back what somebody left behind."""
        statement, parameters = something_to_sweep()
        began, now = str(BEGAN.replace(tzinfo=None)), str(timezone.now().replace(tzinfo=None))
        with connection.cursor() as cursor:
            cursor.execute(statement, [now if one == began else one for one in parameters])
            return bool(cursor.fetchone()[0])

    def drain(self) -> None:
        """A turn of each worker."""
        for _ in range(WORKERS):
            began = self.monotonic()
            handled = self.turn()
            if not (handled or self.monotonic() > began or self.every_turn):
                break

    def turn(self) -> int:
        """One worker's; how many leads it handled."""
        gateway = self.gateway()
        return Drain(self.destination.pk, gateway, lambda: self.jitter).run(Deadline(55, self))

    def gateway(self) -> Gateway:
        """The CRM of the next turn."""
        self.fake.answers = [self.deliver] * 1000
        return self.fake

    def calls_between(self, start: float, end: float) -> int:
        """How many inserts began then."""
        return sum(start <= moment < end for moment in self.called)


def leads_of(site: Site, number: int, **values: Any) -> None:
    """Many at once, in SQLite: of each only what delivery reads differs.

    Search knows them: to write their words was most of what a sweep did in an outage.
    """
    first = make_lead(site=site, **values)
    fields = [str(field.column) for field in Lead._meta.concrete_fields]
    alike = ", ".join(column for column in fields if column not in ("id", "reference"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Lead._meta.db_table} (reference, {alike})"
            " WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < %s)"
            f" SELECT lower(hex(randomblob(16))), {alike}"
            f" FROM {Lead._meta.db_table}, copy WHERE id = %s AND n > 1",
            [number, first.pk],
        )
    newest = Lead.objects.order_by("-pk").values_list("pk", flat=True)[0]
    now = timezone.now()
    known = {"after": newest, "seen": newest, "seen_at": now, "older": 0}
    known |= {"version": SearchIndex.VERSION, "version_seen_at": now}
    SearchIndex.objects.update_or_create(pk=1, defaults=known)
