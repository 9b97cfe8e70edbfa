"""INSERT statements, and the values that go with them, out of the models.

So that a new column cannot be forgotten. The ORM takes longer to prepare a row than the database to
store it, and writes its statement anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from operator import attrgetter
from typing import Any, TypeAlias, cast

from django.db import connection, connections, models

PLAIN: frozenset[type] = frozenset((int, str, bool, type(None)))
"""Python's types that every database driver takes as they are."""

AnyPlain = frozenset[type]
Model = type[models.Model]
Field: TypeAlias = "models.Field[Any, Any]"
Cell = Callable[[Any], Any]


def insert_into(model: Model, fields: Sequence[Field], what: str) -> str:
    """The beginning of a statement that stores rows of these fields; `what` says which."""
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) {what}'


def places(columns: int, rows: int = 1) -> str:
    """VALUES with places for the parameters of so many rows."""
    return "VALUES " + ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)


def named(model: Model, names: Sequence[str]) -> list[Field]:
    """The fields of these names."""
    return [cast("Field", model._meta.get_field(name)) for name in names]


@cache
def whole(model: Model) -> list[Field]:
    """All fields but the id, which the database gives."""
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


@cache
def insert_whole(model: Model) -> str:
    """The statement that stores a row of `whole` fields, and answers its id."""
    fields = whole(model)
    return insert_into(model, fields, f"{places(len(fields))} RETURNING id")


def values_of(row: models.Model) -> list[Any]:
    """What is stored of a row's `whole` fields, as the driver takes it."""
    # Asked once, not for every column: `connection` looks for this thread's own each time.
    this = connections[connection.alias]
    get, columns = _getters(type(row))
    return [
        value
        if type(value) in plain
        else field.get_db_prep_save(field.pre_save(row, add=True), this)
        for value, (field, plain) in zip(get(row), columns, strict=True)
    ]


@cache
def _getters(model: Model) -> tuple[Callable[[Any], tuple[Any, ...]], list[tuple[Field, AnyPlain]]]:
    """What reads all values of a row at once, and each field with the types that go as they are."""
    fields = whole(model)
    nothing: AnyPlain = frozenset()
    kinds = [(f, nothing if isinstance(f, models.JSONField) else PLAIN) for f in fields]
    return attrgetter(*(field.attname for field in fields)), kinds


def preparer(field: Field) -> Cell:
    """What makes a value of the field one that the driver takes."""
    to = partial(field.get_db_prep_save, connection=connection)
    if isinstance(field, models.JSONField):
        return to
    return lambda value: value if type(value) in PLAIN else to(value)


def is_stored(row: models.Model, pk: int) -> None:
    """Let an instance know its id."""
    row.pk = pk
    row._state.adding, row._state.db = False, connection.alias
