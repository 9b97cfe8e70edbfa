"""`manage.py migrate`, which may take its time and never stands in the way of a post.

A change of a table waits until nobody uses it, and whoever comes after it waits behind it. So it
waits a moment, gives way, and tries again; what was done before stays done. The moment is shorter
than PostgreSQL's `deadlock_timeout` (1 s): where a post and a change wait for each other, it is the
change that gives way, and no post is refused.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangosCommand
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

LONGEST_LOCK = "300ms"
LAST_LOCK = "1s"
"""Where a table is never free for the shorter one: after half of the tries."""
TRIES = 120
LOCK_NOT_AVAILABLE = "55P03"


class Command(DjangosCommand):
    """Django's, without the limit of a statement and with one of a lock's wait."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. Raises CommandError where the tables are never free."""
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        for number in range(1, TRIES + 1):
            set_limits(
                connection, statement="0", lock=LONGEST_LOCK if number * 2 <= TRIES else LAST_LOCK
            )
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if code_of(error) != LOCK_NOT_AVAILABLE:
                    raise
                self.stderr.write(f"A table is in use; migrating goes on in a second ({number}).")
                time.sleep(1)
            else:
                set_limits(connection, statement="30s", lock="0")
                return
        raise CommandError(f"A table was in use each of {TRIES} times: run migrate again.")


def set_limits(connection: BaseDatabaseWrapper, statement: str, lock: str) -> None:
    """How long a statement may run and wait for a lock, on this connection from now on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [statement])
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [lock])


def code_of(error: OperationalError) -> str:
    """PostgreSQL's code of an error; empty where it has none."""
    return str(getattr(error.__cause__, "pgcode", "") or "")
