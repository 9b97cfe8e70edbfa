"""ClusterRunner: one cluster through its lives, running, ending, waiting to be started again."""

from __future__ import annotations

import logging
import time

from django.conf import settings

from leads.delivery.finish import PATIENCE
from leads.worker.cluster import Cluster

log = logging.getLogger(__name__)

PAUSES = (0, 1, 2, 5, 10)
"""Seconds before a cluster starts again, longer each time that it did not live for a minute."""
HEALTHY_AFTER = 60
STOP_MARGIN = 10
"""Seconds that a cluster gets to end when nobody in it works."""


class ClusterRunner:
    """Keeps one cluster running. No call waits, but for `kill`, which takes no time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cluster: Cluster | None = None
        self.told_at: float | None = None
        """When the cluster was told to end; None while it runs."""
        self.rests = False
        """Whether no cluster shall run: one that does finishes what it has, and none is started."""
        self.start_at = 0.0
        self.short_lives = 0

    def look(self) -> str:
        """Do what is to be done now. Returns why the cluster must be started again, once, when
        that turns out; else nothing.
        """
        if self.cluster is None:
            if time.monotonic() >= self.start_at and not self.rests:
                self.cluster = Cluster(self.name)
        elif self.told_at is None:
            if self.rests:
                self.retire()
            elif fault := self.cluster.fault():
                self.give_up(fault)
                return fault
        elif self.is_gone() if self.rests else self._nobody_works(self.cluster):
            self.kill()
            self.start_at = time.monotonic() + PAUSES[min(self.short_lives, len(PAUSES) - 1)]
        return ""

    def give_up(self, fault: str) -> None:
        """Begin to end the cluster. Who sends finishes that first, so that no lead is blamed for
        the death of a worker that did not carry it.
        """
        if self.cluster is None or self.told_at is not None:
            return
        log.error("cluster %s is started again: %s", self.name, fault)
        self.short_lives = self.short_lives + 1 if self.cluster.age < HEALTHY_AFTER else 0
        self.cluster.process_files.end()
        self.told_at = time.monotonic()

    def retire(self) -> None:
        """Begin to end the cluster for good."""
        if self.cluster is not None:
            self.cluster.retire()
            self.told_at = time.monotonic()

    def is_gone(self) -> bool:
        """Whether the cluster that was told to end did, or had time enough."""
        if self.cluster is None or self.cluster.has_ended():
            return True
        hangs = self._told_for() > STOP_MARGIN and self._nobody_works(self.cluster)
        if hangs:
            log.error("cluster %s did not stop in time; ending it", self.name)
        return hangs

    def kill(self) -> None:
        """End whatever is left of the cluster."""
        if self.cluster is not None:
            self.cluster.kill()
            self.cluster = self.told_at = None

    def is_at_rest(self) -> bool:
        """Whether it shall rest, and nothing runs any more."""
        return self.rests and self.cluster is None

    def workers(self) -> int:
        """How many workers live."""
        return len(self.cluster.process_files.workers()) if self.cluster is not None else 0

    def _nobody_works(self, cluster: Cluster) -> bool:
        """Whether ending the cluster interrupts nobody, or somebody who is late."""
        late = self._told_for() > settings.SEND_TIMEOUT + PATIENCE
        return late or cluster.has_ended() or not cluster.process_files.is_anyone_at_work()

    def _told_for(self) -> float:
        return time.monotonic() - self.told_at if self.told_at is not None else 0.0
