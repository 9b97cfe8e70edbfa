"""Cluster: the processes of one django-q2 cluster, started and ended together.

None of them is worth saving alone: an idle worker that is killed keeps the lock of the queue,
and all others wait for it for ever while everything looks healthy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings

from leads.worker.process_files import VARIABLE, ProcessFiles

SUPERVISOR = "LEADOPS_SUPERVISOR"
"""The environment variable that holds the process id of the supervisor."""
UNBURIED_SECONDS = 40
"""A process that ended is seen by its parent at once; at most the parent waits for the database,
whose statements end after 30 s. One that nobody looks after means that the parent hangs.
"""


class Cluster:
    """One run of `manage.py worker --cluster NAME`, with all its descendants."""

    def __init__(self, name: str) -> None:
        """Start it, in a process group of its own: a terminal's Ctrl-C reaches us alone."""
        self.name = name
        self.process_files = ProcessFiles(Path(tempfile.mkdtemp(prefix=f"leadops-{name}-")))
        self.started = time.monotonic()
        self.dead_since: dict[int, float] = {}
        self.process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, *settings.MANAGE, "worker", "--cluster", name],
            env=os.environ
            | {
                "Q_CLUSTER_NAME": name,
                VARIABLE: str(self.process_files.folder),
                SUPERVISOR: str(os.getpid()),
            },
            start_new_session=True,
        )

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.started

    def has_ended(self) -> bool:
        """Whether its main process is gone. It is not reaped yet: that keeps its group's number
        from being given to somebody else before `kill`.
        """
        if self.process.returncode is not None:
            return True
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, how) is not None

    def fault(self) -> str:
        """Why it must be started again, in words for people; empty while all is well."""
        if reported := self.process_files.fault():
            return reported
        if self.has_ended():
            return "The main process ended."
        if self._is_anyone_unburied():
            return "The process that guards the others hangs."
        return ""

    def _is_anyone_unburied(self) -> bool:
        now, dead = time.monotonic(), _zombies(self.process.pid)
        self.dead_since = {pid: self.dead_since.get(pid, now) for pid in dead}
        return any(now - since > UNBURIED_SECONDS for since in self.dead_since.values())

    def retire(self) -> None:
        """Have it finish what it sends, begin nothing new, and end.

        Only the main process is told: a worker that is told itself would drop its task, and the
        cluster would hang.
        """
        self.process_files.end()
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """End whatever is left of it, at once. Safe: leases bring its leads back."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.process_files.folder, ignore_errors=True)


def _zombies(group: int) -> list[int]:
    """The processes of a group that ended and were not looked after; none without a /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # The name, in brackets, may hold anything; what follows it is state, parent, group.
            state, _parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if state == "Z" and int(its_group) == group:
                found.append(int(path.parent.name))
    return found
