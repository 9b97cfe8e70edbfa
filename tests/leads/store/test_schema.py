"""New code beside an old schema waits, and never for a database that is away."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from leads.store import schema


class Clock:
    """Time passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(schema, "time", clock)
    monkeypatch.setattr("leads.store.schema.connection.close", lambda: None)
    return clock


def behind_until(clock: Clock, moment: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "is_behind", lambda: clock.now < moment)


def test_it_waits_until_somebody_has_migrated(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_until(clock, 100, monkeypatch)

    schema.wait_for_schema()

    assert clock.now == 100


def test_it_waits_for_so_long_and_goes_on(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    behind_until(clock, 100, monkeypatch)

    schema.wait_for_schema(seconds=2)

    assert clock.now == 2


def test_a_database_that_is_away_is_not_waited_for(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        raise OperationalError("gone")

    monkeypatch.setattr(schema, "is_behind", away)

    schema.wait_for_schema()

    assert clock.now == 0


def test_tests_have_the_schema_of_their_code(db: None) -> None:
    assert not schema.is_behind()
