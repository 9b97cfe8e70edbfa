"""gunicorn.conf.py: who is relieved answers until the new ones do."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.errors import HaltServer

ROOT = Path(__file__).parents[2]


class Server:
    """A gunicorn with two old processes, and two new ones as they come up."""

    def __init__(self, reap: Callable[[Server], None]) -> None:
        self.beats = {1: 5.0, 2: 5.0, 3: 5.0, 4: 5.0}
        self.WORKERS = {pid: self.worker(pid) for pid in self.beats}
        self.reap, self.told = reap, list[str]()
        self.log = SimpleNamespace(error=self.told.append)
        self.killed: list[int] = []

    def worker(self, pid: int) -> Any:
        return SimpleNamespace(tmp=SimpleNamespace(last_update=lambda: self.beats[pid]))

    def reap_workers(self) -> None:
        self.reap(self)

    def kill_worker(self, pid: int, _signal: int) -> None:
        self.killed.append(pid)


def boots(server: Server) -> None:
    server.beats |= {3: 6.0, 4: 6.0}


def halts(_server: Server) -> None:
    raise HaltServer("Worker failed to boot.", 3)


def dies(server: Server) -> None:
    server.WORKERS.pop(4, None)


def hangs(_server: Server) -> None:
    """Nothing."""


def reload(reap: Callable[[Server], None], seconds: float = 5) -> tuple[Server, list[str]]:
    """A server after SIGHUP, and who was managed by gunicorn itself."""
    configuration = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    relieve = configuration["relieve"]
    relieve.__globals__["BOOT_SECONDS"] = seconds
    server, managed = Server(reap), list[str]()
    type(server).manage_workers = lambda _self: managed.append("managed")  # type: ignore[attr-defined]
    server.manage_workers = None  # type: ignore[attr-defined]
    relieve(server, {1, 2})
    return server, managed


def test_old_processes_end_once_the_new_ones_answer() -> None:
    server, managed = reload(boots)

    assert (managed, server.killed, server.told) == (["managed"], [], [])


@pytest.mark.parametrize(("reap", "killed"), [(halts, [3, 4]), (dies, [3, 4]), (hangs, [3, 4])])
def test_old_processes_go_on_where_the_new_ones_cannot_start(
    reap: Callable[[Server], None], killed: list[int]
) -> None:
    server, managed = reload(reap, seconds=0.2)

    assert (managed, server.killed) == ([], killed)
    assert server.told == ["The new processes did not start: the old ones go on"]
    assert set(server.WORKERS) == {1, 2}
