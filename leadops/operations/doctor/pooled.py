"""What a pooler says of itself: that it is there, and how many connections it keeps for us."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from django.db import connection

CONSOLE = "pgbouncer"
"""The database that PgBouncer itself answers for."""
AS_SHIPPED = 20
"""`default_pool_size` of PgBouncer."""
REACHED = ("host", "port", "user", "password", "sslmode", "sslrootcert")


def stands_between() -> bool:
    """Whether who let us in is not the server process that answers: PgBouncer makes up a number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [answers] = cursor.fetchone()
    return bool(connection.connection.info.backend_pid != answers)


def pool_size() -> int | None:
    """How many it keeps for our database; None where it does not say: it does to `stats_users`."""
    known = connection.get_connection_params()
    ours = {name: known[name] for name in REACHED if name in known}
    driver: Any = getattr(connection, "Database")  # noqa: B009 - of no base class
    try:
        with closing(driver.connect(dbname=CONSOLE, connect_timeout=5, **ours)) as console:
            console.autocommit = True
            cursor = console.cursor()
            cursor.execute("SHOW DATABASES")
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    except driver.Error:
        return None
    sizes = (row["pool_size"] for row in rows if row["name"] == connection.settings_dict["NAME"])
    return next(map(int, sizes), None)
