"""Inserting many rows in few statements, without making a model instance of each.

Constraints hold as ever; no signal is sent, and nobody is told the new ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models

from leads.store import database
from leads.store.statements import insert_into, named, places, preparer

AT_ONCE = 500
"""Rows of one INSERT: with our columns below SQLite's limit of parameters."""


def insert_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    conflict: str = "",
) -> None:
    """Insert rows of the named fields; columns that are not named get the database's default.

    `conflict` is an ON CONFLICT clause.
    """
    fields = named(model, names)
    prepare = [preparer(field) for field in fields]
    rest = iter(rows)
    while chunk := list(islice(rest, AT_ONCE)):
        cells = [to(value) for row in chunk for to, value in zip(prepare, row, strict=True)]
        what = f"{places(len(fields), len(chunk))} {conflict}"
        with connection.cursor() as cursor:
            cursor.execute(insert_into(model, fields, what), cells)


def insert_for_each(
    model: type[models.Model], name: str, ids: Sequence[int], shared: Mapping[str, Any]
) -> None:
    """Insert a row for each id in the field of this name; the other fields are alike in all."""
    if not ids:
        return
    fields = named(model, [name, *shared])
    pairs = zip(fields[1:], shared.values(), strict=True)
    cells = [preparer(field)(value) for field, value in pairs]
    given = "".join(", %s" for _cell in cells)
    what = f"SELECT made.id{given} FROM {database.ids_table()}"  # noqa: S608 - places alone
    with connection.cursor() as cursor:
        cursor.execute(insert_into(model, fields, what), [*cells, database.as_parameter(ids)])
