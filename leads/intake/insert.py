"""Rows of several tables in one round trip, where the database can.

The ORM writes its statement anew for every row, and sends each with BEGIN and COMMIT around it:
together more than half of what a post cost. Here it is written once for a set of tables, out of
the models, so that a new column cannot be forgotten.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, connections, models

from leads.store.rows import PLAIN

Row = models.Model


def insert(first: Row, *others: Row) -> None:
    """Store new rows; the first one gets its id, the others refer to none of these.

    One statement on PostgreSQL: outside of a transaction it is all on disk afterwards, or nothing
    is. Elsewhere one a row: belongs into a transaction.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            values = [value for row in (*others, first) for value in values_of(row)]
            cursor.execute(together(type(first), *map(type, others)), values)
        else:
            for row in (*others, first):
                cursor.execute(alone(type(row)), values_of(row))
        first.pk = cursor.fetchone()[0]
    first._state.adding, first._state.db = False, connection.alias


@cache
def together(first: type[Row], *others: type[Row]) -> str:
    """The statement that stores a row of each model, and answers the first one's id."""
    parts = ", ".join(f"row{n} AS ({alone(model)})" for n, model in enumerate(others))
    return f"WITH {parts} {alone(first)}" if parts else alone(first)


@cache
def alone(model: type[Row]) -> str:
    """The statement that stores a row of one model, and answers its id."""
    names, _types = columns_of(model)
    table = connection.ops.quote_name(model._meta.db_table)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608 - names of our own models
        f"VALUES ({', '.join(['%s'] * len(names))}) RETURNING id"
    )


@cache
def columns_of(model: type[Row]) -> tuple[list[str], list[str]]:
    """Quoted names and types of what `values_of` gives.

    Without lengths: a cast to varchar(9) would cut what is too long, and not refuse it.
    """
    fields = fields_of(model)
    names = [connection.ops.quote_name(str(field.column)) for field in fields]
    return names, [str(field.db_type(connection)).partition("(")[0] for field in fields]


def values_of(row: Row) -> list[Any]:
    """What is stored of a row, as its database takes it."""
    # Asked once, not for every column: `connection` looks for this thread's own each time.
    this = connections[connection.alias]
    values = []
    for field in fields_of(type(row)):
        value = getattr(row, field.attname)
        if type(value) not in PLAIN or isinstance(field, models.JSONField):
            value = field.get_db_prep_save(field.pre_save(row, add=True), this)
        values.append(value)
    return values


@cache
def fields_of(model: type[Row]) -> list[models.Field[Any, Any]]:
    """The columns of a model but its id, which the database gives."""
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]
