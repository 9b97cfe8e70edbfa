"""Whether the database has the schema of this code.

New code on an old schema finds no column and no table: in an upgrade it waits, and others work.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0
LONGEST_BESIDE_OTHERS = 300.0
"""Seconds."""
OLDER = 5.0
"""Seconds: processes that were started together wait for the same schema."""
PROCESSES = Path("/proc")


def is_behind() -> bool:
    """Whether migrations are pending. Raises DatabaseError where the database does not answer."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def wait_for_schema(
    seconds: float = math.inf, others_work: Callable[[], bool] = lambda: False
) -> None:
    """Return once the schema is ours, at the latest after so many seconds without others that work.

    Nobody waits here for a database that is away: whoever needs it then says so.
    """
    began = alone_since = time.monotonic()
    try:
        while is_behind():
            now = time.monotonic()
            if now - began < LONGEST_BESIDE_OTHERS and others_work():
                alone_since = now
            elif now - alone_since >= seconds:
                return
            log.warning("migrations are pending: waiting for leadops migrate")
            time.sleep(LOOK_EVERY)
    except DatabaseError:
        return
    finally:
        connection.close()


def has_older_sibling() -> bool:
    """Whether our parent has another process that began clearly before us, as gunicorn has where it
    puts one in the place of another. False where there is no /proc.
    """
    mine = _stat(PROCESSES / str(os.getpid()))
    if mine is None:
        return False
    _state, parent, began = mine
    latest = began - OLDER * os.sysconf("SC_CLK_TCK")
    return any(
        of == parent and state not in "ZX" and since <= latest for state, of, since in _all_stats()
    )


def _all_stats() -> Iterator[tuple[str, int, int]]:
    for folder in PROCESSES.iterdir():
        if folder.name.isdecimal() and (stat := _stat(folder)):
            yield stat


def _stat(process: Path) -> tuple[str, int, int] | None:
    """State, parent and start (in ticks since boot) of a process; none of one that is gone."""
    try:
        # The name before the bracket may hold anything, brackets too.
        told = (process / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return told[0].decode(), int(told[1]), int(told[19])
