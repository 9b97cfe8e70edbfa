"""When a lead is tried again, and how long a destination rests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.delivery.backoff import (
    DELAYS,
    LONGEST_ALONE,
    LOST_ANSWERS,
    OUTAGE_RESTS,
    RESTS,
    after_unknown,
    after_unknown_again,
    after_unknown_alone,
    next_delay,
    rest,
    spread,
)

JITTERS = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 30), (2, 120), (3, 600), (4, 1800), (5, 7200), (6, 21_600), (7, 43_200)],
)
def test_each_try_waits_longer_than_the_one_before(attempts: int, seconds: int) -> None:
    assert next_delay(attempts, 0.5) == timedelta(seconds=seconds)


def test_after_the_last_delay_a_person_must_look() -> None:
    assert next_delay(len(DELAYS), 0.5) is not None
    assert next_delay(len(DELAYS) + 1, 0.5) is None


@given(st.sampled_from(DELAYS + RESTS + OUTAGE_RESTS), JITTERS)
def test_a_delay_is_spread_by_a_fifth_at_most(delay: timedelta, jitter: float) -> None:
    assert delay * 0.8 <= spread(delay, jitter) <= delay * 1.2


@given(JITTERS)
def test_what_was_perhaps_stored_waits_a_minute_at_least(jitter: float) -> None:
    assert timedelta(seconds=60) <= after_unknown(jitter) <= timedelta(seconds=72)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 66), (2, 66), (3, 66), (4, 120), (5, 600), (9, 43_200)]
)
def test_a_lead_alone_pays_for_lost_answers_only_when_several_were(
    attempts: int, seconds: int
) -> None:
    assert after_unknown_alone(attempts, 0.5) == timedelta(seconds=seconds)


def test_a_lead_that_is_never_answered_goes_to_a_person() -> None:
    assert after_unknown_alone(len(DELAYS) + LOST_ANSWERS + 1, 0.5) is None


@pytest.mark.parametrize(("faults", "seconds"), [(0, 5), (1, 10), (4, 60), (99, 60)])
def test_a_destination_rests_longer_with_every_fault(faults: int, seconds: int) -> None:
    assert rest(faults, 0.5) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("faults", "seconds"), [(-2, 5), (0, 5), (2, 60), (4, 300), (99, 300)])
def test_a_destination_whose_calls_fail_rests_for_minutes_in_the_end(
    faults: int, seconds: int
) -> None:
    assert rest(faults, 0.5, OUTAGE_RESTS) == timedelta(seconds=seconds)


@given(st.timedeltas(timedelta(), timedelta(days=9)), JITTERS)
def test_a_lead_alone_that_tells_nothing_is_sent_more_and_more_rarely(
    waits: timedelta, jitter: float
) -> None:
    delay = after_unknown_again(waits, jitter)

    assert after_unknown(jitter) <= delay <= LONGEST_ALONE * 1.2
    assert delay >= min(waits / 3, LONGEST_ALONE) * 0.8
