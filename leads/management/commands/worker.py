"""`manage.py worker`: delivery and notices, under one supervisor."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, connection

from leads.clock import database_now
from leads.delivery.sweep import sweep
from leads.models import Heartbeat

log = logging.getLogger(__name__)

CLUSTERS = ("delivery", "notices")
PR_SET_PDEATHSIG = 1
STOP_MARGIN = 10
"""Seconds beyond the longest drain that a cluster gets to stop before it is killed."""


class Command(BaseCommand):
    """Runs a cluster of django-q2 for delivery, a small one for notices, and the sweep."""

    help = "Runs the delivery worker: delivery, notices and the sweep. Stop it with SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        """--cluster is for the supervisor's own use."""
        parser.add_argument("--cluster", choices=CLUSTERS, help="run this one cluster (internal)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Supervise, or be one of the clusters."""
        if options["cluster"]:
            end_with_parent()
            os.register_at_fork(after_in_child=end_with_parent)
            call_command("qcluster")
        else:
            Supervisor().run()


def end_with_parent() -> None:
    """Have the kernel end this process when its parent ends, so that no orphan goes on.

    Fork clears it, so every process sets it anew.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Supervisor:
    """Keeps the clusters running and sweeps, until it is told to stop."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.clusters: dict[str, subprocess.Popen[bytes]] = {}
        self.heartbeat: Heartbeat | None = None

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, then stop the clusters in good order."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        try:
            while not self.stopping.is_set():
                self.keep_clusters()
                self.sweep()
                self.stopping.wait(settings.SWEEP_SECONDS)
        finally:
            self.stop()

    def keep_clusters(self) -> None:
        """Start each cluster that is not running."""
        for name in CLUSTERS:
            cluster = self.clusters.get(name)
            if cluster is not None and cluster.poll() is None:
                continue
            if cluster is not None:
                log.error("cluster %s ended with code %s; starting it again", name, cluster.poll())
            self.clusters[name] = self.start(name)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """One cluster in a session of its own: a terminal's Ctrl-C reaches the supervisor alone."""
        return subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--cluster", name],
            env=os.environ | {"Q_CLUSTER_NAME": name},
            start_new_session=True,
        )

    def sweep(self) -> None:
        """Sweep once; a database that is away is tried again next time."""
        try:
            self.beat()
            sweep()
        except (DatabaseError, InterfaceError):
            log.exception("sweep failed; the next one tries again")
            connection.close()

    def beat(self) -> None:
        """Tell everybody that this worker lives."""
        now = database_now()
        self.heartbeat = self.heartbeat or Heartbeat.of_this_process(now)
        self.heartbeat.alive = settings.WORKERS if self.clusters["delivery"].poll() is None else 0
        self.heartbeat.beat(now)
        Heartbeat.objects.forget(now)

    def stop(self) -> None:
        """Let the clusters finish what they send, then end whatever is left of them.

        Only the main process of a cluster is told: a worker that is told itself would drop its
        task, and the cluster would hang.
        """
        for cluster in self.clusters.values():
            cluster.terminate()
        until = time.monotonic() + settings.DRAIN_TIMEOUT + STOP_MARGIN
        for name, cluster in self.clusters.items():
            try:
                cluster.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("cluster %s did not stop in time; ending it", name)
            end_group(cluster)
        with contextlib.suppress(DatabaseError, InterfaceError):
            if self.heartbeat is not None:
                self.heartbeat.delete()


def end_group(cluster: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of a cluster's process group."""
    try:
        os.killpg(cluster.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    cluster.wait()
