"""The whole database as one file, and such a file as the whole database: one way a vendor.

A dump and the figures beside it are of one instant, also while leads come in. Passwords go to
PostgreSQL's programs by the environment: the list of processes is for everybody to read.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.db import connection, transaction

from leadops.env import database_url
from leads.counters.deltas import as_json


class NotDone(Exception):
    """A step could not be carried out. The text is for the terminal."""


class Dumps(Protocol):
    """What a database can be asked for."""

    suffix: str
    """Of the names of its dumps."""

    def dump(self, to: Path) -> dict[str, Any]:
        """Write everything to a new file; the all-time figures of the same instant."""

    def load(self, dump: Path) -> None:
        """Fill the database, which is empty, from such a file."""

    def scratch(self, folder: Path, /) -> AbstractContextManager[str]:
        """A context with the address of an empty database, which is gone at its end."""


class PostgreSQL:
    """By pg_dump and pg_restore, which lie beside the server or on the PATH."""

    suffix = "dump"

    def dump(self, to: Path) -> dict[str, Any]:
        """See Dumps. Raises NotDone."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # It waits for pg_dump, which may take an hour.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot()")
            [snapshot] = cursor.fetchone()
            figures = as_json()
            run(
                *("pg_dump", "--format=custom", "--no-owner", "--no-privileges"),
                *(f"--snapshot={snapshot}", f"--file={to}"),
            )
        return figures

    def load(self, dump: Path) -> None:
        """See Dumps. Raises NotDone."""
        # Nothing of ours may hold a lock while it works.
        connection.close()
        run(
            *("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges"),
            *("--single-transaction", f"--dbname={connection.settings_dict['NAME']}", str(dump)),
        )

    @contextmanager
    def scratch(self, _folder: Path) -> Iterator[str]:
        """See Dumps. Raises NotDone where the role may make no database."""
        name = f"leadops_verify_{os.getpid()}"
        quoted = connection.ops.quote_name(name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user")
            if not cursor.fetchone()[0]:
                user = connection.settings_dict["USER"]
                raise NotDone(
                    f"To verify, the role must make a database: ALTER ROLE {user} CREATEDB"
                )
            cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield urlsplit(database_url())._replace(path=f"/{name}").geturl()
        finally:
            # Not WITH (FORCE): our processes in it have ended, and a role that is no superuser may
            # not end autovacuum's by force. Without it PostgreSQL sends them away by itself.
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")


class SQLite:
    """By SQLite's own backup, which copies a file that is being written."""

    suffix = "sqlite3"

    def dump(self, to: Path) -> dict[str, Any]:
        """See Dumps."""
        with connection.cursor() as cursor:
            # Deferred: it reads one instant, and no post has to wait for it.
            cursor.execute("BEGIN")
            try:
                figures = as_json()
                with closing(sqlite3.connect(to)) as copy:
                    connection.connection.backup(copy)
            finally:
                cursor.execute("ROLLBACK")
        return figures

    def load(self, dump: Path) -> None:
        """See Dumps. Raises NotDone."""
        connection.ensure_connection()
        try:
            with closing(sqlite3.connect(f"file:{dump}?immutable=1", uri=True)) as source:
                source.backup(connection.connection)
        except sqlite3.Error as error:
            raise NotDone(f"{dump.name} is no database that SQLite can read: {error}") from None

    @contextmanager
    def scratch(self, folder: Path) -> Iterator[str]:
        """See Dumps."""
        name = folder / f".verify-{os.getpid()}.sqlite3"
        try:
            yield f"sqlite:///{name.absolute()}"
        finally:
            for left in folder.glob(f"{name.name}*"):
                left.unlink()


VENDORS: dict[str, Dumps] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}


def of_this_database() -> Dumps:
    """The one of DATABASE_URL."""
    return VENDORS[connection.vendor]


def run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's, or one that encrypts. Raises NotDone with what it said."""
    path = find(program)
    done = subprocess.run(  # noqa: S603 - the programs named in this room
        [path, *arguments],
        env=os.environ | libpq(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise NotDone(f"{program} ended with code {done.returncode}: {' '.join(said[-3:])}")


def find(program: str) -> str:
    """Where a program lies: on the PATH, or in the newest PostgreSQL of Debian. Raises NotDone."""
    servers = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    newest = sorted(servers, key=lambda path: float(path.parts[-3]), reverse=True)
    if found := str(newest[0]) if newest else shutil.which(program):
        return found
    raise NotDone(f"{program} is not installed on this machine.")


def libpq() -> dict[str, str]:
    """The database of DATABASE_URL in the variables that PostgreSQL's programs read."""
    if connection.vendor != "postgresql":
        return {}
    settings = connection.settings_dict
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "NAME": "PGDATABASE"}
    found = {name: str(settings[key]) for key, name in names.items() if settings.get(key)}
    if settings.get("PASSWORD"):
        found["PGPASSWORD"] = settings["PASSWORD"]
    if mode := settings["OPTIONS"].get("sslmode"):
        found["PGSSLMODE"] = mode
    return found
