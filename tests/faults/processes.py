"""Who is who among the processes of a worker."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from leads.worker.process_files import VARIABLE, ProcessFiles


@dataclass(frozen=True)
class Cast:
    """The processes of one cluster of django-q2."""

    main: int
    sentinel: int
    workers: list[int]
    monitor: int
    pusher: int

    def idle(self) -> list[int]:
        """The workers that wait for a task."""
        return [pid for pid in self.workers if not is_at_work(pid)]

    def busy(self) -> list[int]:
        """The workers in the middle of one."""
        return [pid for pid in self.workers if is_at_work(pid)]

    def everybody(self) -> list[int]:
        """All of them."""
        return [self.main, self.sentinel, *self.workers, self.monitor, self.pusher]


def cast(supervisor: int, name: str = "delivery") -> Cast | None:
    """The processes of a supervisor's cluster; None while it is not complete."""
    for main in children(supervisor):
        command = _read(main, "cmdline")
        if f"--cluster\0{name}" not in command:
            continue
        variables = dict(pair.partition("=")[::2] for pair in _read(main, "environ").split("\0"))
        sentinels = children(main)
        if VARIABLE not in variables or len(sentinels) != 1:
            return None
        workers = ProcessFiles(Path(variables[VARIABLE])).workers()
        others = sorted(set(children(sentinels[0])) - set(workers))
        # The monitor is started before the pusher.
        if workers and len(others) == 2:
            return Cast(main, sentinels[0], workers, *others)
    return None


def children(parent: int) -> list[int]:
    """The living children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, its_parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(its_parent) == parent and state != "Z":
                found.append(int(stat.parent.name))
    return found


def lives(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def is_at_work(pid: int) -> bool:
    """Whether a worker holds the mark of somebody in the middle of a task."""
    with contextlib.suppress(OSError):
        links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
        return any(link.endswith("/at-work") for link in links)
    return False


def kill(*pids: int) -> None:
    """kill -9."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _read(pid: int, name: str) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    return ""
