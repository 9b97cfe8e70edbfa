"""Turns: of the batches that a worker has in hand, one at a time is with the CRM.

A worker that waits for an answer can prepare the next batch meanwhile, and write down what the
last one came to. The CRM sees no more calls at once for that, and none after one that failed
until the failure is written down.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class Line:
    """The calls of one worker, one after the other."""

    def __init__(self, is_over: Callable[[], bool] = lambda: False) -> None:
        self.is_over = is_over
        """Whether no further call should begin."""
        self.lock = Lock()
        self.faults = 0
        """Calls that failed as a whole."""
        self.took = 0.0
        """Seconds that the last turn took."""
        self.settled = 0
        """Those of them that are written down, with whatever pause came of them."""

    @property
    def is_unsettled(self) -> bool:
        """Whether a call failed of which the database does not know yet."""
        return self.faults != self.settled


class Turn:
    """A batch's place in the line; as a context, the time in which only its calls are open."""

    def __init__(self, line: Line | None = None) -> None:
        self.line = line or Line()
        self.faults_before = self.line.faults
        self.has_failed = False
        self.began = 0.0

    def __enter__(self) -> Turn:
        self.line.lock.acquire()
        self.began = time.monotonic()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.line.took = time.monotonic() - self.began
        self.line.lock.release()

    @property
    def is_void(self) -> bool:
        """Whether nothing should be sent now: a call failed since the batch was chosen, or the
        worker is about to stop."""
        return self.line.faults != self.faults_before or self.line.is_over()

    def fail(self) -> None:
        """Note that this batch's call failed as a whole."""
        if not self.has_failed:
            self.has_failed = True
            self.line.faults += 1

    def settle(self) -> None:
        """Note that what the batch came to is written down."""
        if self.has_failed:
            self.line.settled += 1
