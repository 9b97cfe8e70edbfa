"""What sites sent and LeadOps could not take: to read, and to make a lead of."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from leads.desk.kit import masking
from leads.desk.kit.evidence import EvidenceAdmin
from leads.desk.kit.formatting import when
from leads.desk.kit.links import lead_url
from leads.desk.kit.lists.paging import Choice, SiteFilter
from leads.desk.kit.permissions import demand
from leads.desk.lead.forms import CorrectionForm
from leads.intake.rescue import readable, take_as_lead
from leads.models import RejectedSubmission
from leads.models.sites.rejected import KEPT_FOR

PERMISSION = "leads.take_rejectedsubmission"
ANSWERS = {
    400: gettext_lazy("It could not be read"),
    401: gettext_lazy("It was not signed as the site signs"),
    403: gettext_lazy("It came from a page that is not the site's"),
    413: gettext_lazy("It was too large"),
    415: gettext_lazy("It came in a form that is not read here"),
    422: gettext_lazy("Another lead had come under its number"),
}
"""Why it was not taken, by the status that the site was answered."""


class AnswerFilter(Choice):
    """By the answer that the site got."""

    title = gettext_lazy("why")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every answer that leaves a trace."""
        return [(str(status), words) for status, words in ANSWERS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rejected submissions with the chosen answer."""
        chosen = self.value() or ""
        return queryset.filter(status=int(chosen)) if chosen in map(str, ANSWERS) else queryset


@admin.register(RejectedSubmission)
class RejectedAdmin(EvidenceAdmin):
    """Broken posts of known sites, newest first."""

    change_list_template = "admin/leads/rejected/list.html"
    page_template = "admin/leads/rejected/page.html"
    list_display = ["number", "site", "plainly", "received", "became"]
    list_select_related = ["site"]
    list_filter = [AnswerFilter, SiteFilter]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows without what was sent."""
        return super().get_queryset(request).defer("body")

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the one that makes a lead."""
        view = self.admin_site.admin_view(
            require_http_methods(["GET", "HEAD", "POST"])(self.take_view)
        )
        name = "leads_rejectedsubmission_take"
        return [path("<int:pk>/take/", view, name=name), *super().get_urls()]

    def row_context(self, request: HttpRequest, row: RejectedSubmission) -> dict[str, Any]:
        """The trace, until when it is kept, and the way to a lead for those who may go it."""
        see = masking.may_see(request.user)
        return super().row_context(request, row) | {
            "rejected": row,
            "plainly": self.plainly(row),
            "kept_until": row.received_at + KEPT_FOR,
            "may_see": see,
            "may_take": see and request.user.has_perm(PERMISSION),
        }

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it as a lead: the form with what can be read, and what it makes."""
        demand(request, PERMISSION)
        demand(request, masking.PERMISSION)
        rejected = get_object_or_404(RejectedSubmission.objects.select_related("site"), pk=pk)
        page = reverse("admin:leads_rejectedsubmission_change", args=[pk])
        form = CorrectionForm(readable(rejected), rejected.site, request.POST or None)
        if request.method == "POST" and form.is_valid():
            lead = take_as_lead(rejected, form.data_to_send(), request.user)
            if lead is None:
                messages.info(request, _("Somebody has taken it as a lead already."))
                return HttpResponseRedirect(page)
            state = str(lead.get_status_display()).lower()
            messages.success(
                request,
                (
                    _("Rejected submission %(pk)s is lead %(lead_pk)s now: %(state)s.")
                    % {"pk": pk, "lead_pk": lead.pk, "state": state}
                ),
            )
            return HttpResponseRedirect(lead_url(lead.pk))
        context = self.admin_site.each_context(request) | {
            "title": _("Take it as a lead"),
            "opts": self.opts,
            "rejected": rejected,
            "form": form,
            "back": page,
        }
        return TemplateResponse(request, "admin/leads/rejected/take.html", context)

    @admin.display(description=gettext_lazy("Why"))
    def plainly(self, row: RejectedSubmission) -> str:
        """Why it was not taken, as a person says it."""
        return str(ANSWERS.get(row.status) or _("It could not be taken"))

    @admin.display(description=gettext_lazy("Received"))
    def received(self, row: RejectedSubmission) -> SafeString | str:
        """When it came in."""
        return when(row.received_at)

    @admin.display(description=gettext_lazy("Lead"))
    def became(self, row: RejectedSubmission) -> SafeString | str:
        """The lead that somebody made of it."""
        if row.lead_id is None:
            return "—"
        return format_html('<a href="{}">{}</a>', lead_url(row.lead_id), row.lead_id)
