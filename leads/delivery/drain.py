"""Drain: one worker delivers a destination's due leads, for as long as its task may last.

While a call is open a worker would only wait. So where there is more than one batch to send, a
second thread prefetches: it claims the next one meanwhile, and each writes down what its own came
to. One call at a time is in flight all the same (see `prefetch`).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from leads.clock import Deadline, database_now
from leads.delivery import breaker
from leads.delivery.claim import claim
from leads.delivery.finish import PATIENCE as FINISH_PATIENCE
from leads.delivery.finish import finish
from leads.delivery.gateway import Batch, Gateway
from leads.delivery.prefetch import Calls, InFlightCall
from leads.delivery.wakeup import wake
from leads.models import Destination, Lead, Slot
from leads.signals import batch_handled

log = logging.getLogger(__name__)

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
        prefetches: bool = False,
    ) -> None:
        """`is_over` says whether the worker is about to stop: nothing new is begun then.

        What `prefetches` has a second thread, with a connection to the database of its own.
        """
        self.destination_id = destination_id
        self.gateway = gateway
        self.draw = draw
        self.is_over = is_over
        self.prefetches = prefetches
        self.calls = Calls(lambda: self.is_over() or self.has_failed)
        self.has_failed = False
        self.lease = timedelta(seconds=settings.LEASE_SECONDS)
        # A call, writing down what it came to, and a moment to get ready before it.
        self.needed = settings.SEND_TIMEOUT * (1 + READY_SHARE) + FINISH_PATIENCE

    def run(self, deadline: Deadline) -> int:
        """Deliver; how many leads were handled.

        A worker that is about to stop wakes nobody: the sweep does, for those who go on.
        """
        self.acknowledge_wakeup()
        with self.slot() as slot:
            handled = self.work(deadline) if slot else 0
        if slot and not self.is_over():
            self.wake_again_if_due()
        return handled

    def work(self, deadline: Deadline) -> int:
        """Batch after batch; from the first whole one on, the next is prefetched."""
        handled = 0
        second: Future[int] | None = None
        with ThreadPoolExecutor(1, "prefetch") as pool, self.whatever_fails():
            while self.has_time(deadline, waits=second is not None):
                # Looked at before a batch is claimed: what went wrong there leaves none in hand.
                if second and second.done():  # it was not admitted then, and may be now
                    handled, second = handled + second.result(), None
                batch = self.next_batch(deadline)
                if batch is None:
                    break
                may_prefetch = self.prefetches and batch.resend_is_safe
                if may_prefetch and second is None and is_whole(batch):
                    second = pool.submit(self.prefetch, deadline)
                handled += self.handle(batch, deadline)
        return handled + (second.result() if second else 0)

    def prefetch(self, deadline: Deadline) -> int:
        """The second thread's work: batches that nobody suspects, while there are whole ones.

        Should a lead end the process, the other batch in hand is not at fault: a lead that is
        alone in order to be judged must not be judged by that. Nor is there a second batch where
        the death of a worker leaves the outcome of each to a person.
        """
        handled, more = 0, True
        with self.whatever_fails():
            try:
                while more and self.has_time(deadline, waits=True):
                    batch = self.next_batch(deadline, suspects=False)
                    more = batch is not None and is_whole(batch)
                    handled += self.handle(batch, deadline) if batch else 0
            finally:
                connection.close()  # it is this thread's own
        return handled

    @contextmanager
    def whatever_fails(self) -> Iterator[None]:
        """An error in one thread is logged, and stops the other after what it has in hand."""
        try:
            yield
        except Exception:
            self.has_failed = True
            log.exception("a thread of the drain of destination %s failed", self.destination_id)
            raise

    def handle(self, batch: Batch, deadline: Deadline) -> int:
        """Send a batch and write down what it came to; how many leads it had."""
        outcomes = self.gateway.deliver(batch, deadline.minus(FINISH_PATIENCE))
        finish(batch, outcomes, self.draw(), deadline.clock)
        batch.in_flight.settle()
        batch_handled.send_robust(Drain, batch=batch, outcomes=outcomes)
        return len(batch.leads)

    def has_time(self, deadline: Deadline, waits: bool = False) -> bool:
        """Whether another call may begin, when it `waits` after as long a one as the last."""
        wait = self.calls.took if waits else 0
        return not self.calls.is_over() and deadline.allows(self.needed + wait)

    def acknowledge_wakeup(self) -> None:
        """Let the next wakeup through, before the first look: no lead can fall in between."""
        Destination.objects.filter(pk=self.destination_id).update(woken_at=None)

    @contextmanager
    def slot(self) -> Iterator[UUID | None]:
        """One of the destination's places; None when all are taken."""
        limit = Destination.objects.values_list("max_slots", flat=True).get(pk=self.destination_id)
        token = Slot.objects.take_slot(self.destination_id, limit, database_now(), self.lease)
        try:
            yield token
        finally:
            if token:
                Slot.objects.release(token)

    def next_batch(self, deadline: Deadline, suspects: bool = True) -> Batch | None:
        """Claim what goes next, at its pace; None when nothing may or need be sent now."""
        now, in_flight = database_now(), InFlightCall(self.calls)
        destination = Destination.objects.get(pk=self.destination_id)
        if self.calls.is_unsettled:
            return None  # whether anything may be sent is being written down
        if not Lead.objects.claimable(now).filter(destination=destination).exists():
            return None
        if not breaker.may_try(destination, now):
            return None
        if not breaker.keep_pace(destination, now, deadline, self.needed):
            return None
        batch = self.admitted(destination, suspects)
        if batch is None:
            return None
        batch.in_flight = in_flight
        if is_whole(batch):
            wake(self.destination_id)  # there is more: let another worker join
        return batch

    def admitted(self, destination: Destination, suspects: bool) -> Batch | None:
        """Win the right to call together with the leads that go, or neither; None then.

        A right that was won alone would hold everybody up for a lease, and one that is given back
        later may be another's by then.
        """
        with transaction.atomic():
            limit = breaker.admit(destination, database_now(), self.lease)
            batch = claim(destination, limit, self.draw(), suspects) if limit else None
            if batch is None or not breaker.is_as_seen(destination):
                transaction.set_rollback(True)
                return None
        return batch

    def wake_again_if_due(self) -> None:
        """Make up for a wakeup that found all places taken, where another could send now."""
        now = database_now()
        here = Destination.objects.filter(pk=self.destination_id).with_due_leads(now).first()
        if here and breaker.may_try(here, now):
            wake(self.destination_id)


def is_whole(batch: Batch) -> bool:
    """Whether a call could not carry more."""
    return len(batch.leads) >= batch.destination.batch_size
