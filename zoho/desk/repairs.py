"""Repairs in Zoho: each press of Repair, how far it is, and what became of its leads."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from leads.desk.kit.formatting import when
from leads.desk.kit.lists.paging import ReadOnly
from leads.desk.kit.permissions import demand
from zoho.models import Repair, RepairItem
from zoho.proof.repair import stop

State = RepairItem.State
MOST = 200
"""Leads that a page lists."""
TONES = {"active": "sending", "stopped": "discarded", "over": "delivered"}
WORDS = {"active": "Under way", "stopped": "Stopped", "over": "Done"}


@admin.register(Repair)
class RepairAdmin(ReadOnly):
    """The history and the progress."""

    change_list_template = "admin/zoho/repairs.html"
    page_template = "admin/zoho/repair.html"
    list_display = ["name", "state", "words", "leads", "by", "created"]
    list_display_links = ["name"]
    ordering = ["-pk"]
    sortable_by = ()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may see the failed table."""
        return request.user.has_perm("leads.view_failedlead")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Repair]:
        """Each with who began it and its number of leads."""
        rows = super().get_queryset(request).select_related("created_by")
        counted: QuerySet[Repair] = rows.annotate(total=Count("items"))
        return counted

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and our own."""
        views: dict[str, tuple[Any, str]] = {
            "<int:pk>/stop/": (require_POST(self.stop_view), "stop"),
            "<int:pk>/state.json": (require_GET(self.state_view), "state"),
        }
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"zoho_repair_{name}")
            for route, (view, name) in views.items()
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history, under its plain name."""
        return super().changelist_view(
            request, {"title": "Repairs in Zoho"} | (extra_context or {})
        )

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Leave the rest of its leads alone."""
        demand(request, "leads.retry_lead")
        if stop(get_object_or_404(Repair, pk=pk)):
            messages.success(request, "Stopped. What was not looked at yet stays as it is.")
        else:
            messages.info(request, "It was over already; nothing was changed.")
        return HttpResponseRedirect(reverse("admin:zoho_repair_change", args=[pk]))

    def state_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """How far it is, for the page that shows it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        state = progress(get_object_or_404(Repair, pk=pk))
        active = state["repair"].is_active
        html = render_to_string("admin/zoho/repair_state.html", state)
        content = {"active": active, "percent": state["percent"], "html": html}
        response = JsonResponse(content)
        response["Cache-Control"] = "no-store"
        return response

    def row_context(self, request: HttpRequest, row: Repair) -> dict[str, Any]:
        """How far it is, and what became of its leads."""
        may_stop = row.is_active and request.user.has_perm("leads.retry_lead")
        return super().row_context(request, row) | {"may_stop": may_stop} | progress(row)

    @admin.display(description="Repair")
    def name(self, one: Repair) -> str:
        """Its number."""
        return str(one.pk)

    @admin.display(description="State")
    def state(self, one: Repair) -> SafeString:
        """As a badge."""
        return badge(one)

    @admin.display(description="Leads")
    def leads(self, one: Any) -> str:
        """How many are on its list."""
        return f"{one.total:,}"

    @admin.display(description="By")
    def by(self, one: Repair) -> str:
        """Who pressed."""
        return str(one.created_by or "somebody who has left")

    @admin.display(description="Created")
    def created(self, one: Repair) -> SafeString | str:
        """When."""
        return when(one.created_at)


def badge(one: Repair) -> SafeString:
    """Where it stands."""
    state = "active" if one.is_active else "stopped" if one.stopped_at else "over"
    return format_html('<span class="state {}">{}</span>', TONES[state], WORDS[state])


def progress(one: Repair) -> dict[str, Any]:
    """Everything that the page shows of a repair."""
    counts = dict(one.items.order_by().values_list("state").annotate(n=Count("pk")))
    total, waiting = sum(counts.values()), counts.get(State.WAITING, 0)
    items = one.items.exclude(state=State.WAITING).select_related("read_back").order_by("-pk")
    return {
        "repair": one,
        "badge": badge(one),
        "total": total,
        "waiting": waiting,
        "percent": 100 if not one.is_active else min(99, 100 * (total - waiting) // max(1, total)),
        "counts": [(State(state).label, counts[state]) for state in State if state in counts],
        "items": items[:MOST],
    }
