"""Numbers and times as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from leads.desk.kit.formatting import ago, lasted, percent, span

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_399, "23 h"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((-3, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (102, "1 min 42 s")),
        *((3599, "59 min 59 s"), (3600, "1 h 0 min"), (90_000, "25 h 0 min")),
    ],
)
def test_how_long_something_took_is_told_to_the_second(seconds: float, words: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == words


def test_a_moment_is_told_from_now_on_both_sides() -> None:
    assert ago(NOW - timedelta(seconds=12), NOW) == "12 s ago"
    assert ago(NOW + timedelta(minutes=5), NOW) == "in 5 min"


def test_nothing_is_a_dash_and_never_a_zero() -> None:
    assert percent(None) == "—"
    assert percent(0.0) == "0.000%"
