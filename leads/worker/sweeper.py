"""Sweeper: the supervisor's dealings with the database, in a thread that may wait for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from leads.clock import database_now
from leads.delivery.sweep import sweep
from leads.models import Heartbeat
from leads.worker.progress import standing_since

log = logging.getLogger(__name__)


@dataclass
class State:
    """What the supervisor knows of itself and has to tell."""

    workers: int = 0
    restarts: int = 0
    last_restart: str = ""
    shall_drain: bool = False
    """Whether somebody asked this worker to take nothing more; the sweeper reads it."""
    is_drained: bool = False
    """Whether it holds nothing any more either; the supervisor sees to it."""


class Sweeper(threading.Thread):
    """Sweeps every few seconds, beats, and looks whether due leads leave."""

    def __init__(self, state: State, delivery_stands: Callable[[], None]) -> None:
        super().__init__(name="sweeper", daemon=True)
        self.state = state
        self.delivery_stands = delivery_stands
        self.stopping = threading.Event()
        self.due = threading.Event()
        """Set to have a round before its time."""
        self.heartbeat: Heartbeat | None = None
        self.last_round = time.monotonic()

    @property
    def stuck_for(self) -> float:
        """Seconds since a round began or ended."""
        return time.monotonic() - self.last_round

    def run(self) -> None:
        """Until told to stop; a database that is away is tried again the next time."""
        while not self.stopping.is_set():
            self.attempt(self.round)
            self.last_round = time.monotonic()
            self.due.wait(settings.SWEEP_SECONDS)
            self.due.clear()
        self.attempt(self.say_goodbye)

    def stop(self) -> None:
        """End after the round under way."""
        self.stopping.set()
        self.due.set()

    def attempt(self, step: Callable[[], None]) -> None:
        """Take a step that needs the database."""
        self.last_round = time.monotonic()
        try:
            step()
        except (DatabaseError, InterfaceError):
            log.exception("the sweep failed; the next one tries again")
            connection.close()

    def round(self) -> None:
        """One sweep, with what it shows."""
        now = database_now()
        self.beat(now)
        sweep()
        since = standing_since(now)
        if since is not None and now - since > timedelta(seconds=settings.STALL_SECONDS):
            self.delivery_stands()

    def beat(self, now: datetime) -> None:
        """Tell everybody that this worker lives, and how it goes."""
        heartbeat = self.heartbeat or Heartbeat.of_this_process(now)
        if heartbeat.restarts != self.state.restarts:
            heartbeat.last_restart_at = now
        heartbeat.alive, heartbeat.restarts = self.state.workers, self.state.restarts
        heartbeat.last_restart = self.state.last_restart
        heartbeat.beat(now, is_drained=self.state.is_drained)
        self.state.shall_drain = heartbeat.drain_asked_at is not None
        self.heartbeat = heartbeat
        Heartbeat.objects.forget(now)

    def say_goodbye(self) -> None:
        """Nobody needs to worry about this worker any more."""
        if self.heartbeat is not None:
            self.heartbeat.delete()
        connection.close()
