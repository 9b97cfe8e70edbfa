"""SQLite: one writer at a time, one clock, no wait for another machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from leads.store.allowance import use_one
from leads.store.protocol import Row
from leads.store.statements import insert_whole, is_stored, values_of

BUSY_MILLISECONDS = 100
"""How long writers are held up, at most, while readers are waited for."""
SECONDS = "CAST(strftime('%%s', 'now') AS INTEGER)"


class SQLite:
    """See `protocol.Database`."""

    def now(self) -> datetime:
        """This machine's time: there is no other clock."""
        return timezone.now()

    def begin_session(self, new: BaseDatabaseWrapper) -> None:
        """Nothing: settings.py says it when the file is opened."""

    def keeps_session(self) -> bool:
        """Nobody stands in between."""
        return True

    def fetch_prepared(
        self,
        name: str,  # noqa: ARG002 - the protocol's signature
        statement: str,
        values: Sequence[Any],
        lock: str = "",  # noqa: ARG002 - the protocol's signature
    ) -> Row | None:
        """Python's driver keeps statements prepared by their text."""
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            row: Row | None = cursor.fetchone()
        return row

    def use_allowance(
        self, name: str, limit: int, seconds: int, site: int = 0, key: str | None = None
    ) -> datetime | None:
        """By this machine's clock too."""
        call = use_one(SECONDS, "1", name, limit, seconds, site, key)
        return timezone.now() if self.fetch_prepared(*call) else None

    @contextmanager
    def intake(
        self,
        count: Callable[[], datetime],
        uncount: Callable[[], None],  # noqa: ARG002 - the protocol's signature
    ) -> Iterator[datetime]:
        """One transaction: a commit of its own for the counter would be a second fsync."""
        with transaction.atomic():
            yield count()

    def storing(self, has_to_wait: bool) -> AbstractContextManager[Any]:  # noqa: ARG002 - the protocol's signature
        """Nothing more: who writes waits for all others."""
        return nullcontext()

    def lock_names(self, names: Sequence[str]) -> None:
        """Nothing to do: one transaction writes at a time anyway."""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A transaction that only reads: Django's own would make every writer wait."""
        if connection.in_atomic_block:
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")

    def insert_together(self, first: models.Model, *others: models.Model) -> None:
        """A statement a row; belongs into a transaction."""
        with connection.cursor() as cursor:
            for row in (*others, first):
                cursor.execute(insert_whole(type(row)), values_of(row))
            is_stored(first, cursor.fetchone()[0])

    def next_ids(self, model: type[models.Model], count: int) -> list[int]:
        """Those after the last one that was ever given: nobody else writes meanwhile."""
        with connection.cursor() as cursor:
            statement = "SELECT seq FROM sqlite_sequence WHERE name = %s"
            cursor.execute(statement, [model._meta.db_table])
            last = (cursor.fetchone() or (0,))[0]
        return list(range(last + 1, last + count + 1))

    def ids_table(self) -> str:
        """Out of JSON."""
        return "(SELECT value AS id FROM json_each(%s)) AS made"

    def as_parameter(self, ids: Sequence[int]) -> str:
        """JSON."""
        return json.dumps(list(ids))

    def quarter_of(self, column: str) -> str:
        """By its text, 2026-11-22 10:14:59.999999: SQLite's functions round to milliseconds."""
        minutes = f"printf('%%02d:00', substr({column}, 15, 2) / 15 * 15)"
        return f"substr({column}, 1, 14) || {minutes}"

    def order_of_bytes(self) -> None:
        """BINARY, the default."""

    def estimated_rows(self, table: str) -> int:  # noqa: ARG002 - the protocol's signature
        """Nobody keeps one."""
        return 0

    def let_the_disk_follow(self) -> None:
        """Nothing to do: who commits holds the file, and the disk is waited for either way."""

    def take_time(self) -> None:
        """Nothing to do: no statement has a limit."""

    def overwrite_deleted(self) -> bool:
        """Move the write-ahead log into the file, where deleted content is zeros, and empty it.

        False while somebody reads or writes.
        """
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            patience = int(cursor.fetchone()[0])
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                is_busy = bool(cursor.fetchone()[0])
            except OperationalError:  # a writer holds it
                is_busy = True
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {patience}")
        return not is_busy
