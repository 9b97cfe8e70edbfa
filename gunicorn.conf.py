"""What gunicorn does beyond its options. It reads this file by itself, in the folder it starts in.

`systemctl reload leadops-web` (SIGHUP) starts new processes with the code that is there now. As
gunicorn has it, the old ones end at once, and posts wait until the new ones have booted; and where
the new code cannot start, everything ends. Here the old ones answer until the new ones do.
"""

import contextlib
import os
import signal
import time
from functools import partial
from typing import Any

from gunicorn.errors import HaltServer

control_socket_disable = True  # signals are enough, and it would be a file to write
BOOT_SECONDS = 120
"""How long new processes may take: until the database has their schema, for example."""


def on_starting(server: Any) -> None:
    """Settings need to know how many answer in each process: a quarter of them may wait."""
    os.environ.setdefault("WEB_THREADS", str(server.cfg.threads))


def on_reload(server: Any) -> None:
    """The next thing that gunicorn does is to start new processes and to end the old ones."""
    server.manage_workers = partial(relieve, server, set(server.WORKERS))


def relieve(server: Any, old: set[int]) -> None:
    """End the old processes once the new ones answer, and the new ones where they cannot."""
    del server.manage_workers  # from now on it is gunicorn's again
    workers = server.WORKERS
    # A process says each second that it lives, and begins with that once it can answer.
    new = {pid: workers[pid].tmp.last_update() for pid in workers.keys() - old}
    until = time.monotonic() + BOOT_SECONDS
    with contextlib.suppress(HaltServer):
        while time.monotonic() < until and new.keys() <= workers.keys():
            if all(workers[pid].tmp.last_update() != began for pid, began in new.items()):
                server.manage_workers()
                return
            time.sleep(0.1)
            server.reap_workers()
    server.log.error("The new processes did not start: the old ones go on")
    for pid in new:
        server.kill_worker(pid, signal.SIGKILL)
        workers.pop(pid, None)
