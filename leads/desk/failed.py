"""“Failed leads API injection”: what a person must look at, and what an outage holds back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString

from leads.clock import database_now
from leads.desk import addresses, decisions
from leads.desk.finding import SameAs
from leads.desk.forms import DiscardForm
from leads.desk.leads import LeadDesk, counts
from leads.desk.narrowing import OwnerFilter, SpanFilter, TestFilter
from leads.desk.paging import Choice, ReasonFilter, SiteFilter
from leads.desk.words import when
from leads.models import Destination, FailedLead, Lead
from leads.reasons import Reason, Remedy

MOST_AT_ONCE = 1000
"""Leads that one press of a button takes, in one transaction."""


class Tabs(Choice):
    """Failed, or waiting. Without a choice: failed."""

    title = "tab"
    parameter_name = "tab"
    template = "admin/leads/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tab that is not the first."""
        return [("waiting", "Waiting")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen tab."""
        if self.value() == "waiting":
            return queryset.waiting(database_now())  # type: ignore[attr-defined]
        return queryset.filter(status=Lead.Status.FAILED)


def is_waiting_tab(request: HttpRequest) -> bool:
    """Whether the request looks at the Waiting tab."""
    return request.GET.get("tab") == "waiting"


@admin.register(FailedLead)
class FailedLeadAdmin(LeadDesk):
    """The table that staff work every day."""

    change_list_template = "admin/leads/failed_list.html"
    list_display = ["number", "why", "summary", "created", "action"]
    list_filter = [Tabs, ReasonFilter, OwnerFilter, SiteFilter, SameAs, SpanFilter, TestFilter]
    actions = ["retry_selected", "enter_selected", "discard_selected"]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Newest failure first; among the waiting, who waits longest."""
        return ["queued_at", "pk"] if is_waiting_tab(request) else ["-failed_at", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the buttons'."""
        return [*addresses.urls(self.admin_site), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The table with its tabs, and for an empty one when Zoho last took a lead."""
        newest = Destination.objects.exclude(last_success_at=None).order_by("-last_success_at")
        context = {
            "counts": lambda: counts(database_now()),
            "tab": "waiting" if is_waiting_tab(request) else "failed",
            "last_success": lambda: newest.values_list("last_success_at", flat=True).first(),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The Action column only for those who may act."""
        may_act = self.has_retry_permission(request)
        columns = ["number", "why", "summary", "created"]
        return [*columns, "action"] if may_act else columns

    @admin.display(description="Created")
    def created(self, lead: FailedLead) -> SafeString | str:
        """When the failure was recorded; for a waiting lead since when it waits."""
        return when(lead.failed_at or lead.queued_at)

    @admin.display(description="Action")
    def action(self, lead: FailedLead) -> SafeString:
        """The remedy that helps most, and Retry."""
        known = lead.status == Lead.Status.FAILED and lead.reason in Reason.values
        remedy = Reason(lead.reason).about.remedy if known else Remedy.RETRY
        return render_to_string("admin/leads/row_action.html", {"lead": lead, "remedy": remedy})

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether the user may retry leads."""
        return request.user.has_perm("leads.retry_lead")

    def has_enter_permission(self, request: HttpRequest) -> bool:
        """Whether the user may mark leads as entered by hand."""
        return request.user.has_perm("leads.enter_lead")

    def has_discard_permission(self, request: HttpRequest) -> bool:
        """Whether the user may discard leads."""
        return request.user.has_perm("leads.discard_lead")

    @admin.action(description="Retry", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, leads: QuerySet[FailedLead]) -> None:
        """Send the selected leads again, as a bulk behind fresh ones."""
        ids = chosen(leads)
        band = Lead.Band.BULK if len(ids) > 1 else Lead.Band.NORMAL
        going = decisions.retry(Lead.objects.filter(pk__in=ids), request.user, band)
        tell(request, len(ids), going, "queued")

    @admin.action(description="Mark as entered by hand…", permissions=["enter"])
    def enter_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask once, because it is final; then settle the selected leads."""
        ids = chosen(leads)
        if "confirmed" not in request.POST:
            return self._ask(request, ids, "enter_selected", "Mark as entered by hand")
        entered = decisions.enter(Lead.objects.filter(pk__in=ids), request.user)
        tell(request, len(ids), entered, "marked as entered by hand")
        return None

    @admin.action(description="Discard…", permissions=["discard"])
    def discard_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask why; then give the selected leads up."""
        ids = chosen(leads)
        form = DiscardForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, ids, "discard_selected", "Discard", form)
        note = form.cleaned_data["note"]
        given_up = decisions.discard(Lead.objects.filter(pk__in=ids), request.user, note)
        tell(request, len(ids), given_up, "discarded")
        return None

    def _ask(
        self,
        request: HttpRequest,
        ids: list[int],
        action: str,
        verb: str,
        form: DiscardForm | None = None,
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": verb,
            "opts": self.opts,
            "leads": Lead.objects.filter(pk__in=ids[:10]).select_related("site").order_by("-pk"),
            "ids": ids,
            "more": max(0, len(ids) - 10),
            "action": action,
            "verb": verb,
            "form": form,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/leads/confirm.html", context)


def chosen(leads: QuerySet[Any]) -> list[int]:
    """The ids of the selected leads, the first thousand of them."""
    return list(leads.values_list("pk", flat=True)[:MOST_AT_ONCE])


def tell(request: HttpRequest, asked: int, changed: int, what: str) -> None:
    """What became of a selection."""
    noun = "lead" if changed == 1 else "leads"
    messages.success(request, f"{changed:,} {noun} {what}.")
    if asked > changed:
        messages.warning(request, f"{asked - changed:,} not: held by a rule, or settled already.")
    if asked == MOST_AT_ONCE:
        messages.info(request, f"{asked:,} at once is the most; select again for the rest.")
