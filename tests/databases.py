"""Databases for real processes, of the kind that this run is on."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2

MIGRATED = "TEST_MIGRATED"
"""Names what `tests.migrated` made: a file (SQLite), or a database beside TEST_DATABASE_URL."""


@contextlib.contextmanager
def new_database(folder: Path, as_migrated: bool = False) -> Iterator[str]:
    """The DATABASE_URL of a new, empty database that is gone afterwards.

    `as_migrated` has the tables in it, where this run has them ready: to migrate it costs nothing.
    """
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        if as_migrated:
            copy_migrated(folder / "leadops.sqlite3")
        yield f"sqlite:///{folder}/leadops.sqlite3"
        return
    name = f"journey_{uuid.uuid4().hex[:12]}"
    copied = f" TEMPLATE {template()}" if as_migrated and template() else ""
    execute(server, f"CREATE DATABASE {name}{copied}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def copy_migrated(file: Path | str) -> bool:
    """Put this run's migrated SQLite database there; whether there is one."""
    made = os.environ.get(MIGRATED, "")
    if not made or os.environ.get("TEST_DATABASE_URL"):
        return False
    shutil.copyfile(made, file)
    return True


def template() -> str:
    """The name of this run's migrated PostgreSQL database; empty where there is none."""
    return os.environ.get(MIGRATED, "") if os.environ.get("TEST_DATABASE_URL") else ""


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
