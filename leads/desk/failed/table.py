"""“Failed leads API injection”: what a person must look at, and what an outage holds back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from leads.clock import database_now
from leads.counters.of_sites import read_for
from leads.counters.read import Counters
from leads.criteria import Tab
from leads.desk.failed import saved_views
from leads.desk.failed.acts import helpful
from leads.desk.failed.chips import chips
from leads.desk.failed.columns import OFFERED, chosen_by, column_urls, columns_of
from leads.desk.failed.decide import DecidesAboutMany
from leads.desk.failed.filters import DRAWER, TABS, FailedList, asked, tab_of
from leads.desk.failed.rows import lead_actions
from leads.desk.kit.formatting import number, when_in_row
from leads.desk.kit.lists.paging import capped_count, shown_count
from leads.desk.kit.masking import may_see
from leads.desk.kit.search import among_failed
from leads.desk.lead.lists import LeadListAdmin
from leads.desk.lead.urls import lead_action_urls
from leads.models import CounterDelta, Destination, FailedLead, Lead
from leads.models.queries.keyset import Keyset
from leads.selection import LeadFilter

FIRST_CHIPS = 4
WAITING_CAP = 999
"""How far waiting leads are counted, which no counter holds: a thousand scattered rows are read in
milliseconds, ten thousand not."""


@admin.register(FailedLead)
class FailedLeadAdmin(DecidesAboutMany, LeadListAdmin):
    """The table that staff work every day."""

    change_list_template = "admin/leads/failed/list.html"
    list_display = ["number", "why", "summary", "created", "action"]
    list_filter = DRAWER
    search_help_text = _("Lead id, e-mail, phone, name or text")
    kept_while_searching = [
        *("tab", "reason", "field", "owner", "site", "assigned", "span", "from", "to", "tries"),
    ]

    @property
    def media(self) -> forms.Media:
        """None of Django's scripts: ours is enough, and jQuery is most of a page."""
        return forms.Media()

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """The order of the tab: newest failure first, or who waits longest."""
        return list(tab_of(request).order)

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the buttons'."""
        newer = self.admin_site.admin_view(require_GET(self.newer))
        return [
            path("newer.json", newer, name="leads_failedlead_newer"),
            *saved_views.saved_view_urls(self.admin_site),
            *column_urls(self.admin_site),
            *lead_action_urls(self.admin_site),
            *super().get_urls(),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FailedList]:
        """The list whose rows its LeadFilter says."""
        return FailedList

    def filtered(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the LeadFilter."""
        return asked(request).rows(rows, database_now())

    def searched(self, typed: str, request: HttpRequest) -> dict[str, str]:
        """An exact match where there is one; else the failed leads that hold the text."""
        exact = super().searched(typed, request)
        if not exact.get("same", "").endswith("-0") or not may_see(request.user):
            return exact
        found = among_failed(typed, request.user)
        return {"ids": ".".join(map(str, found)) or "0", "tab": ""}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The table with its tabs, and for an empty one when Zoho last took a lead.

        Its bare address is what a person has chosen to see first.
        """
        views = list(saved_views.own(request)[: saved_views.MOST])
        if request.method == "GET" and not request.GET and (own := saved_views.opening(views)):
            return HttpResponseRedirect(f"{request.path}?{own}")
        seen = Destination.objects.visible_to(request.user)
        newest = seen.exclude(last_success_at=None).order_by("-last_success_at")
        tab, view = tab_of(request), asked(request)
        query = view.query()
        drawn = {name for cls in DRAWER for name in _parameters(cls)}
        # Looked at by the page alone: what is posted here mostly ends in a redirect.
        read: Any = SimpleLazyObject(lambda: read_for(request.user))
        found: Any = SimpleLazyObject(lambda: chips(read, request.user))
        context = {
            "tab": tab,
            "tabs": SimpleLazyObject(lambda: tabs(read, request.user)),
            "mine": mine(request, view),
            "failed_count": lambda: number(read.count(CounterDelta.Kind.LEAD, Lead.Status.FAILED)),
            "view": view,
            "query": view.address(),
            "chosen": len({_group(name) for name in query if name in drawn}),
            "narrowed": query.keys() - {"tab"},
            "quiet": {n: v for n, v in query.items() if n not in drawn | {"tab"}},
            "chips": found if tab.name == "failed" else [],
            "acts": helpful([view.reason], request.user) if view.reason else [],
            "first_chips": FIRST_CHIPS,
            "saved_views": views,
            "columns": [(n, title, n in chosen_by(request)) for n, title in OFFERED.items()],
            "may_retry": self.has_retry_permission(request),
            "may_correct": request.user.has_perm("leads.correct_lead") and may_see(request.user),
            "actions_for_many": SimpleLazyObject(
                lambda: self.actions_for_many(request, view, found)
            ),
            "last_success": lambda: newest.values_list("last_success_at", flat=True).first(),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def newer(self, request: HttpRequest) -> JsonResponse:
        """How many leads have come into the view since the row that a page begins with."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        view, since = asked(request), request.GET.get("since", "")
        if view.refused:
            return JsonResponse({"error": view.refused}, status=400)
        keys = Keyset(tab_of(request).order)
        own = Lead.objects.visible_to(request.user)
        rows = keys.beyond(self.filtered(request, own), since, back=True)
        failed = read_for(request.user).count(CounterDelta.Kind.LEAD, Lead.Status.FAILED)
        new = shown_count(capped_count(rows, 99), 99)
        response = JsonResponse({"new": new, "failed": number(failed)})
        response["Cache-Control"] = "no-store"
        return response

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns of the tab, as the person has chosen; Action only for those who may act."""
        tab = tab_of(request).name
        columns = ["number", *columns_of(tab, chosen_by(request))]
        acts = tab in ("failed", "waiting") and self.has_retry_permission(request)
        return [*columns, "action"] if acts else columns

    def action_checkbox(self, lead: FailedLead) -> SafeString:
        """Django's, without a form's widget and template for each row: a sixth of the page."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            lead.pk,
            _("Select lead %(number)s") % {"number": lead.pk},
        )

    @admin.display(description=_("Not in Zoho"))
    def missing(self, lead: FailedLead) -> str:
        """The fields that were sent and are not there."""
        return lead.incomplete.missing

    @admin.display(description=_("Site"))
    def source_site(self, lead: FailedLead) -> str:
        """Where it was posted."""
        return lead.site.name

    @admin.display(description=_("Assigned to"))
    def assigned(self, lead: FailedLead) -> str:
        """Whose it is."""
        return lead.whose or "—"

    @admin.display(description=_("Tries"))
    def tries(self, lead: FailedLead) -> str:
        """How many tries it has used up itself."""
        return str(lead.attempts)

    @admin.display(description=_("Created"))
    def created(self, lead: FailedLead) -> SafeString | str:
        """When the failure was recorded; for a waiting lead since when it waits."""
        moment = lead.failed_at if lead.status == Lead.Status.FAILED else lead.queued_at
        return when_in_row(moment, timezone.now())

    @admin.display(description=_("Action"))
    def action(self, lead: FailedLead) -> SafeString:
        """The remedy that helps most, and Retry."""
        return lead_actions(lead)


def mine(request: HttpRequest, view: LeadFilter) -> dict[str, Any] | None:
    """One's own failed leads as a tab, for those who may be given some; None for all others."""
    if not request.user.has_perm("leads.assign_lead"):
        return None
    own = LeadFilter(assigned=request.user.pk)
    leads = Lead.objects.counted().visible_to(request.user)
    rows = own.rows(leads, database_now())
    return {
        "query": own.address(),
        "is_shown": view.tab == Tab.FAILED and view.assigned == own.assigned,
        "count": shown_count(capped_count(rows, WAITING_CAP), WAITING_CAP),
    }


def tabs(read: Counters, user: Any) -> list[dict[str, Any]]:
    """The tabs with how many leads each holds, test leads not counted; waiting ones to the cap."""
    own = Lead.objects.counted().visible_to(user)
    waiting = own.waiting(database_now())
    counts = {name: number(read.count(CounterDelta.Kind.LEAD, name)) for name in Lead.Status.values}
    incomplete = own.incomplete()
    counts["incomplete"] = shown_count(capped_count(incomplete, WAITING_CAP), WAITING_CAP)
    counts["waiting"] = shown_count(capped_count(waiting, WAITING_CAP), WAITING_CAP)
    return [{"tab": tab, "count": counts[tab.name]} for tab in TABS.values()]


def _parameters(cls: Any) -> tuple[str, ...]:
    return (cls.parameter_name, *getattr(cls, "PARAMETERS", ()))


def _group(name: str) -> str:
    """Two dates are one filter."""
    return "span" if name in ("from", "to") else name
