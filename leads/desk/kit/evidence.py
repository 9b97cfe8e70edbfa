"""Lists of what happened, to read only: API logs, API calls, and others of their kind."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from leads.desk.kit import masking
from leads.desk.kit.lists.neighbours import neighbours
from leads.desk.kit.lists.paging import EstimatedPaginator, ReadOnly


class EvidenceAdmin(ReadOnly):
    """A list of rows, and a page of one."""

    change_list_template = "admin/leads/logs/list.html"
    paginator = EstimatedPaginator
    ordering = ["-pk"]
    sortable_by = ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under its plain name."""
        context = {"title": str(self.opts.verbose_name_plural)}
        return super().changelist_view(request, context | (extra_context or {}))

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The rows beside it, and whether the exchange with Zoho may be seen."""
        return {
            "may_see_exchange": masking.may_see_exchange(request.user),
            "beside": neighbours(self, request, row),
        }

    @admin.display(description=gettext_lazy("ID"), ordering="pk")
    def number(self, row: Any) -> str:
        """The id: of an ApiLog, the “API log id” that people quote."""
        return str(row.pk)
