"""Drain: one worker's turn at a destination."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from leads.clock import Deadline, database_now
from leads.delivery import breaker
from leads.delivery.bell import ring
from leads.delivery.claim import claim
from leads.delivery.finish import PATIENCE as FINISH_PATIENCE
from leads.delivery.finish import finish
from leads.delivery.gateway import Batch, Gateway
from leads.models import Destination, Lead, Slot

READY_SHARE = 0.1
"""The part of a call's time that must be left for what comes before it; 3 s of 30.

A token or metadata seldom need more, and where they do no insert is begun and the leads wait.
"""


class Drain:
    """Delivers a destination's due leads, batch by batch, until none is left or time is up."""

    def __init__(
        self,
        destination_id: int,
        gateway: Gateway,
        draw: Callable[[], float] = random.random,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_over` says whether the worker is about to stop: nothing new is begun then."""
        self.destination_id = destination_id
        self.gateway = gateway
        self.draw = draw
        self.is_over = is_over
        self.lease = timedelta(seconds=settings.LEASE_SECONDS)
        # A call, writing down what it came to, and a moment to get ready before it.
        self.needed = settings.SEND_TIMEOUT * (1 + READY_SHARE) + FINISH_PATIENCE

    def run(self, deadline: Deadline) -> int:
        """Deliver; how many leads were handled.

        A worker that is about to stop rings for nobody: the sweep does, for those who go on.
        """
        handled = 0
        self.answer_the_bell()
        with self.slot() as slot:
            while slot and self.has_time(deadline) and (batch := self.next_batch(deadline)):
                outcomes = self.gateway.deliver(batch, deadline.minus(FINISH_PATIENCE))
                finish(batch, outcomes, self.draw(), deadline.clock)
                handled += len(batch.leads)
        if slot and not self.is_over():
            self.ring_again_if_due()
        return handled

    def has_time(self, deadline: Deadline) -> bool:
        """Whether another call may begin."""
        return not self.is_over() and deadline.allows(self.needed)

    def answer_the_bell(self) -> None:
        """Let the bell be rung again, before the first look: no lead can fall in between."""
        Destination.objects.filter(pk=self.destination_id).update(rung_at=None)

    @contextmanager
    def slot(self) -> Iterator[UUID | None]:
        """One of the destination's places; None when all are taken."""
        limit = Destination.objects.values_list("max_slots", flat=True).get(pk=self.destination_id)
        token = Slot.objects.take(self.destination_id, limit, database_now(), self.lease)
        try:
            yield token
        finally:
            if token:
                Slot.objects.release(token)

    def next_batch(self, deadline: Deadline) -> Batch | None:
        """Claim what goes next, in its turn; None when nothing may or need be sent now."""
        now = database_now()
        destination = Destination.objects.get(pk=self.destination_id)
        if not Lead.objects.claimable(now).filter(destination=destination).exists():
            return None
        if not breaker.may_try(destination, now):
            return None
        if not breaker.keep_pace(destination, now, deadline, self.needed):
            return None
        # After the wait: a probe that was won and not used holds everybody up for a lease.
        limit = breaker.admit(destination, database_now(), self.lease)
        batch = claim(destination, limit, self.draw()) if limit else None
        if batch is None:
            breaker.return_probe(destination)
        elif len(batch.leads) >= destination.batch_size:
            ring(self.destination_id)  # there is more: let another worker join
        return batch

    def ring_again_if_due(self) -> None:
        """Catch the bell that rang while all places were taken."""
        now = database_now()
        here = Destination.objects.filter(pk=self.destination_id)
        if here.open(now).with_due_leads(now).exists():
            ring(self.destination_id)
