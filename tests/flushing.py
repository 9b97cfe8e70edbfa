"""Tables as `migrate` leaves them, for tests that commit: what it puts in is copied, not made anew.

Django's flush has every permission and role looked for and created after each such test, with a
thousand statements. The rows are the same each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

Rows = dict[str, list[tuple[Any, ...]]]


def emptied(*_arguments: Any, **_options: Any) -> list[str]:
    """The statements that empty the tables: only those with rows, as PostgreSQL makes new files for
    each table that it truncates and for each of its indexes.
    """
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    filled = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(filled)
        found = [f'DELETE FROM "{table}"' for (table,) in cursor.fetchall()]
    # Who names whom is of no interest when all go.
    return ["SET LOCAL session_replication_role = replica", *found]


class AfterFlush:
    """What flush calls at its end: the first time `migrate`'s signal, then a copy of its rows."""

    def __init__(self, emit: Callable[..., None]) -> None:
        self.emit = emit
        self.rows: Rows = {}

    def __call__(self, *arguments: Any, **options: Any) -> None:
        """Fill the empty tables."""
        if self.rows:
            put_back(self.rows)
        else:
            self.emit(*arguments, **options)
            self.rows = all_rows()


def all_rows() -> Rows:
    """What the tables hold, by the statement that inserts it."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = cursor.fetchall()
            columns = ", ".join(f'"{column[0]}"' for column in cursor.description)
            places = ", ".join("%s" for _ in cursor.description)
            if rows:
                found[f'INSERT INTO "{table}" ({columns}) VALUES ({places})'] = rows
    return found


@transaction.atomic
def put_back(rows: Rows) -> None:
    """Insert them; who names whom is looked at when all are there."""
    with connection.cursor() as cursor:
        for statement, values in rows.items():
            cursor.executemany(statement, values)
