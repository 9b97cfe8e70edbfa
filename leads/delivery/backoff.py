"""When a lead is tried again, and how long a destination rests. Policy is a table."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

DELAYS = [
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
]
SPREAD = 0.2
LOST_ANSWERS = 2
"""Answers of one lead alone that may be lost in a row before it waits longer each time."""

RESTS = [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60)]
"""How long a destination rests when its calls fail, growing with every further failure."""


def spread(delay: timedelta, jitter: float) -> timedelta:
    """The delay, longer or shorter by up to a fifth; `jitter` is in [0, 1)."""
    return delay * (1 - SPREAD + 2 * SPREAD * jitter)


def next_delay(attempts: int, jitter: float) -> timedelta | None:
    """How long to wait before attempt `attempts + 1`; None means a person must look."""
    if attempts > len(DELAYS):
        return None
    return spread(DELAYS[max(attempts, 1) - 1], jitter)


def after_unknown(jitter: float) -> timedelta:
    """How long to wait when a lead was perhaps stored: never less than UNKNOWN_WAIT."""
    return timedelta(seconds=settings.UNKNOWN_WAIT) * (1 + SPREAD * jitter)


def after_unknown_alone(attempts: int, jitter: float) -> timedelta | None:
    """How long a lead waits that was perhaps stored, sent alone, while others got through.

    Some answers are lost by the network, and the lead need not pay for that; one that is never
    answered is more likely at fault itself, and waits as the schedule says.
    """
    delay = next_delay(attempts - LOST_ANSWERS, jitter)
    return None if delay is None else max(delay, after_unknown(jitter))


def rest(faults: int, jitter: float) -> timedelta:
    """How long a destination rests after so many failures beyond the first that opened it."""
    return spread(RESTS[min(faults, len(RESTS) - 1)], jitter)
