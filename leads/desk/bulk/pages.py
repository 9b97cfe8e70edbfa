"""The pages of bulk retries: the plan that asks, the progress that survives the browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.clock import Deadline, database_now
from leads.decisions.bulk import run
from leads.decisions.bulk.plan import plan
from leads.desk.bulk.fill import FillPage
from leads.desk.failed.acts import FILL_IN, helpful
from leads.desk.failed.filters import asked
from leads.desk.kit import masking
from leads.desk.kit.formatting import number, when
from leads.desk.kit.lists.paging import ReadOnly
from leads.desk.kit.permissions import demand
from leads.models import BulkRetry, Lead
from leads.reasons import Reason
from leads.selection import LeadFilter

STOP_SECONDS = 5
"""For how long a press of Stop takes leads back itself; a worker does the rest."""


@admin.register(BulkRetry)
class BulkRetryAdmin(ReadOnly):
    """The history, the plan and the progress."""

    change_list_template = "admin/leads/bulk/list.html"
    page_template = "admin/leads/bulk/page.html"
    list_display = ["name", "state_now", "what", "leads", "by", "created"]
    list_display_links = ["name"]
    ordering = ["-pk"]
    sortable_by = ()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may see the failed table."""
        return request.user.has_perm("leads.view_failedlead")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkRetry]:
        """Each with those who started and stopped it."""
        return super().get_queryset(request).select_related("created_by", "stopped_by")

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and our own."""
        views: dict[str, tuple[Any, str]] = {
            "plan/": (require_http_methods(["GET", "HEAD", "POST"])(self.plan_view), "plan"),
            "fill/": (require_http_methods(["GET", "HEAD", "POST"])(self.fill_view), "fill"),
            "<int:pk>/stop/": (require_POST(self.stop_view), "stop"),
            "<int:pk>/state.json": (require_GET(self.state_view), "state"),
        }
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"leads_bulkretry_{name}")
            for route, (view, name) in views.items()
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history, under its plain name."""
        return super().changelist_view(request, {"title": "Bulk retries"} | (extra_context or {}))

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """What “Retry all” would do; posted: do it."""
        demand(request, "leads.retry_lead")
        wanted = asked(request, blank=False)
        if request.method == "POST" and not wanted.refused:
            one, new = run.start(wanted, request.user)
            if not new:
                messages.info(request, "These leads are being retried already: here it is.")
            return HttpResponseRedirect(progress_page(one.pk))
        found = plan(wanted, database_now())
        context = self.admin_site.each_context(request) | {
            "title": "Retry all",
            "opts": self.opts,
            "plan": found,
            "by_reason": [
                (reason, n, fill_address(replace(wanted, reason=reason), request.user))
                for reason, n in found.by_reason
            ],
            "view": wanted,
            "back": table_address(wanted.address()),
        }
        status = 400 if wanted.refused else 200
        return TemplateResponse(request, "admin/leads/bulk/plan.html", context, status=status)

    def fill_view(self, request: HttpRequest) -> HttpResponse:
        """“Fill in for these”: a value for all leads of a cause, and what it would make of them."""
        for permission in ("leads.correct_lead", "leads.retry_lead", masking.PERMISSION):
            demand(request, permission)
        page = FillPage(request, asked(request, blank=False))
        if started := page.start():
            return HttpResponseRedirect(progress_page(started.pk))
        context = self.admin_site.each_context(request) | page.context()
        context |= {"opts": self.opts, "back": table_address(page.wanted.address())}
        status = 400 if page.wanted.refused else 200
        return TemplateResponse(request, "admin/leads/bulk/fill.html", context, status=status)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop it."""
        demand(request, "leads.retry_lead")
        get_object_or_404(BulkRetry.objects.only("pk"), pk=pk)
        if run.stop(pk, request.user, Deadline(STOP_SECONDS)):
            messages.success(request, "Stopped. What was not sent yet is back in the table.")
        else:
            messages.info(request, "It was over already; nothing was changed.")
        return HttpResponseRedirect(progress_page(pk))

    def state_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """How far it is, for the page that shows it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        one = get_object_or_404(self.get_queryset(request), pk=pk)
        state = progress(one)
        response = JsonResponse(
            {
                "active": one.is_active,
                "percent": state["percent"],
                "html": render_to_string("admin/leads/bulk/state.html", state),
            }
        )
        response["Cache-Control"] = "no-store"
        return response

    def row_context(self, request: HttpRequest, row: BulkRetry) -> dict[str, Any]:
        """How far it is, and what became of its leads."""
        return {
            "may_stop": row.is_active and request.user.has_perm("leads.retry_lead"),
            "table": "" if row.wanted.refused else table_address(row.wanted.address()),
            **progress(row),
        }

    @admin.display(description="Bulk retry")
    def name(self, one: BulkRetry) -> str:
        """Its number."""
        return str(one.pk)

    @admin.display(description="State")
    def state_now(self, one: BulkRetry) -> SafeString:
        """As a badge."""
        return state_badge(one)

    @admin.display(description="What")
    def what(self, one: BulkRetry) -> str:
        """Its filter in words."""
        return one.words

    @admin.display(description="Leads")
    def leads(self, one: BulkRetry) -> str:
        """How many it was planned for."""
        return number(one.total)

    @admin.display(description="By")
    def by(self, one: BulkRetry) -> str:
        """Who pressed."""
        return str(one.created_by or "somebody who has left")

    @admin.display(description="Created")
    def created(self, one: BulkRetry) -> SafeString | str:
        """When."""
        return when(one.created_at)


