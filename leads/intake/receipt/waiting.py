"""Waiting for a lead to be settled, while the caller does: few at a time, and cheaply.

Who waits keeps a thread, and threads are what a process takes posts with: a quarter of them may
wait, and whoever comes after that is answered at once. Nobody holds a connection to the database
while nothing is asked of it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain, repeat

from django.conf import settings
from django.db import connection

from leads.clock import Clock
from leads.models import Lead

LONGEST = 20
"""Seconds that a receipt may be waited for."""
PAUSES = (0.25, 0.5, 1.0)
LAST_PAUSE = 2.0
"""Seconds between two looks: most leads are settled soon or not for a while."""
SHARE = 4
"""One thread of so many may wait."""
COME_BACK = (5, 15)
"""Seconds after which somebody is to ask again who found no place: drawn, so that not all who came
together come back together, before the same few threads."""


def seconds_asked(text: str) -> int:
    """How long somebody wants to wait; no longer than one may, and 0 for what is no number."""
    if not (text.isascii() and text.isdecimal()):
        return 0
    return min(int(text), LONGEST) if len(text) < 10 else LONGEST


def come_back() -> str:
    """What Retry-After says to one of them."""
    return str(random.randint(*COME_BACK))


class Places:
    """So many may wait at a time, in this process."""

    def __init__(self, number: int) -> None:
        self.free = threading.BoundedSemaphore(number)

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Whether there was a place; it is given back in the end."""
        if not self.free.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            self.free.release()


@cache
def places() -> Places:
    """Those of this process."""
    return Places(settings.WEB_THREADS // SHARE)


def wait_until_settled(pk: int, seconds: float, clock: Clock) -> None:
    """Return once the lead is settled, at the latest after so many seconds."""
    until = clock.monotonic() + seconds
    for pause in chain(PAUSES, repeat(LAST_PAUSE)):
        left = until - clock.monotonic()
        if left <= 0:
            return
        let_go()
        clock.sleep(min(pause, left))
        if not Lead.objects.filter(pk=pk, status__in=Lead.OPEN).exists():
            return


def let_go() -> None:
    """Leave the connection to others, but for one that is in the middle of something."""
    if not connection.in_atomic_block:
        connection.close()
