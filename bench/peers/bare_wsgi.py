"""The least that stores a lead: a bare WSGI callable, one INSERT and one COMMIT.

No reading of the body, no key, no rule. `DATABASE_URL` names a PostgreSQL or SQLite database.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable
from typing import Any

import psycopg2

TABLE = """
CREATE TABLE bare_lead (
    id bigserial PRIMARY KEY,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
)
"""
SQLITE_TABLE = """
CREATE TABLE bare_lead (
    id integer PRIMARY KEY,
    body blob NOT NULL,
    received_at text NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""
SQLITE = "sqlite:///"
INSERT = "INSERT INTO bare_lead (body) VALUES ({}) RETURNING id"
here = threading.local()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Store the body of a request and answer 202 with the row's id."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    answer = b'{"id": %d}' % store(body) if body else b"{}"
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    start_response("202 Accepted", headers)
    return [answer]


def store(body: bytes) -> int:
    """The id of the row, which is on disk. One connection a thread, kept."""
    if not hasattr(here, "connection"):
        here.connection = connect(os.environ["DATABASE_URL"])
    cursor = here.connection.cursor()
    cursor.execute(INSERT.format("?" if is_sqlite(here.connection) else "%s"), [body])
    number: int = cursor.fetchone()[0]
    here.connection.commit()
    cursor.close()
    return number


def is_sqlite(connection: Any) -> bool:
    """Whether it is a file."""
    return isinstance(connection, sqlite3.Connection)


def connect(url: str) -> Any:
    """A connection; a file as durable as LeadOps keeps its own."""
    if not url.startswith(SQLITE):
        return psycopg2.connect(url)
    connection = sqlite3.connect(url.removeprefix(SQLITE), timeout=20)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection
