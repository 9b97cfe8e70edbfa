"""The supervisor's dealings with the database."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from leads.models import Heartbeat, Site
from leads.worker.sweeper import State, Sweeper
from tests.factories import make_lead


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def sweeper(db: None, told: list[str]) -> Sweeper:
    return Sweeper(State(workers=4), lambda: told.append("stands"))


def test_each_round_sweeps_and_beats(sweeper: Sweeper) -> None:
    with patch("leads.worker.sweeper.sweep") as sweep:
        for _ in range(2):
            sweeper.round()

    assert sweep.call_count == 2
    heartbeat = Heartbeat.objects.get()
    assert (heartbeat.alive, heartbeat.workers, heartbeat.restarts) == (4, 4, 0)


def test_a_restart_is_told_with_its_reason_and_when(sweeper: Sweeper) -> None:
    sweeper.round()
    sweeper.state.restarts, sweeper.state.last_restart = 1, "A process (worker) died."

    sweeper.round()

    heartbeat = Heartbeat.objects.get()
    assert (heartbeat.restarts, heartbeat.last_restart) == (1, "A process (worker) died.")
    assert heartbeat.last_restart_at is not None


@pytest.mark.parametrize(("seconds", "stands"), [(50, []), (70, ["stands"])])
def test_delivery_stands_after_a_minute(
    sweeper: Sweeper, site: Site, told: list[str], seconds: int, stands: list[str]
) -> None:
    make_lead(site=site, due_at=timezone.now() - timedelta(seconds=seconds))

    sweeper.round()

    assert told == stands


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_ends_nothing(sweeper: Sweeper, error: Exception) -> None:
    with (
        patch("leads.worker.sweeper.sweep", side_effect=error),
        patch("leads.worker.sweeper.connection") as connection,
    ):
        sweeper.attempt(sweeper.round)

    assert connection.close.called


def test_a_round_reads_whether_to_drain_and_tells_that_it_did(sweeper: Sweeper) -> None:
    sweeper.round()
    Heartbeat.objects.drain(timezone.now())

    sweeper.round()
    assert sweeper.state.shall_drain
    assert Heartbeat.objects.get().drained_at is None

    sweeper.state.is_drained = True
    sweeper.round()
    assert Heartbeat.objects.get().drained_at is not None


def test_a_round_before_its_time_and_a_stop_are_not_waited_for(sweeper: Sweeper) -> None:
    rounds: list[int] = []

    def round_() -> None:
        rounds.append(1)
        sweeper.due.set() if len(rounds) < 3 else sweeper.stop()

    with patch.object(sweeper, "round", round_), patch.object(sweeper, "say_goodbye"):
        sweeper.run()

    assert len(rounds) == 3


def test_a_goodbye_leaves_no_row(sweeper: Sweeper) -> None:
    sweeper.round()

    with patch("leads.worker.sweeper.connection"):
        sweeper.say_goodbye()

    assert not Heartbeat.objects.exists()
