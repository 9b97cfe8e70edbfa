"""What LeadOps asks of its database beyond the ORM: the one place where databases differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]


class Database(Protocol):
    """One kind of database. `leads.store.database` is the one that is in use."""

    def now(self) -> datetime:
        """The database's time, aware, in UTC."""

    def begin_session(self, new: BaseDatabaseWrapper) -> None:
        """Tell a new connection what it may wait for."""

    def keeps_session(self) -> bool:
        """Whether what a connection was told still holds in its next transaction."""

    def fetch_prepared(
        self, name: str, statement: str, values: Sequence[Any], lock: str = ""
    ) -> Row | None:
        """The first row of a statement that is asked with every post; the name is its own.

        With a `lock` it is asked once that is held, as by `lock_names`, in the same round trip.
        """

    def use_allowance(
        self, name: str, limit: int, seconds: int, site: int = 0, key: str | None = None
    ) -> datetime | None:
        """Use one up of what this name may in a period of so many seconds, all machines together.

        The database's time, or None when `limit` were used. Also None, and nothing used up, where
        the site has a lead of this Idempotency-Key: with that the check and the counting are one
        statement, and a post needs no other clock.
        """

    def intake(
        self, count: Callable[[], datetime], uncount: Callable[[], None]
    ) -> AbstractContextManager[datetime]:
        """What a post is counted and stored in: afterwards all of it is on disk.

        What `count` returned comes out of it. An IntegrityError makes no lead: then nothing
        remains of the counting either, by `uncount` where that is committed already.
        """

    def storing(self, has_to_wait: bool) -> AbstractContextManager[Any]:
        """Within `intake`, what a lead is judged and stored in.

        A transaction for a lead that `has_to_wait` for others of its kind (see `lock_names`).
        """

    def lock_names(self, names: Sequence[str]) -> None:
        """Hold a lock of each name until the transaction ends.

        All in one order, so that two with crossed lists wait for each other instead of ending in
        a deadlock.
        """

    def snapshot(self) -> AbstractContextManager[Any]:
        """Within it all reads see one instant; nothing is written in it.

        Within a transaction that is under way, whatever that sees.
        """

    def insert_together(self, first: models.Model, *others: models.Model) -> None:
        """Store new rows, all or none; the first one gets its id, the others refer to none."""

    def next_ids(self, model: type[models.Model], count: int) -> list[int]:
        """Ids for so many rows that are about to be stored; belongs into their transaction."""

    def ids_table(self) -> str:
        """SQL: a table `made` with one column `id`, of numbers that travel as one parameter."""

    def as_parameter(self, ids: Sequence[int]) -> Any:
        """The parameter of `ids_table`."""

    def quarter_of(self, column: str) -> str:
        """SQL: the quarter hour, in UTC, that a column's moment lies in, as columns hold it."""

    def order_of_bytes(self) -> str | None:
        """The collation by which texts stand in the order of their bytes; None where they all do.

        In it an index finds texts by how they begin.
        """

    def estimated_rows(self, table: str) -> int:
        """About how many rows a table has; 0 where nobody keeps an estimate."""

    def let_the_disk_follow(self) -> None:
        """Have the COMMIT of this transaction not wait for the disk."""

    def take_time(self) -> None:
        """Have the statements of this transaction take as long as they need."""

    def overwrite_deleted(self) -> bool:
        """Have what was deleted leave the files, as far as this is ours to do; False to try again.

        Belongs outside a transaction.
        """
