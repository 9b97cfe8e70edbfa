"""Whether the database has the schema of this code.

New code on an old schema finds no column and no table: in an upgrade it waits, and others work.
"""

from __future__ import annotations

import logging
import math
import time

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0


def is_behind() -> bool:
    """Whether migrations are pending. Raises DatabaseError where the database does not answer."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def wait_for_schema(seconds: float = math.inf) -> None:
    """Return once the schema is ours, at the latest after so many seconds.

    Nobody waits here for a database that is away: whoever needs it then says so.
    """
    until = time.monotonic() + seconds
    try:
        while is_behind() and time.monotonic() < until:
            log.warning("migrations are pending: waiting for leadops migrate")
            time.sleep(LOOK_EVERY)
    except DatabaseError:
        return
    finally:
        connection.close()
