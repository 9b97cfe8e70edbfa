"""The least that stores a lead: a bare WSGI callable, one INSERT and one COMMIT.

No reading of the body, no key, no rule. `DATABASE_URL` names a PostgreSQL database.
"""

from __future__ import annotations

import os
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
        here.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with here.connection.cursor() as cursor:
        cursor.execute("INSERT INTO bare_lead (body) VALUES (%s) RETURNING id", [body])
        number: int = cursor.fetchone()[0]
    here.connection.commit()
    return number
