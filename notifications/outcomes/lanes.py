"""From owed messages to sent ones: the lanes to endpoints of one round of the sender.

As with notices, rows drive everything and the round's own thread alone speaks to the database. A
lane is a thread with a few messages of one endpoint, each of another lead; a lead's next message
is owed to no lane before the one before it is settled. So a lead is told in order, and a receiver
that hangs holds up nobody but itself.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop as _

from leads.clock import Deadline
from leads.shown.sentences import Sentence
from notifications.channels.call import make_call
from notifications.models import Batch, Endpoint, Message
from notifications.outcomes.payload import body_of, headers_of
from notifications.outcomes.settle import settle
from notifications.send_result import SendResult, SendStatus

log = logging.getLogger(__name__)

LOCKED = Sentence(_("The address cannot be opened with FIELD_KEYS."))()
AT_ONCE = 16
"""Lanes of a round."""
OF_ONE = 4
"""Lanes of one endpoint, as long as it takes what it is sent."""
SIZE = 10
"""Messages of a lane."""
Results = dict[int, SendResult]


class Lanes:
    """What is on its way to endpoints."""

    def __init__(
        self, now: Callable[[], datetime], is_over: Callable[[], bool], lease: timedelta
    ) -> None:
        self.now, self.is_over, self.lease = now, is_over, lease
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.busy: dict[Future[Results], Batch] = {}

    def begin(self, deadline: Deadline) -> None:
        """Send what is due and free to go, as far as lanes are free."""
        if self.is_over() or not deadline.allows(settings.WEBHOOK_TIMEOUT + 1):
            return
        taken = Counter(batch.endpoint.pk for batch in self.busy.values())
        if len(self.busy) >= AT_ONCE:
            return
        for endpoint in Endpoint.objects.with_due(self.now()):
            # One that failed is asked whether it works again, by one message.
            lanes, size = (1, 1) if endpoint.fails else (OF_ONE, SIZE)
            for _lane in range(min(lanes - taken[endpoint.pk], AT_ONCE - len(self.busy))):
                batch = Message.objects.claim(endpoint, size, self.now(), self.lease)
                if batch is None:
                    break
                self.send(batch, deadline)

    def send(self, batch: Batch, deadline: Deadline) -> None:
        """Hand a batch to a thread of its own."""
        if batch.endpoint.is_locked:
            words = LOCKED
            results = {batch.messages[0].pk: SendResult(SendStatus.REFUSED, words)}
            settle(batch, results, self.now())
            return
        calls = calls_of(batch, self.now())
        self.busy[self.pool.submit(make_calls, calls, deadline, self.is_over)] = batch

    def end(self, done: Iterable[Future[Results]]) -> None:
        """Write down what became of those lanes that are at their end."""
        for future in done:
            batch = self.busy.pop(future, None)
            if batch is None:
                continue
            if (error := future.exception()) is not None:
                # A bug of ours: counted as a try, and due again when the lease ends.
                log.error("messages of claim %s not sent", batch.token, exc_info=error)
                continue
            with transaction.atomic():
                settle(batch, future.result(), self.now())

    def close(self) -> None:
        """Who still waits for an answer is left behind; the lease brings the messages back."""
        self.pool.shutdown(wait=False, cancel_futures=True)


Call = tuple[int, str, bytes, dict[str, str]]
"""A message's id, the address, the body, the headers."""


def calls_of(batch: Batch, now: datetime) -> list[Call]:
    """The messages put into words; after this the database is not needed."""
    calls: list[Call] = []
    endpoint = batch.endpoint
    for message in batch.messages:
        body = body_of(message, endpoint, endpoint.site.name)
        calls.append((message.pk, endpoint.address, body, headers_of(message, endpoint, body, now)))
    return calls


def make_calls(calls: list[Call], deadline: Deadline, is_over: Callable[[], bool]) -> Results:
    """Send one after another, until one does not arrive or the time is up."""
    results: Results = {}
    for pk, address, body, headers in calls:
        if is_over() or not deadline.allows(settings.WEBHOOK_TIMEOUT + 1):
            break
        results[pk] = make_call(address, body, headers)
        if results[pk].status is not SendStatus.SENT:
            break
    return results
