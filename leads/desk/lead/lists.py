"""All leads, and the page of one: who, what, where from, and everything that happened."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leads.desk import person
from leads.desk.kit import masking
from leads.desk.kit.formatting import when, who
from leads.desk.kit.limits import veil_words
from leads.desk.kit.lists.filters import OfBulk, OwnerFilter, SpanFilter, TestFilter
from leads.desk.kit.lists.paging import Exact, ReadOnly, ReasonFilter, SiteFilter
from leads.desk.kit.search import SameAs, as_parameters, matching, numbered
from leads.desk.lead.page import lead_context
from leads.models import Lead
from leads.reasons import Reason
from leads.shown.sentences import shown

WHOSE = '<span class="whose">{}</span> '
TEST_BADGE = mark_safe('<span class="badge test">{}</span> ')


class StatusFilter(Exact):
    """By status."""

    title = gettext_lazy("status")
    parameter_name = column = "status"
    offered = Lead.Status.choices

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every status, and the two groups that figures speak of."""
        choices = super().lookups(request, model_admin)
        return [*choices, ("open", _("On the way")), ("settled", _("Settled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leads with the chosen status."""
        if self.chosen == "open":
            return queryset.filter(status__in=Lead.OPEN)
        if self.chosen == "settled":
            return queryset.exclude(status__in=Lead.OPEN)
        return super().queryset(request, queryset)


class LeadListAdmin(ReadOnly):
    """What the failed table and the list of all leads have in common."""

    change_list_template = "admin/leads/lead/list.html"
    page_template = "admin/leads/lead/page.html"
    search_fields = ["email"]  # draws the search box; what it finds is `matching`
    search_help_text = gettext_lazy("Lead id, exact e-mail or phone")
    kept_while_searching = ["tab", "status", "reason", "site"]
    list_select_related = ["site"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows without their two large columns, each with whose it is."""
        rows = super().get_queryset(request)
        return rows.select_related("site", "assignment__user").defer("body", "data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Exact, by an index; never a scan."""
        if not search_term:
            return queryset, False
        found = matching if masking.may_see(request.user) else numbered
        return queryset.filter(found(search_term)), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The rows, veiled for those who may not see personal data, whatever column shows them."""
        rows = super().get_changelist_instance(request)
        veil_words(rows.result_list, request.user)
        if not masking.may_see(request.user):
            for lead in rows.result_list:
                masking.veil(lead)
        return rows

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the search, which is a POST so that no URL holds an e-mail."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_search"
        view = self.admin_site.admin_view(require_POST(self.search))
        return [path("search/", view, name=name), *super().get_urls()]

    def search(self, request: HttpRequest) -> HttpResponse:
        """From what was typed to a list's address that names nobody."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = QueryDict(mutable=True)
        kept = {name: request.POST.get(name, "") for name in self.kept_while_searching}
        typed = request.POST.get("q", "").replace("\x00", "")
        asked = kept | self.searched(typed, request)
        query.update({name: value for name, value in asked.items() if value})
        here = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(f"{here}?{query.urlencode()}" if query else here)

    def searched(self, typed: str, request: HttpRequest) -> dict[str, str]:
        """What was typed, as parameters that name nobody."""
        return as_parameters(typed, request.user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under its plain name."""
        context = {"title": str(self.opts.verbose_name_plural), "cap": 10_000}
        if not masking.may_see(request.user):
            context["search_label"] = _("Lead id")
        return super().changelist_view(request, context | (extra_context or {}))

    def row_context(self, request: HttpRequest, row: Lead) -> dict[str, Any]:
        """Everything about the lead. Nothing is a field to edit: people decide, data stays."""
        return lead_context(self, request, row)

    @admin.display(description=gettext_lazy("ID"), ordering="pk")
    def number(self, lead: Lead) -> str:
        """The lead's id."""
        return str(lead.pk)

    @admin.display(description=gettext_lazy("Reason"))
    def why(self, lead: Lead) -> SafeString | str:
        """The reason as a badge in the colour of who must act."""
        if not lead.reason:
            return "—"
        owner = Reason(lead.reason).owner if Reason.knows(lead.reason) else ""
        said = format_html(' title="{}"', shown(lead.reason_text)) if lead.reason_text else ""
        badge = format_html('<span class="badge {}"{}>{}</span>', owner, said, lead.reason_title)
        if not lead.in_the_way or lead.status != Lead.Status.FAILED:
            return badge
        existing = reverse("admin:leads_failedlead_existing", args=[lead.pk])
        return format_html(
            '{} <a class="existing" href="{}" rel="noreferrer">{}{}</a>',
            badge,
            existing,
            _("the record in Zoho"),
            f" ({lead.in_the_way_module})" if lead.is_in_its_way_elsewhere else "",
        )

    @admin.display(description=gettext_lazy("Received"))
    def received(self, lead: Lead) -> SafeString | str:
        """When it came in."""
        return when(lead.received_at)

    @admin.display(description=gettext_lazy("Zoho id"))
    def zoho(self, lead: Lead) -> str:
        """The record it became."""
        return lead.zoho_id or "—"

    @admin.display(description=gettext_lazy("Data"))
    def summary(self, lead: Lead) -> SafeString:
        """Who, whole, and the source site, cut rather than wrapped; whose lead it is."""
        return format_html(
            '{}{} <span class="line site">{}{}</span>',
            format_html(TEST_BADGE, _("Test")) if lead.is_test else "",
            who(lead.name, lead.email, lead.phone) or _("no name, e-mail or phone"),
            format_html(WHOSE, lead.whose) if lead.whose else "",
            lead.site.name,
        )


@admin.register(Lead)
class LeadAdmin(LeadListAdmin):
    """Every lead, whatever became of it."""

    list_display = ["number", "state", "why", "summary", "received", "zoho"]
    list_filter = [
        StatusFilter, ReasonFilter, OwnerFilter, SiteFilter, SameAs, OfBulk, SpanFilter, TestFilter,
    ]  # fmt: skip
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the page of the person behind a lead."""
        return [*person.person_urls(self.admin_site), *super().get_urls()]

    @admin.display(description=gettext_lazy("Status"))
    def state(self, lead: Lead) -> SafeString:
        """Where it stands."""
        return format_html(
            '<span class="state {}">{}</span>', lead.status, lead.get_status_display()
        )
