"""PostgreSQL: many writers, a clock for all machines, and round trips that are worth saving."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from django.db import IntegrityError, connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from leads.store.allowance import use_one
from leads.store.protocol import Row
from leads.store.statements import Model, insert_whole, is_stored, values_of

NOW = "clock_timestamp()"
SECONDS = f"floor(extract(epoch FROM {NOW}))::bigint"


SESSION = (
    "SELECT set_config('statement_timeout', '30s', false),"
    " set_config('idle_in_transaction_session_timeout', '60s', false),"
    " set_config('jit', 'off', false)"
)
"""A statement or a transaction that hangs gives its locks back. Nothing is compiled (JIT):
statements are short, but with many leads the planner takes some for so dear that compiling the
dashboard's chart took 20 ms of the processor each time, as much as all statements of the page."""


class PostgreSQL:
    """See `protocol.Database`."""

    def now(self) -> datetime:
        """The server's, also within a transaction."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {NOW}")
            now: datetime = cursor.fetchone()[0]
        return now.astimezone(UTC)

    def begin_session(self, new: BaseDatabaseWrapper) -> None:
        """By a statement, and not by the connection's `options`: PgBouncer refuses those."""
        with new.cursor() as cursor:
            cursor.execute(SESSION)

    def keeps_session(self) -> bool:
        """Whether two transactions of one connection meet the same server process.

        Another connection takes it in between: a pooler by transactions gives us another then.
        """
        with closing(connection.copy()) as ours, closing(connection.copy()) as other:
            before = _process_of(ours)
            other.set_autocommit(False)
            _process_of(other)
            after = _process_of(ours)
            other.rollback()
        return before == after

    def fetch_prepared(
        self, name: str, statement: str, values: Sequence[Any], lock: str = ""
    ) -> Row | None:
        """Parsed and planned once for each connection, which takes longer than to answer.

        Prepared at its first use, and so whatever becomes of the transaction that is open then.
        Each of several statements sees what was committed before it began itself: the one behind
        a lock sees what its last holder did.
        """
        this: Any = connections[connection.alias]
        this.ensure_connection()
        raw, names = getattr(this, "prepared", (None, frozenset[str]()))
        names = names if raw is this.connection else frozenset()
        with this.cursor() as cursor:
            if name not in names:
                cursor.execute(f"PREPARE {name} AS {numbered(statement)}")
                this.prepared = this.connection, names | {name}
            execute = f"EXECUTE {name} ({', '.join(['%s'] * len(values))})"
            if lock:
                execute = f"SELECT pg_advisory_xact_lock({_number(lock)}); {execute}"
            cursor.execute(execute, values)
            row: Row | None = cursor.fetchone()
        return row

    def use_allowance(
        self, name: str, limit: int, seconds: int, site: int = 0, key: str | None = None
    ) -> datetime | None:
        """By the server's clock."""
        row = self.fetch_prepared(*use_one(SECONDS, NOW, name, limit, seconds, site, key))
        return row[0].astimezone(UTC) if row else None

    @contextmanager
    def intake(
        self, count: Callable[[], datetime], uncount: Callable[[], None]
    ) -> Iterator[datetime]:
        """Counted apart: nobody may wait for the site's counter until this lead is on disk."""
        now = count()
        try:
            yield now
        except IntegrityError:
            uncount()
            raise

    def storing(self, has_to_wait: bool) -> AbstractContextManager[Any]:
        """A transaction where there is something to wait for; one statement needs none."""
        if has_to_wait or connection.in_atomic_block:
            return transaction.atomic()
        return nullcontext()

    def lock_names(self, names: Sequence[str]) -> None:
        """Advisory locks instead of a row per name: nothing to store, to erase or to prune."""
        numbers = sorted({_number(name) for name in names})
        if not numbers:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number",
                [numbers],
            )

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A transaction of its first statement's instant."""
        if connection.in_atomic_block:
            yield
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    def insert_together(self, first: models.Model, *others: models.Model) -> None:
        """One statement: outside of a transaction it is all on disk afterwards, or nothing is."""
        rows = (*others, first)
        models = [type(row) for row in rows]
        name = "insert_" + "_".join(model._meta.model_name or "" for model in models)
        values = [value for row in rows for value in values_of(row)]
        made = self.fetch_prepared(name, _together(type(first), *map(type, others)), values)
        is_stored(first, cast("Row", made)[0])

    def next_ids(self, model: type[models.Model], count: int) -> list[int]:
        """Out of the table's sequence; ids of what is not stored after all are never used."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [model._meta.db_table, count],
            )
            return [row[0] for row in cursor.fetchall()]

    def ids_table(self) -> str:
        """Out of an array."""
        return "unnest(%s::bigint[]) AS made (id)"

    def as_parameter(self, ids: Sequence[int]) -> list[int]:
        """An array."""
        return list(ids)

    def quarter_of(self, column: str) -> str:
        """In bins of 15 minutes."""
        return f"date_bin('15 minutes', {column}, timestamptz '1970-01-01 00:00Z')"

    def order_of_bytes(self) -> str:
        """By default it is that of a language, in which an index finds whole texts alone."""
        return "C"

    def estimated_rows(self, table: str) -> int:
        """By the server's own housekeeping."""
        with connection.cursor() as cursor:
            statement = "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)"
            cursor.execute(statement, [table])
            found = cursor.fetchone()
        return max(0, found[0]) if found else 0

    def let_the_disk_follow(self) -> None:
        """For this transaction alone."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")

    def take_time(self) -> None:
        """For this transaction alone: otherwise a statement has 30 s."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout TO 0")

    def overwrite_deleted(self) -> bool:
        """Nothing to do: autovacuum frees the rows, and pages written anew overwrite them."""
        return True


@cache
def _together(first: Model, *others: Model) -> str:
    parts = ", ".join(f"row{n} AS ({insert_whole(model)})" for n, model in enumerate(others))
    return f"WITH {parts} {insert_whole(first)}" if parts else insert_whole(first)


def numbered(statement: str) -> str:
    """The statement with PostgreSQL's own marks for parameters: $1, $2, …"""
    first, *rest = statement.split("%s")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


def _number(name: str) -> int:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _process_of(using: BaseDatabaseWrapper) -> int:
    with using.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
