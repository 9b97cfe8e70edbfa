"""Places in an order: where a page, or a chunk of a long walk, goes on.

New rows move none of them, because a place is after a row and not after a number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LONGEST = 18
"""Digits of a number in a cursor, so that any moment and any id fits and nothing overflows."""


class Keyset:
    """An order by a moment and the id, or by the id alone, and the cursors that point into it.

    A cursor is the row's values: `1763800200000000-4711`, the moment in microseconds since 1970.
    """

    def __init__(self, ordering: Sequence[str]) -> None:
        self.keys = [(name.lstrip("-"), name.startswith("-")) for name in ordering]

    def cursor(self, row: Any) -> str:
        """Where a row stands."""
        values = (getattr(row, name) for name, _falls in self.keys)
        return "-".join(str(_number(value)) for value in values)

    def knows(self, cursor: str) -> bool:
        """Whether it is a cursor of this order."""
        return self._values(cursor) is not None

    def beyond(self, rows: QuerySet[Any], cursor: str, back: bool = False) -> QuerySet[Any]:
        """The rows after a cursor, or `back` before it; all of them where it is none."""
        values = self._values(cursor)
        if values is None:
            return rows
        where, level = Q(), Q()
        for (name, falls), value in zip(self.keys, values, strict=True):
            side = "lt" if falls != back else "gt"
            if not where and len(self.keys) > 1:
                # Said first and by itself, so that an index is entered at the right place.
                where = Q(**{f"{name}__{side}e": value})
            level = level | Q(**{f"{name}__{side}": value})
        return rows.filter(where & level)

    def turned(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows from the other end."""
        return rows.order_by(*(name if falls else f"-{name}" for name, falls in self.keys))

    def _values(self, cursor: str) -> list[Any] | None:
        parts = cursor.split("-")
        if len(parts) != len(self.keys) or not all(
            part.isascii() and part.isdecimal() and len(part) <= LONGEST for part in parts
        ):
            return None
        *moments, pk = map(int, parts)
        try:
            return [*(EPOCH + moment * MICROSECOND for moment in moments), pk]
        except OverflowError:
            return None


def _number(value: Any) -> int:
    return (value - EPOCH) // MICROSECOND if isinstance(value, datetime) else int(value)
