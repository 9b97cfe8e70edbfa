"""The session of a connection to PostgreSQL: what it is told first, and whether it stays ours.

It is told by statements, and not by the `options` of the connection: PgBouncer refuses those as it
is shipped. Prepared look-ups, limits of time and locks are the session's: with PgBouncer in
transaction mode they end up in somebody else's.
"""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Any

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

TIMEOUTS = (
    "SELECT set_config('statement_timeout', '30s', false),"
    " set_config('idle_in_transaction_session_timeout', '60s', false)"
)
"""A statement or a transaction that hangs gives its locks back."""

REFUSED = "PgBouncer hands each transaction to another server process (pool_mode = transaction)."
HINT = "Set pool_mode = session in pgbouncer.ini, or connect to PostgreSQL itself."


def listen() -> None:
    """From now on."""
    connection_created.connect(_tell, dispatch_uid="leads.store.session")


def _tell(sender: Any, **signal: Any) -> None:
    new: BaseDatabaseWrapper = signal["connection"]
    if new.vendor == "postgresql":
        with new.cursor() as cursor:
            cursor.execute(TIMEOUTS)


def refuse_to_start() -> None:
    """End the process behind such a pooler: it would answer, and break at any moment."""
    try:
        if not keeps_session():
            sys.exit(f"LeadOps cannot start: {REFUSED} {HINT}")
    except DatabaseError:
        return


def keeps_session() -> bool:
    """Whether two transactions of one connection meet the same server process.

    Another connection takes the process in between: a pooler by transactions gives us another.
    """
    if connection.vendor != "postgresql":
        return True
    with closing(connection.copy()) as ours, closing(connection.copy()) as other:
        before = _process_of(ours)
        other.set_autocommit(False)
        _process_of(other)
        after = _process_of(ours)
        other.rollback()
    return before == after


def _process_of(using: BaseDatabaseWrapper) -> int:
    with using.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
