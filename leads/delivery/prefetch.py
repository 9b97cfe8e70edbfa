"""Prefetch: a worker makes the next batch ready, and writes down the last, while a call is open.

Of the batches that it has in hand one at a time is in flight. The CRM sees no more calls at once
for that, and none after one that failed until the failure is written down.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class Calls:
    """The calls of one worker, one after the other."""

    def __init__(self, is_over: Callable[[], bool] = lambda: False) -> None:
        self.is_over = is_over
        """Whether no further call should begin."""
        self.lock = Lock()
        self.took = 0.0
        """Seconds that the last batch was in flight."""
        self.faults = 0
        """Calls that failed as a whole."""
        self.settled = 0
        """Those of them that are written down, with whatever pause came of them."""

    @property
    def is_unsettled(self) -> bool:
        """Whether a call failed of which the database does not know yet."""
        return self.faults != self.settled


class InFlightCall:
    """A batch among the worker's calls; as a context, the time in which only its own are open."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.faults_before = self.calls.faults
        self.has_failed = False
        self.began = 0.0

    def __enter__(self) -> InFlightCall:
        self.calls.lock.acquire()
        self.began = time.monotonic()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.calls.took = time.monotonic() - self.began
        self.calls.lock.release()

    @property
    def is_void(self) -> bool:
        """Whether nothing should be sent now: a call failed since the batch was chosen, or the
        worker is about to stop."""
        return self.calls.faults != self.faults_before or self.calls.is_over()

    def fail(self) -> None:
        """Note that this batch's call failed as a whole."""
        if not self.has_failed:
            self.has_failed = True
            self.calls.faults += 1

    def settle(self) -> None:
        """Note that what the batch came to is written down."""
        if self.has_failed:
            self.calls.settled += 1
