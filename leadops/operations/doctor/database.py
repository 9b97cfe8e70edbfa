"""The database: whether it answers, of which version, whose schema, and what stands before it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from leadops.operations.doctor import pooled
from leadops.operations.doctor.finding import Finding, doubtful, fine, wrong
from leads.clock import database_now
from leads.models import Heartbeat
from leads.store import database as store
from leads.store.session import HINT, REFUSED

LEAST_POSTGRESQL = 150_000
MOST_SKEW_SECONDS = 2
WEB_CONNECTIONS = 4 * 8
"""Processes and threads of deploy/leadops-web.service: each thread may hold a connection."""


def database() -> Iterator[Finding]:
    """Whether it answers, and is new enough."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        todo = "Start it, or mend DATABASE_URL; nothing below can be known until then."
        yield wrong("Database", f"It does not answer ({type(error).__name__}).", todo)
        return
    if connection.vendor == "sqlite":
        yield fine("Database", "SQLite answers; it is for one machine.")
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        number = int(cursor.fetchone()[0])
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number < LEAST_POSTGRESQL:
        yield wrong("Database", f"{version} is too old.", "Use PostgreSQL 15 or newer.")
    else:
        yield fine("Database", f"{version} answers.")


def schema() -> Iterator[Finding]:
    """Whether it is the schema of this version."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    known = executor.loader.disk_migrations or {}
    newer = [
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if (app, name) not in known
    ]
    if pending:
        yield wrong("Schema", f"{len(pending)} migrations are missing.", "leadops migrate")
    elif newer:
        text = f"It is of a newer version: {', '.join(sorted(newer)[:3])}."
        yield doubtful(
            "Schema", text, "This code runs on it. Install the newer version when you can."
        )
    else:
        yield fine("Schema", "It is this version's.")


def pooler() -> Iterator[Finding]:
    """What stands between us and PostgreSQL, and whether it keeps our session for us."""
    if connection.vendor != "postgresql":
        return
    if not store.keeps_session():
        yield wrong("Pooler", REFUSED, HINT)
    elif pooled.stands_between():
        yield pool()
    else:
        yield fine("Pooler", "A connection stays with one server process.")


def pool() -> Finding:
    """Whether a pooler by sessions keeps as many connections as all processes may hold: whoever is
    one too many waits for one, and connections are kept for CONN_MAX_AGE.
    """
    needed, size = needed_now(), pooled.pool_size()
    text = f"A pooler keeps our sessions; {needed} may be needed with one web machine"
    if size is None:
        todo = f"Set default_pool_size to {needed} or more (as shipped: {pooled.AS_SHIPPED}), and "
        todo += "name our account in stats_users: the doctor then sees it."
        return doubtful("Pooler", f"{text}, and it does not say how many it has.", todo)
    if size < needed:
        todo = f"Set default_pool_size to {needed} or more in pgbouncer.ini."
        return wrong("Pooler", f"{text}, and its pool has {size}.", todo)
    return fine("Pooler", f"{text}, and its pool has {size}.")


def connections() -> Iterator[Finding]:
    """Whether PostgreSQL lets in all processes that may come: docs/growing.md has the formula."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        most = int(cursor.fetchone()[0])
    needed = needed_now()
    text = f"{needed} may be needed with one web machine, {most} are allowed."
    if needed > most:
        todo = "Raise max_connections in postgresql.conf, or lower WORKERS."
        yield doubtful("Connections", text, todo)
    else:
        yield fine("Connections", text)


def needed_now() -> int:
    """How many a web machine and the worker machines that are heard may hold."""
    machines = Heartbeat.objects.beating(database_now()).values("host").distinct().count()
    return connections_needed(max(1, machines), settings.WORKERS)


def connections_needed(machines: int, workers: int) -> int:
    """How many a web machine and so many worker machines may hold, of so many workers each."""
    return WEB_CONNECTIONS + machines * (2 * workers + 6)


def clock() -> Iterator[Finding]:
    """Whether this machine and the database agree what time it is."""
    before = time.time()
    skew = database_now().timestamp() - (before + time.time()) / 2
    host = socket.gethostname()
    if abs(skew) > MOST_SKEW_SECONDS:
        text = f"{host} and the database differ by {abs(skew):.1f} s."
        yield wrong("Clock", text, "Keep both right by NTP: timedatectl set-ntp true.")
    else:
        yield fine("Clock", f"{host} and the database agree.")
