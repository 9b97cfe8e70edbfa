"""Pages that a key begins, not a number: as fast on the last page as on the first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from leads.desk.kit.lists.own_filters import OwnFilters
from leads.models.queries.keyset import Keyset

AFTER, BEFORE = "after", "before"


class KeysetList(OwnFilters):
    """A list of the admin with Newer and Older instead of page numbers."""

    newer = older = ""
    """The addresses of the pages beside this one; empty where there is none."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """All rows of the filter; cursors are no filter, and no link but ours carries them on."""
        for name in (AFTER, BEFORE):
            self.params.pop(name, None)
        rows = super().get_queryset(request, exclude_parameters)
        return rows.none() if self.faults else rows

    @property
    def faults(self) -> list[str]:
        """What the address asks for that is not understood; then there are no rows."""
        faults = (getattr(spec, "fault", "") for spec in self.filter_specs)
        return [fault for fault in faults if fault]

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
