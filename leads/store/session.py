"""The session of a connection: what it is told first, and whether it stays ours.

Prepared look-ups, limits of time and locks belong to it: with PgBouncer in transaction mode they
end up in somebody else's.
"""

from __future__ import annotations

import sys
from typing import Any

from django.db import DatabaseError
from django.db.backends.signals import connection_created

from leads.store import database

REFUSED = "PgBouncer hands each transaction to another server process (pool_mode = transaction)."
HINT = "Set pool_mode = session in pgbouncer.ini, or connect to PostgreSQL itself."


def listen() -> None:
    """Tell each connection from now on."""
    connection_created.connect(_tell, dispatch_uid="leads.store.session")


def refuse_to_start() -> None:
    """End the process behind a pooler by transactions: it would answer, and break at any moment."""
    try:
        if not database.keeps_session():
            sys.exit(f"LeadOps cannot start: {REFUSED} {HINT}")
    except DatabaseError:
        return


def _tell(sender: Any, **signal: Any) -> None:
    database.begin_session(signal["connection"])
