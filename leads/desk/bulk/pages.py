"""The pages of bulk retries: the plan that asks, the progress that survives the browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from leads.clock import Deadline, database_now
from leads.decisions.bulk import run
from leads.decisions.bulk.plan import plan
from leads.desk.bulk.fill import FillPage
from leads.desk.failed.acts import FILL_IN, helpful
from leads.desk.failed.filters import asked
from leads.desk.failed.saved_views import WHOLE
from leads.desk.kit import masking
from leads.desk.kit.formatting import lasted, number
from leads.desk.kit.permissions import demand
from leads.desk.kit.work_lists import WorkListAdmin
from leads.models import BulkRetry, Lead
from leads.reasons import Reason
from leads.selection import LeadFilter

STOP_SECONDS = 5
"""For how long a press of Stop takes leads back itself; a worker does the rest."""


@admin.register(BulkRetry)
class BulkRetryAdmin(WorkListAdmin):
    """The history, the plan and the progress."""

    change_list_template = "admin/leads/bulk/list.html"
    page_template = "admin/leads/bulk/page.html"
    state_template = "admin/leads/bulk/state.html"
    stopped_words = gettext_lazy("What was not sent yet is back in the table.")
    list_display = ["name", "state_now", "what", "leads", "by", "created"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkRetry]:
        """Each with those who started and stopped it."""
        return super().get_queryset(request).select_related("created_by", "stopped_by")

    def get_urls(self) -> list[URLPattern]:
        """Those of every list of work, the plan and the fill."""
        views = {"plan": self.plan_view, "fill": self.fill_view}
        asks = require_http_methods(["GET", "HEAD", "POST"])
        ours = [
            path(f"{name}/", self.admin_site.admin_view(asks(v)), name=f"leads_bulkretry_{name}")
            for name, v in views.items()
        ]
        return [*ours, *super().get_urls()]

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """What “Retry all” would do; posted: do it."""
        demand(request, "leads.retry_lead")
        wanted = asked(request, blank=False)
        if request.method == "POST" and not wanted.refused:
            one, new = run.start(wanted, request.user)
            if not new:
                messages.info(request, _("These leads are being retried already: here it is."))
            return HttpResponseRedirect(self.address("change", one.pk))
        found = plan(wanted, database_now())
        context = self.admin_site.each_context(request) | {
            "title": _("Retry all"),
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
            return HttpResponseRedirect(self.address("change", started.pk))
        context = self.admin_site.each_context(request) | page.context()
        context |= {"opts": self.opts, "back": table_address(page.wanted.address())}
        status = 400 if page.wanted.refused else 200
        return TemplateResponse(request, "admin/leads/bulk/fill.html", context, status=status)

    def stop(self, request: HttpRequest, pk: int) -> bool:
        """Take back what was not sent yet."""
        return bool(run.stop(pk, request.user, Deadline(STOP_SECONDS)))

    def progress(self, one: BulkRetry) -> dict[str, Any]:
        """In the rows that it queued last."""
        return progress(one)

    def badge(self, one: BulkRetry) -> SafeString:
        """Where it stands."""
        return state_badge(one)

    def row_context(self, request: HttpRequest, row: BulkRetry) -> dict[str, Any]:
        """With the way back to its leads."""
        table = "" if row.wanted.refused else table_address(row.wanted.address())
        return super().row_context(request, row) | {"table": table}

    @admin.display(description=gettext_lazy("Bulk retry"))
    def name(self, one: BulkRetry) -> str:
        """Its number."""
        return str(one.pk)

    @admin.display(description=gettext_lazy("What"))
    def what(self, one: BulkRetry) -> str:
        """Its filter in words."""
        return self.what_of(one)

    def what_of(self, one: BulkRetry) -> str:
        """Its filter in words, and the field that it fills in."""
        if one.wanted.refused:
            return one.words
        field = (one.fill or {}).get("field", "")
        filled = _("%(field)s filled in") % {"field": field} if field else ""
        return " · ".join(filter(None, [one.wanted.words(), filled]))

    @admin.display(description=gettext_lazy("Leads"))
    def leads(self, one: BulkRetry) -> str:
        """How many it was planned for."""
        return number(one.total)


TONES = {"planned": "queued", "running": "sending", "done": "delivered", "stopped": "discarded"}


def state_badge(one: BulkRetry) -> SafeString:
    """Where it stands."""
    return format_html(
        '<span class="state {}">{}</span>', TONES[one.state], one.get_state_display()
    )


def as_it_is(one: BulkRetry) -> BulkRetry:
    """The bulk retry in memory, done where its last answer is in and no sweep has noted it yet."""
    if one.is_active and (ended_at := run.last_answer(one)) is not None:
        one.state, one.ended_at = BulkRetry.State.DONE, ended_at
    return one


def progress(one: BulkRetry) -> dict[str, Any]:
    """Everything that the page shows of a bulk retry, counted in the rows that it queued last."""
    as_it_is(one)
    mine = Lead.objects.filter(bulk=one).order_by()
    counts = dict(mine.values_list("status").annotate(n=Count("pk")))
    on_the_way = sum(counts.pop(status, 0) for status in Lead.OPEN)
    settled = sum(counts.values())
    # Retried again since, alone or by a later bulk retry: no longer this one's to tell.
    moved_on = max(0, one.queued + one.held - one.returned - on_the_way - settled)
    finished = settled + moved_on + one.returned + one.skipped
    now = database_now()
    again = mine.filter(status=Lead.Status.FAILED).values_list("reason").annotate(n=Count("pk"))
    reasons = [
        {"reason": Reason(reason), "count": n}
        for reason, n in again.order_by("-n", "reason")[:10]
        if reason in Reason.values
    ]
    return {
        "bulk": one,
        "refused": (refused := one.wanted.refused),
        "stopped_by": one.stopped_by or ("itself" if refused else _("somebody who has left")),
        "badge": state_badge(one),
        "now": now,
        "lasted": lasted((one.ended_at or now) - one.created_at),
        "on_the_way": on_the_way,
        "delivered": counts.get(Lead.Status.DELIVERED, 0),
        "failed_again": counts.get(Lead.Status.FAILED, 0),
        "by_hand": counts.get(Lead.Status.ENTERED, 0) + counts.get(Lead.Status.DISCARDED, 0),
        "moved_on": moved_on,
        "finished": finished,
        "reasons": reasons,
        "percent": 100 if not one.is_active else min(99, 100 * finished // max(1, one.total)),
        "to_queue": max(0, one.total - one.queued - one.held) if one.walked_at is None else 0,
    }


def fill_address(wanted: LeadFilter, user: Any) -> str:
    """Where these leads are filled in; empty where that does not help, or not this person."""
    if wanted.reason is None or FILL_IN not in helpful([wanted.reason], user):
        return ""
    return f"{reverse('admin:leads_bulkretry_fill')}?{wanted.address()}"


def table_address(query: str) -> str:
    """The failed table, filtered."""
    here = reverse("admin:leads_failedlead_changelist")
    return f"{here}?{query or WHOLE}"
