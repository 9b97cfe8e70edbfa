"""Turns: of the batches that a worker has in hand, one at a time is with the CRM.

A worker that waits for an answer can prepare the next batch meanwhile, and write down what the
last one came to. The CRM sees no more calls at once for that, and none after one that failed
until somebody has dealt with the failure.
"""

from __future__ import annotations

from threading import RLock


class Line:
    """The calls of one worker, one after the other."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.faults = 0
        """Calls that failed as a whole."""


class Turn:
    """A batch's place in the line; as a context, the time in which only its calls are open."""

    def __init__(self, line: Line | None = None) -> None:
        self.line = line or Line()
        self.faults_before = self.line.faults

    def __enter__(self) -> Turn:
        self.line.lock.acquire()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.line.lock.release()

    @property
    def is_void(self) -> bool:
        """Whether a call failed since the batch was chosen: perhaps nothing should be sent now."""
        return self.line.faults != self.faults_before

    def fail(self) -> None:
        """Note that this batch's call failed as a whole."""
        self.line.faults += 1