TONES = {"planned": "queued", "running": "sending", "done": "delivered", "stopped": "discarded"}


def state_badge(one: BulkRetry) -> SafeString:
    """Where it stands."""
    return format_html(
        '<span class="state {}">{}</span>', TONES[one.state], one.get_state_display()
    )


def progress(one: BulkRetry) -> dict[str, Any]:
    """Everything that the page shows of a bulk retry, counted in the rows that it queued last."""
    mine = Lead.objects.filter(bulk=one).order_by()
    now = dict(mine.values_list("status").annotate(n=Count("pk")))
    on_the_way = sum(now.pop(status, 0) for status in Lead.OPEN)
    settled = sum(now.values())
    # Retried again since, alone or by a later bulk retry: no longer this one's to tell.
    moved_on = max(0, one.queued + one.held - one.returned - on_the_way - settled)
    finished = settled + moved_on + one.returned + one.skipped
    again = mine.filter(status=Lead.Status.FAILED).values_list("reason").annotate(n=Count("pk"))
    reasons = [
        {"reason": Reason(reason), "count": n}
        for reason, n in again.order_by("-n", "reason")[:10]
        if reason in Reason.values
    ]
    return {
        "bulk": one,
        "refused": (refused := one.wanted.refused),
        "stopped_by": one.stopped_by or ("itself" if refused else "somebody who has left"),
        "badge": state_badge(one),
        "now": database_now(),
        "on_the_way": on_the_way,
        "delivered": now.get(Lead.Status.DELIVERED, 0),
        "failed_again": now.get(Lead.Status.FAILED, 0),
        "by_hand": now.get(Lead.Status.ENTERED, 0) + now.get(Lead.Status.DISCARDED, 0),
        "moved_on": moved_on,
        "finished": finished,
        "reasons": reasons,
        "percent": 100 if not one.is_active else min(99, 100 * finished // max(1, one.total)),
        "to_queue": max(0, one.total - one.queued - one.held) if one.walked_at is None else 0,
    }


def progress_page(pk: int) -> str:
    """The page of a bulk retry."""
    return reverse("admin:leads_bulkretry_change", args=[pk])


def fill_address(wanted: LeadFilter, user: Any) -> str:
    """Where these leads are filled in; empty where that does not help, or not this person."""
    if wanted.reason is None or FILL_IN not in helpful([wanted.reason], user):
        return ""
    return f"{reverse('admin:leads_bulkretry_fill')}?{wanted.address()}"


def table_address(query: str) -> str:
    """The failed table, filtered."""
    here = reverse("admin:leads_failedlead_changelist")
    return f"{here}?{query}" if query else here
