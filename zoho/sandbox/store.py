"""The sandbox's own file: what was answered as stored is on disk before the answer leaves."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    module TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS records_by_module ON records (module, id);

CREATE TABLE IF NOT EXISTS deleted (
    id INTEGER PRIMARY KEY,
    module TEXT NOT NULL,
    name TEXT NOT NULL,
    at TEXT NOT NULL
);

-- The values of unique fields and of the fields upsert compares, as they are compared.
CREATE TABLE IF NOT EXISTS keys (
    module TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (module, field, value, record)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY,
    kind TEXT NOT NULL,             -- refresh, access or grant
    parent TEXT NOT NULL,           -- the refresh token of an access token; a grant's redirect URI
    scope TEXT NOT NULL,
    created REAL NOT NULL,
    expires REAL NOT NULL,
    dead INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS tokens_by_parent ON tokens (parent, created);

CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,        -- 0: no answer was given
    records INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    ms REAL NOT NULL,
    fault TEXT NOT NULL,
    notes TEXT NOT NULL,            -- as JSON: the body's top-level keys but data, or the query
    sent TEXT NOT NULL,
    answered TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS counts (
    kind TEXT NOT NULL,
    status INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    records INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    PRIMARY KEY (kind, status)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS credits (hour INTEGER PRIMARY KEY, used INTEGER NOT NULL);
"""

FIRST_ID = 6100000000000456000


class Store:
    """One SQLite file, used by one process at a time. sqlite3.OperationalError if it is in use."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=2)
        self._db.row_factory = sqlite3.Row
        # The file belongs to this process alone: a second sandbox on it would break uniqueness.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(SCHEMA)
        self._start_ids()

    def _start_ids(self) -> None:
        if not self._db.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'records'").fetchone():
            self._db.execute("INSERT INTO sqlite_sequence VALUES ('records', ?)", (FIRST_ID,))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One call's reads and writes, alone; on disk when the block is left, or undone.

        One at a time is what makes the unique check free of races, and costs nothing: the work
        inside is Python's, which runs one thread at a time anyway. Never sleep in here.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Reads that leave nothing behind."""
        with self._lock:
            yield self._db

    def close(self) -> None:
        """Waits for the call that is committing, then closes the file for good."""
        with self._lock:
            self._db.close()
