"""The one room that knows the database: chosen once, by the vendor of the connection."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection

from leads.store.postgresql import PostgreSQL
from leads.store.protocol import Database
from leads.store.sqlite import SQLite

KINDS: dict[str, Callable[[], Database]] = {"postgresql": PostgreSQL, "sqlite": SQLite}

database: Database = KINDS[connection.vendor]()
"""The database in use."""
