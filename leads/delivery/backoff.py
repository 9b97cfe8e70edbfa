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
"""How long a destination rests that asked us to wait and did not say for how long."""
OUTAGE_RESTS = [timedelta(seconds=seconds) for seconds in (5, 20, 60, 200, 300)]
"""How long a destination rests when its calls fail. With the calls that open the breaker these are
at most ten in the first ten minutes, although each may be a fifth shorter.
"""
LONGEST_ALONE = timedelta(minutes=5)
"""The longest wait of a lead alone that says nothing about the destination."""

WAITS_OF_QUESTIONS = 5
"""As many times the usual wait lie between the tries of a lead that is each time asked about."""


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


def after_unknown_again(waits: timedelta, jitter: float) -> timedelta:
    """How long a lead alone waits that has waited so long already, while nothing else is sent.

    Nobody can tell whether it or the destination is at fault: the longer that lasts, the rarer
    are its calls.
    """
    return max(after_unknown(jitter), spread(min(waits / 3, LONGEST_ALONE), jitter))


def after_questions(jitter: float) -> timedelta:
    """How long at least such a lead waits where each try begins with questions: it is seldom
    enough for ten calls in ten minutes.
    """
    return after_unknown(jitter) * WAITS_OF_QUESTIONS


def rest(faults: int, jitter: float, rests: list[timedelta] = RESTS) -> timedelta:
    """How long a destination rests after so many failures beyond the first that opened it."""
    return spread(rests[min(max(faults, 0), len(rests) - 1)], jitter)
