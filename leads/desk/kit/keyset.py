"""Pages that a key begins, not a number: as fast on the last page as on the first.

New rows move no page, because a page begins after a row and not after a number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

AFTER, BEFORE = "after", "before"
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


class KeysetList(ChangeList):
    """A list of the admin with Newer and Older instead of page numbers."""

    newer = older = ""
    """The addresses of the pages beside this one; empty where there is none."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """All rows of the filter; cursors are no filter, and no link but ours carries them on."""
        for name in (AFTER, BEFORE):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        """One page of rows, and how many there are up to the cap."""
        keys = Keyset([str(name) for name in self.model_admin.get_ordering(request)])
        rows = self._page(keys, request.GET.get(AFTER, ""), request.GET.get(BEFORE, ""))
        self.result_list = rows
        self.first_cursor = keys.cursor(rows[0]) if rows else ""
        self.result_count = self._count(request, rows)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.multi_page = bool(self.newer or self.older)

    def _page(self, keys: Keyset, after: str, before: str) -> list[Any]:
        size, rows = self.list_per_page, self.queryset
        if before:
            found = list(keys.turned(keys.beyond(rows, before, back=True))[: size + 1])
            if len(found) > size:  # else the first page, whole
                page = found[:size][::-1]
                self._links(keys, page, newer=True, older=True)
                return page
            after = ""
        found = list(keys.beyond(rows, after)[: size + 1])
        page = found[:size]
        self._links(keys, page, newer=bool(after and page), older=len(found) > size)
        return page

    def _links(self, keys: Keyset, page: list[Any], newer: bool, older: bool) -> None:
        if newer:
            self.newer = self.get_query_string({BEFORE: keys.cursor(page[0])})
        if older:
            self.older = self.get_query_string({AFTER: keys.cursor(page[-1])})

    def _count(self, request: HttpRequest, rows: list[Any]) -> int:
        """Counted only where this page does not hold them all."""
        if not self.newer and not self.older and rows:
            return len(rows)
        return self.model_admin.get_paginator(request, self.queryset, self.list_per_page).count
