"""`manage.py worker`: delivery and notices, under one supervisor."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute

from leads.store.schema import wait_for_schema
from leads.store.session import refuse_to_start
from leads.worker import draining
from leads.worker.cluster import SUPERVISOR
from leads.worker.process_files import VARIABLE, ProcessFiles
from leads.worker.supervisor import CLUSTERS, Supervisor

PR_SET_PDEATHSIG = 1


class Command(BaseCommand):
    """Runs a cluster of django-q2 for delivery, a small one for notices, and the sweep."""

    help = (
        "Runs the delivery worker: delivery, notices and the sweep. Stop it with SIGTERM. `drain "
        "[HOST]` has one that runs finish what it holds and take no more, and waits for that."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What is done with a worker that runs; --cluster is for the supervisor's own use."""
        parser.add_argument(
            "act", nargs="?", choices=["drain"], help="have the worker of a host take no more leads"
        )
        parser.add_argument("host", nargs="?", default="", help="which one; else this machine's")
        parser.add_argument("--undo", action="store_true", help="drain: have it work again")
        parser.add_argument(
            "--timeout",
            type=float,
            default=120,
            metavar="SECONDS",
            help="drain: how long to wait until it holds nothing (120)",
        )
        parser.add_argument("--cluster", choices=CLUSTERS, help="run this one cluster (internal)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Supervise, or be one of the clusters."""
        if options["cluster"]:
            be_a_cluster()
            return
        if options["act"]:
            self.drain(options["host"] or socket.gethostname(), options)
            return
        refuse_to_start()
        wait_for_schema()
        sys.exit(Supervisor().run())

    def drain(self, host: str, options: dict[str, Any]) -> None:
        """Ask the worker of a host to take no more, and wait until it holds nothing; or the
        opposite.
        """
        try:
            if options["undo"]:
                draining.undo(host)
                self.stdout.write(f"{host} works again, within {settings.SWEEP_SECONDS} seconds.")
                return
            took = draining.drain(host, options["timeout"])
        except draining.NotDrained as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{host} is drained after {took:.0f} s: it holds nothing, takes nothing.")


def be_a_cluster() -> None:
    """Run the cluster that the environment names, and keep its supervisor informed."""
    if supervisor := os.environ.get(SUPERVISOR):
        end_with(int(supervisor))
    os.register_at_fork(before=remember_parent, after_in_child=end_with_parent)
    if folder := os.environ.get(VARIABLE):
        keep_informed(ProcessFiles(Path(folder)))
    call_command("qcluster")


# --- No orphans -------------------------------------------------------------------------------

_parent = 0


def remember_parent() -> None:
    """Note who forks, for the child."""
    global _parent
    _parent = os.getpid()


def end_with_parent() -> None:
    """In a child that was just forked. Fork clears the wish, so every process utters it anew."""
    end_with(_parent)


def end_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, so that no orphan goes on.

    A parent that ended a moment ago is found missing here. Elsewhere than on Linux: no-op.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


# --- What the supervisor has to know ----------------------------------------------------------


def keep_informed(process_files: ProcessFiles) -> None:
    """Tell of workers, of tasks under way, and of every process that the guard found dead."""
    post_spawn.connect(lambda **_: process_files.sign_on(os.getpid()), weak=False)
    pre_execute.connect(lambda **_: process_files.begin_task(), weak=False)
    post_execute_in_worker.connect(lambda **_: process_files.end_task(), weak=False)
    logging.getLogger("django-q").addHandler(Deaths(process_files))


class Deaths(logging.Handler):
    """django-q2's guard says CRITICAL when it replaces a process that died, and only then.

    By then the replaced one may have taken the lock of the queue with it.
    """

    def __init__(self, process_files: ProcessFiles) -> None:
        super().__init__(logging.CRITICAL)
        self.process_files = process_files

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on in words for people."""
        kind = re.search(r"worker|pusher|monitor", record.getMessage())
        late = "timeout" in record.getMessage()
        what = "ran out of time" if late else "died"
        self.process_files.report(f"A process ({kind.group() if kind else 'unknown'}) {what}.")
