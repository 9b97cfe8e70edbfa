"""ProcessFiles: what a supervisor and the processes of one cluster tell each other, by files.

A folder is enough, and what it says stays true however a process ends: the kernel gives back the
lock of a process that was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO, Any

VARIABLE = "LEADOPS_DUTY"
"""The environment variable in which a cluster's processes find the folder. Its value has an older
word and stays: a supervisor that runs on through an upgrade starts clusters of the new version."""


class ProcessFiles:
    """One cluster's folder, from its start to its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: IO[Any] | None = None

    # --- The supervisor speaks ----------------------------------------------------------------

    def end(self) -> None:
        """Have the workers finish what they send and begin nothing new."""
        (self.folder / "over").touch()

    def is_over(self) -> bool:
        """Whether no new batch should be begun."""
        return (self.folder / "over").exists()

    # --- The cluster speaks -------------------------------------------------------------------

    def report(self, fault: str) -> None:
        """Tell the supervisor why the cluster must be started again; the first reason counts."""
        with contextlib.suppress(FileExistsError), (self.folder / "fault").open("x") as file:
            file.write(fault)

    def fault(self) -> str:
        """What was reported; empty while all is well."""
        try:
            return (self.folder / "fault").read_text()
        except FileNotFoundError:
            return ""

    def begin_task(self) -> None:
        """Hold the place of somebody who works, until `end_task` or this process's end."""
        self.held = (self.folder / "at-work").open("a")
        fcntl.flock(self.held, fcntl.LOCK_SH)

    def end_task(self) -> None:
        """Give it back."""
        if self.held is not None:
            self.held.close()
            self.held = None

    def is_anyone_at_work(self) -> bool:
        """Whether a process of the cluster is in the middle of a task."""
        with (self.folder / "at-work").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def sign_on(self, pid: int) -> None:
        """Note a worker process."""
        (self.folder / f"worker-{pid}").touch()

    def workers(self) -> list[int]:
        """The worker processes that live."""
        pids = [int(path.name.removeprefix("worker-")) for path in self.folder.glob("worker-*")]
        return [pid for pid in pids if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def is_over() -> bool:
    """Whether the cluster of this process begins nothing new; False outside of a cluster."""
    folder = os.environ.get(VARIABLE)
    return bool(folder) and ProcessFiles(Path(folder or "")).is_over()
