"""Databases for real processes, of the kind that this run is on."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2


@contextlib.contextmanager
def new_database(folder: Path) -> Iterator[str]:
    """The DATABASE_URL of a new, empty database that is gone afterwards."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        yield f"sqlite:///{folder}/leadops.sqlite3"
        return
    name = f"journey_{uuid.uuid4().hex[:12]}"
    execute(server, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements on a database, each for itself; the rows of the last one."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(urlsplit(url).path, isolation_level=None, timeout=20)
    else:
        connection = psycopg2.connect(url)
        connection.autocommit = True
    with contextlib.closing(connection):
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []
