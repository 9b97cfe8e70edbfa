"""Inserting many rows in few statements, without making a model instance of each.

An instance and its preparation took 60-80 µs a row, more than the database takes to store it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, cast

from django.db import connection, models

from leads.models.among import Many

AT_ONCE = 500
"""Rows of one INSERT: with our columns below SQLite's limit of parameters."""
PLAIN = frozenset((int, str, bool, type(None)))
"""Python's types that every database driver takes as they are."""

LISTED = {
    "postgresql": "unnest(%s::bigint[]) AS made (id)",
    "sqlite": "(SELECT value AS id FROM json_each(%s)) AS made",
}
"""A table of ids that travel as one parameter."""

Cell = Callable[[Any], Any]


def insert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    conflict: str = "",
) -> None:
    """Insert rows of the named fields; columns that are not named get the database's default.

    `conflict` is an ON CONFLICT clause. Constraints hold as ever; no signal is sent, and nobody
    is told the new ids.
    """
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
    prepare = [_preparer(field) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    rest = iter(rows)
    while chunk := list(islice(rest, AT_ONCE)):
        cells = [to(value) for row in chunk for to, value in zip(prepare, row, strict=True)]
        statement = (
            f'INSERT INTO "{model._meta.db_table}" ({columns}) '  # noqa: S608 - names of our own
            f"VALUES {', '.join([marks] * len(chunk))} {conflict}"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, cells)


def insert_for_each(
    model: type[models.Model], name: str, ids: Sequence[int], shared: Mapping[str, Any]
) -> None:
    """Insert a row for each id in the field of this name; the other fields are alike in all."""
    field = cast("models.Field[Any, Any]", model._meta.get_field(name))
    if not ids:
        return
    others = [cast("models.Field[Any, Any]", model._meta.get_field(other)) for other in shared]
    columns = ", ".join(f'"{one.column}"' for one in (field, *others))
    pairs = zip(others, shared.values(), strict=True)
    cells = [_preparer(other)(value) for other, value in pairs]
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) '  # noqa: S608 - names of our own
        f"SELECT made.id, {', '.join(['%s'] * len(cells))} FROM {LISTED[connection.vendor]}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*cells, Many(ids).as_parameter(connection.vendor)])


def _preparer(field: models.Field[Any, Any]) -> Cell:
    """What makes a value of the field one that the driver takes."""
    to = partial(field.get_db_prep_save, connection=connection)
    if isinstance(field, models.JSONField):
        return to
    return lambda value: value if type(value) in PLAIN else to(value)
