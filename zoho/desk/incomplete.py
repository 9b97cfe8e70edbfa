"""Incomplete in Zoho: the tab's button, its causes with Repair all, and the story of one lead."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leads.desk.failed.filters import asked, tab_of
from leads.desk.failed.table import FailedLeadAdmin
from leads.desk.kit.limits import NAMED
from leads.desk.kit.permissions import demand
from leads.desk.lead.timeline import Moment
from leads.models import CrmRecord, FailedLead, Lead
from leads.signals import story_told
from zoho.desk.converted import TellsConverted
from zoho.desk.repairs import OF_LEAD, SELECTED, words_of
from zoho.models import Cause, Finding, ReadBack, Repair
from zoho.proof.repair import begin

PERMISSION = "leads.retry_lead"
NAMED["cause_pk"] = Cause
MOST_CAUSES = 50
NOTHING = gettext_lazy("Nothing to repair: it stands on a list already, or is whole.")

admin.site.unregister(FailedLead)


@admin.register(FailedLead)
class ZohoFailedLeadAdmin(TellsConverted, FailedLeadAdmin):
    """The failed table with what can be done about records that lack values."""

    change_list_template = "admin/zoho/failed.html"
    actions = [*FailedLeadAdmin.actions, "repair_selected"]

    def get_urls(self) -> list[URLPattern]:
        """The table's addresses, and those of the repairs."""
        views = {
            "<int:pk>/repair/": (repair_lead, "repair"),
            "repair-cause/<int:cause_pk>/": (repair_cause, "repair_cause"),
        }
        ours = [
            path(route, self.admin_site.admin_view(require_POST(view)), name=f"{NAME}_{name}")
            for route, (view, name) in views.items()
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """On its own tab, with the causes."""
        shown = tab_of(request).name == "incomplete"
        more = {"causes": open_causes(asked(request).site, request.user) if shown else []}
        return super().changelist_view(request, more | (extra_context or {}))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """With a button in each row, for those who may press it."""
        columns = super().get_list_display(request)
        shown = tab_of(request).name == "incomplete" and request.user.has_perm(PERMISSION)
        return [*columns, "repair"] if shown else columns

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Repairing belongs to its tab."""
        actions = super().get_actions(request)
        if asked(request).refused or tab_of(request).name != "incomplete":
            return {name: one for name, one in actions.items() if name != "repair_selected"}
        mine = self.get_action("repair_selected")
        may = mine is not None and request.user.has_perm(PERMISSION)
        return ({"repair_selected": mine} if may else {}) | actions

    @admin.action(description=gettext_lazy("Repair in Zoho"), permissions=["retry"])
    def repair_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Write what is missing into the records of the selected leads."""
        return _begin(request, leads, SELECTED)

    @admin.display(description=gettext_lazy("Action"))
    def repair(self, lead: FailedLead) -> SafeString:
        """Write what is missing into its record."""
        return format_html(
            '<button class="soft" formaction="{0}/repair/" aria-label="{1}">{2}</button>',
            lead.pk,
            _("Repair lead %(number)s in Zoho") % {"number": lead.pk},
            _("Repair"),
        )


NAME = "leads_failedlead"


def repair_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Repair the record of one lead."""
    demand(request, PERMISSION)
    get_object_or_404(Lead.objects.only("pk"), pk=pk)
    return _begin(request, Lead.objects.filter(pk=pk), OF_LEAD(number=pk))


def repair_cause(request: HttpRequest, cause_pk: int) -> HttpResponse:
    """Repair the records of all leads of one cause."""
    demand(request, PERMISSION)
    cause = get_object_or_404(Cause.objects.select_related("site"), pk=cause_pk)
    leads = Lead.objects.filter(
        read_back__losses__cause=cause, read_back__losses__restored_at=None
    ).distinct()
    return _begin(request, leads, words_of(cause))


def _begin(request: HttpRequest, leads: QuerySet[Any], words: str) -> HttpResponse:
    repairs = begin(leads, request.user, words)
    if not repairs:
        messages.info(request, NOTHING)
        here = reverse("admin:leads_failedlead_changelist")
        return HttpResponseRedirect(f"{here}?tab=incomplete")
    return HttpResponseRedirect(reverse("admin:zoho_repair_change", args=[repairs[0].pk]))


def open_causes(site: int | None, user: Any) -> list[Any]:
    """The causes of which leads are incomplete, most leads first; of one site or of the user's."""
    still = Q(losses__restored_at=None, losses__read_back__state=ReadBack.State.INCOMPLETE)
    own = Cause.objects.visible_to(user).select_related("site")
    causes = own.annotate(leads=Count("losses", filter=still))
    if site is not None:
        causes = causes.filter(site=site)
    return list(causes.filter(leads__gt=0).order_by("-leads", "field")[:MOST_CAUSES])


# --- The story of one lead --------------------------------------------------------------------

READ = {
    ReadBack.State.WHOLE: ("good", gettext_lazy("Read back from Zoho: all that was sent is there")),
    ReadBack.State.CONVERTED: ("quiet", gettext_lazy("Converted in Zoho")),
    ReadBack.State.GONE: ("quiet", gettext_lazy("Deleted in Zoho, or merged into another record")),
}


@receiver(story_told, dispatch_uid="zoho.story")
def tell(lead: Lead, **_signal: Any) -> list[Moment]:
    """What reading the record back came to."""
    row = ReadBack.objects.filter(lead=lead).first()
    is_told = row is not None and row.state == ReadBack.State.CONVERTED
    moments = [] if is_told else converted_since(lead)
    if row is None:
        return moments
    losses = row.losses.select_related("cause").order_by("field")
    for found_at in sorted({loss.found_at for loss in losses}):
        said = ", ".join(str(loss.cause) for loss in losses if loss.found_at == found_at)
        moments.append(Moment(found_at, "notice", "bad", _("Incomplete in Zoho"), words=said))
    if row.read_at and (told := READ.get(ReadBack.State(row.state))):
        moments.append(Moment(row.read_at, "notice", *told))
    if Repair.objects.filter(ended_at=None, items__read_back=row, items__state="waiting").exists():
        moments.append(Moment(row.repairs.latest("pk").repair.created_at, "notice", "quiet", WAITS))
    return moments


def converted_since(lead: Lead) -> list[Moment]:
    """What the nightly readings found, where it was not read back since then."""
    row = CrmRecord.objects.filter(lead=lead, converted_at__isnull=False).first()
    if row is not None and row.converted_at:
        return [Moment(row.converted_at, "notice", *READ[ReadBack.State.CONVERTED])]
    found = Finding.objects.filter(lead=lead, kind=Finding.Kind.CONVERTED)
    first = found.select_related("reconciliation").order_by("pk").first()
    if first is None:
        return []
    return [Moment(first.reconciliation.started_at, "notice", *READ[ReadBack.State.CONVERTED])]


WAITS = gettext_lazy("On the list of a repair")
