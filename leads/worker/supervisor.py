"""Supervisor: keeps the clusters running and sweeps, whatever ends or hangs."""

from __future__ import annotations

import logging
import signal
import threading
import time

from django.conf import settings

from leads.worker.cluster_runner import ClusterRunner
from leads.worker.sweeper import State, Sweeper

log = logging.getLogger(__name__)

CLUSTERS = ("delivery", "notices")
LOOK_EVERY = 0.5
NOTHING_MOVED = "Leads were due and nothing was finished."
SWEEP_HANGS_AFTER = 120
"""Seconds after which a sweep is believed to wait for a database that will never answer."""
GOODBYE_SECONDS = 5


class Supervisor:
    """Looks after the clusters twice a second, and never waits for the database itself."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.standing = threading.Event()
        self.runners = [ClusterRunner(name) for name in CLUSTERS]
        self.state = State()
        self.sweeper = self.new_sweeper()

    @property
    def delivery(self) -> ClusterRunner:
        """The runner of the cluster that delivers."""
        return self.runners[0]

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, then stop the clusters in good order; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        self.sweeper.start()
        try:
            while not self.stopping.wait(LOOK_EVERY):
                self.look()
                if not self.sweeper.is_alive():
                    log.critical("the sweep ended by an error of its own; so does the worker")
                    return 1
        finally:
            self.stop()
        return 0

    def look(self) -> None:
        """See to everything once."""
        for runner in self.runners:
            runner.rests = self.state.shall_drain
            if fault := runner.look():
                self.note(fault)
        self.state.workers = self.delivery.workers()
        self.tell_when_drained()
        self.restart_what_stands()
        self.replace_a_stuck_sweeper()

    def tell_when_drained(self) -> None:
        """At once: somebody waits for it."""
        was, self.state.is_drained = (
            self.state.is_drained,
            all(runner.is_at_rest() for runner in self.runners),
        )
        if self.state.is_drained and not was:
            log.info("drained: this worker holds nothing, and takes nothing more")
            self.sweeper.due.set()

    def restart_what_stands(self) -> None:
        """Start delivery again where nothing moves; a young cluster gets the time to begin."""
        if not self.standing.is_set():
            return
        self.standing.clear()
        cluster = self.delivery.cluster
        if (
            cluster is not None
            and cluster.age > settings.STALL_SECONDS
            and not self.delivery.told_at
        ):
            self.delivery.give_up(NOTHING_MOVED)
            self.note(NOTHING_MOVED)

    def note(self, fault: str) -> None:
        """For the heartbeat."""
        self.state.restarts += 1
        self.state.last_restart = fault

    def replace_a_stuck_sweeper(self) -> None:
        """A thread cannot be ended; left alone, it ends once its database answers."""
        if self.sweeper.stuck_for < SWEEP_HANGS_AFTER + settings.SWEEP_SECONDS:
            return
        log.error("a sweep waits for over %s s; another one begins", SWEEP_HANGS_AFTER)
        self.sweeper.stop()
        self.sweeper = self.new_sweeper()
        self.sweeper.start()

    def new_sweeper(self) -> Sweeper:
        """A thread that sweeps."""
        return Sweeper(self.state, delivery_stands=self.standing.set)

    def stop(self) -> None:
        """Let the clusters finish what they send, then end whatever is left of them."""
        for runner in self.runners:
            runner.retire()
        while not all(runner.is_gone() for runner in self.runners):
            time.sleep(LOOK_EVERY / 5)
        for runner in self.runners:
            runner.kill()
        self.sweeper.stop()
        self.sweeper.join(GOODBYE_SECONDS)
