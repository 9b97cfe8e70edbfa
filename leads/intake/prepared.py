"""Statements that PostgreSQL parses and plans once for each connection, not for each post."""

from __future__ import annotations

from functools import cache

from django.db.backends.base.base import BaseDatabaseWrapper

PLACE = "%s"


def execute(this: BaseDatabaseWrapper, name: str, statement: str) -> str:
    """The text that runs a statement under its name, with the same places for parameters.

    It is prepared at its first use on a connection, and stays so whatever becomes of the
    transaction that is open then. The server learns the types of parameters from where they
    stand.
    """
    this.ensure_connection()
    raw, names = getattr(this, "prepared", (None, frozenset[str]()))
    if raw is not this.connection:
        names = frozenset()
    if name not in names:
        with this.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {numbered(statement)}")
        this.prepared = this.connection, names | {name}  # type: ignore[attr-defined]
    return call(name, statement.count(PLACE))


@cache
def call(name: str, places: int) -> str:
    """The EXECUTE of a prepared statement."""
    return f"EXECUTE {name} ({', '.join([PLACE] * places)})"


def numbered(statement: str) -> str:
    """The statement with PostgreSQL's own marks for parameters: $1, $2, …"""
    first, *rest = statement.split(PLACE)
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
