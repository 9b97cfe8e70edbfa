"""A time of its own in which workers, sweeps and a CRM run by the shipped timings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.utils import timezone

from leads.clock import Clock, Deadline
from leads.delivery.drain import Drain
from leads.delivery.gateway import Batch, Gateway, Outcome
from leads.delivery.sweep import sweep
from leads.models import Destination, Lead, Site
from tests.factories import make_lead
from tests.fakes import STORED, FakeGateway

WORKERS = 4
SWEEP = 10.0
"""Seconds between two sweeps of the shipped supervisor."""
BEGAN = datetime(2026, 11, 29, 8, tzinfo=UTC)


class World(Clock):
    """Workers, sweeps and a CRM, whose time passes when somebody waits."""

    def __init__(self, destination: Destination, jitter: float) -> None:
        self.traveller = time_machine.travel(BEGAN, tick=False)
        self.now = self.traveller.start()
        self.destination, self.jitter = destination, jitter
        self.fake = FakeGateway()
        self.answer: Callable[[Batch], list[Outcome]] = lambda batch: [STORED] * len(batch.leads)
        self.took = 0.0
        self.called: list[float] = []

    def monotonic(self) -> float:
        """Seconds since it began."""
        return (timezone.now() - BEGAN).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now.shift(timedelta(seconds=seconds))

    def deliver(self, batch: Batch) -> list[Outcome]:
        """One call, which takes its time."""
        self.called.append(self.monotonic())
        batch.call.started_at = timezone.now()
        self.sleep(self.took)
        return self.answer(batch)

    def run(self, until: float) -> None:
        """Sweep and drain, as a supervisor and its workers do."""
        while self.monotonic() < until:
            began = self.monotonic()
            if sweep():
                self.drain()
            self.sleep(max(0.0, SWEEP - (self.monotonic() - began)))

    def drain(self) -> None:
        """A turn of each worker."""
        for _ in range(WORKERS):
            gateway = self.gateway()
            Drain(self.destination.pk, gateway, lambda: self.jitter).run(Deadline(55, self))

    def gateway(self) -> Gateway:
        """The CRM of the next turn."""
        self.fake.answers = [self.deliver] * 1000
        return self.fake

    def calls_between(self, start: float, end: float) -> int:
        """How many inserts began then."""
        return sum(start <= moment < end for moment in self.called)


def leads_of(site: Site, number: int, **values: Any) -> None:
    """Many at once: of each only what delivery reads differs."""
    first = make_lead(site=site, **values)
    rows = [
        Lead(
            **{
                field.attname: getattr(first, field.attname)
                for field in Lead._meta.concrete_fields
                if field.attname not in ("id", "reference")
            }
        )
        for _ in range(number - 1)
    ]
    Lead.objects.bulk_create(rows, batch_size=1000)
