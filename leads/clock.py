"""Time: the database's for everything that is stored, the machine's for waiting."""

from __future__ import annotations

import time
from datetime import datetime

from leads.store import database


def database_now() -> datetime:
    """The database's time, aware, in UTC.

    Leases and due times are compared between machines, so none of them may use a host's own
    clock. SQLite has no other clock than the host's.
    """
    return database.now()


class Deadline:
    """A fixed moment by which a piece of work must be over, on the monotonic clock."""

    def __init__(self, seconds: float, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.end = self.clock.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; never less than 0."""
        return max(0.0, self.end - self.clock.monotonic())

    def allows(self, seconds: float) -> bool:
        """Whether that many seconds are left."""
        return self.left() >= seconds

    def within(self, seconds: float) -> Deadline:
        """A deadline of at most `seconds` from now that never outlasts this one."""
        return Deadline(min(seconds, self.left()), self.clock)

    def minus(self, seconds: float) -> Deadline:
        """One that ends so much earlier, for work after which something else is to be done."""
        return Deadline(self.left() - seconds, self.clock)


class Clock:
    """The machine's clock; tests hand in one that does not sleep."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
