"""`manage.py migrate`, which may take its time and never stands in the way of a post.

A change of a table waits until nobody uses it, and whoever comes after it waits behind it. So it
waits a moment, gives way, and tries again (see `leadops.operations.at_once`). What is in use even
so ends the run; what was done before stays done, and the next one goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangosCommand
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from leadops.operations.at_once import (
    LOCK_NOT_AVAILABLE,
    LONGEST_WAIT,
    AtOnce,
    code_of,
    set_limit,
    validate,
)

RUNS = 20


class Command(DjangosCommand):
    """Django's, without the limit of a statement and with one of a lock's wait."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. Raises CommandError where the tables are never free."""
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with gentle(connection):
            for number in range(1, RUNS + 1):
                try:
                    super().handle(*args, **options)
                    validate(connection)
                except OperationalError as error:
                    if code_of(error) != LOCK_NOT_AVAILABLE:
                        raise
                    self.stderr.write(f"A table is in use; migrating goes on soon ({number}).")
                    time.sleep(1)
                else:
                    return
        raise CommandError(f"A table was in use each of {RUNS} times: run migrate again.")


@contextmanager
def gentle(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within, this connection has time for a statement, none for a lock, and sends at once."""
    editor: Any = connection.SchemaEditorClass
    limits = (("statement_timeout", "0", "30s"), ("lock_timeout", LONGEST_WAIT, "0"))
    for name, within, _after in limits:
        set_limit(connection, name, within)
    connection.SchemaEditorClass = type("Editor", (AtOnce, editor), {})
    try:
        yield
    finally:
        connection.SchemaEditorClass = editor
    for name, _within, after in limits:
        set_limit(connection, name, after)
