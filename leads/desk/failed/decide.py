"""Deciding about many leads of the failed table: ticked one by one, or all of a view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.clock import Deadline
from leads.criteria import MOST_IDS
from leads.decisions import retry, settle
from leads.desk.failed import saved_views
from leads.desk.failed.acts import AS_THEY_ARE, FILL_IN, FINAL, NOTES, helpful
from leads.desk.failed.chips import Chip
from leads.desk.failed.export import export
from leads.desk.failed.filters import asked, tab_of
from leads.desk.kit.formatting import number
from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.lists.paging import capped_count, shown_count
from leads.desk.kit.masking import may_see
from leads.desk.lead.forms import DiscardForm
from leads.desk.lead.team.assign import PERMISSION as ASSIGN
from leads.desk.lead.team.assign import AssignForm
from leads.models import FailedLead, Lead
from leads.reasons import REFUSED_AGAIN, Reason
from leads.selection import LeadFilter

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHUNK = 500
"""Leads that one transaction of a decision about many takes."""
PATIENCE = 20
"""Seconds that a decision about many may take; what is left is said, and pressed again."""
OF_FAILED = frozenset(
    ("fill_selected", "send_anyway_selected", "release_selected", "update_selected")
)
"""Actions that mean leads which failed for a certain reason."""
OF_ANY = frozenset(("assign_selected", "export_selected"))
"""Actions upon leads in whatever state."""
LEFT_ALONE = gettext_lazy("held by a rule, or settled already")
NOTHING = gettext_lazy("Nothing was selected, so nothing was changed.")


class DecidesAboutMany(ModelAdmin[FailedLead]):
    """The actions of the table, each a call into one decision."""

    actions = [
        *("retry_selected", "fill_selected", "send_anyway_selected", "release_selected"),
        *("update_selected", "enter_selected", "discard_selected", "assign_selected"),
        "export_selected",
    ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """What can be done with many; with settled leads only what changes nothing of them.

        Nothing in a view that was not understood, so that what is posted there does nothing.
        """
        if asked(request).refused:
            return {}
        actions = super().get_actions(request)
        if tab_of(request).name == "failed":
            return actions
        if tab_of(request).name == "waiting":
            return {n: action for n, action in actions.items() if n not in OF_FAILED}
        return {name: action for name, action in actions.items() if name in OF_ANY}

    def actions_for_many(
        self, request: HttpRequest, view: LeadFilter, found: list[Chip]
    ) -> list[tuple[str, str]]:
        """The buttons of the bar: what helps these leads, and first what helps the whole view."""
        open_to = {name: str(words) for _f, name, words in self.get_actions(request).values()}
        reasons = [view.reason] if view.reason else [chip.reason for chip in found]
        helping = [act.action for act in helpful(reasons, request.user) if act.action in open_to]
        plain = [name for name in open_to if name not in OF_FAILED]
        names = [*helping, *plain] if view.reason else [*plain[:1], *helping, *plain]
        return [(name, open_to[name]) for name in dict.fromkeys(names)]

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[FailedLead], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """What the action answers: back to the view, or to the whole tab where none is left."""
        answer = super().response_action(request, queryset, *args, **kwargs)
        asked_for, here = asked(request), request.get_full_path()
        goes_back = isinstance(answer, HttpResponseRedirect) and answer.url == here
        if not goes_back or not asked_for.query().keys() - {"tab"} or queryset.exists():
            return answer
        return HttpResponseRedirect(f"{request.path}?tab={asked_for.tab.value}")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether the user may retry leads."""
        return request.user.has_perm("leads.retry_lead")

    def has_fill_permission(self, request: HttpRequest) -> bool:
        """Whether the user may correct leads and send them, and see what is in them."""
        return FILL_IN.is_open_to(request.user)

    def has_enter_permission(self, request: HttpRequest) -> bool:
        """Whether the user may mark leads as entered by hand."""
        return request.user.has_perm("leads.enter_lead")

    def has_discard_permission(self, request: HttpRequest) -> bool:
        """Whether the user may discard leads."""
        return request.user.has_perm("leads.discard_lead")

    def has_assign_permission(self, request: HttpRequest) -> bool:
        """Whether the user may assign leads to colleagues."""
        return request.user.has_perm(ASSIGN)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the user may take leads away as a file."""
        return request.user.has_perm("leads.export_lead") and may_see(request.user)

    @admin.action(description=gettext_lazy("Retry selected"), permissions=["retry"])
    def retry_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Send the selected leads again, behind fresh ones; all of a view by way of its plan."""
        if of_whole_view(request) and tab_of(request).name == "failed":
            query = asked(request).address()
            plan = reverse("admin:leads_bulkretry_plan")
            return HttpResponseRedirect(f"{plan}?{query}" if query else plan)
        count, hopeless = capped_count(leads), refused_again(leads)
        if hopeless and "confirmed" not in request.POST:
            note = _("Of these, %(hopeless)s would be refused again. %(as_they_are)s") % {
                "hopeless": shown_count(hopeless),
                "as_they_are": AS_THEY_ARE,
            }
            return self._ask(request, leads, "retry_selected", _("Retry as they are"), note=note)
        band = Lead.Band.BULK if count > 1 else Lead.Band.NORMAL
        flow = lambda rows: retry.retry(rows, request.user, band)  # noqa: E731
        tell(request, *decide(leads, flow), _("queued"))
        return None

    @admin.action(description=gettext_lazy("Fill in…"), permissions=["fill"])
    def fill_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """On to the page that fills in a field of the selected leads, or of the whole view."""
        wanted = asked(request)
        if not of_whole_view(request):
            ids = tuple(leads.values_list("pk", flat=True)[:MOST_IDS])
            wanted = LeadFilter(ids=ids or (0,), sites=wanted.sites)
        page, query = reverse("admin:leads_bulkretry_fill"), wanted.address()
        return HttpResponseRedirect(f"{page}?{query}" if query else page)

    @admin.action(description=gettext_lazy("Send anyway…"), permissions=["retry"])
    def send_anyway_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask once; then send those that the rule against duplicates holds."""
        held = leads.filter(status=Lead.Status.FAILED, reason=Reason.DUPLICATE_EMAIL)
        return self._send(request, held, "send_anyway_selected", retry.send_anyway)

    @admin.action(description=gettext_lazy("Release…"), permissions=["retry"])
    def release_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask once; then send those that look like spam and are none."""
        held = leads.filter(status=Lead.Status.FAILED, reason=Reason.QUARANTINED)
        return self._send(request, held, "release_selected", retry.release)

    @admin.action(description=gettext_lazy("Update existing…"), permissions=["retry"])
    def update_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask once; then write those over the records in their way that have one."""
        held = leads.filter(status=Lead.Status.FAILED, reason=Reason.DUPLICATE_RECORD)
        return self._send(request, held, "update_selected", retry.update_existing)

    def _send(
        self,
        request: HttpRequest,
        leads: QuerySet[FailedLead],
        action: str,
        decision: Callable[[QuerySet[Lead], Any], int],
    ) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            verb = str(self.get_actions(request)[action][2]).rstrip("…")
            return self._ask(request, leads, action, verb, note=NOTES[action])
        tell(request, *decide(leads, lambda rows: decision(rows, request.user)), _("queued"))
        return None

    @admin.action(description=gettext_lazy("Mark as entered by hand…"), permissions=["enter"])
    def enter_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask once, because it is final; then settle the selected leads."""
        if "confirmed" not in request.POST:
            return self._ask(request, leads, "enter_selected", _("Mark as entered by hand"))
        flow = lambda rows: settle.enter(rows, request.user)  # noqa: E731
        tell(request, *decide(leads, flow), _("marked as entered by hand"))
        return None

    @admin.action(description=gettext_lazy("Discard…"), permissions=["discard"])
    def discard_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask why; then give the selected leads up."""
        form = DiscardForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, leads, "discard_selected", _("Discard"), form)
        note = form.cleaned_data["note"]
        flow = lambda rows: settle.discard(rows, request.user, note)  # noqa: E731
        tell(request, *decide(leads, flow), _("discarded"))
        return None

    @admin.action(description=gettext_lazy("Assign…"), permissions=["assign"])
    def assign_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponse | None:
        """Ask to whom; then make the selected leads that colleague's."""
        posted = request.POST if "confirmed" in request.POST else None
        form = AssignForm(posted, initial={"whom": request.user.pk})
        if not form.is_valid():
            note = _("Nothing else changes of the leads, and anybody may still work on them.")
            return self._ask(request, leads, "assign_selected", _("Assign"), form, note)
        flow = lambda rows: form.give(rows, request.user)  # noqa: E731
        tell(request, *decide(leads, flow), form.words, _("so already"))
        return None

    @admin.action(description=gettext_lazy("Export CSV"), permissions=["export"])
    def export_selected(
        self, request: HttpRequest, leads: QuerySet[FailedLead]
    ) -> HttpResponseBase | None:
        """The selected leads as a file."""
        count = capped_count(leads)
        if not count:
            messages.warning(request, NOTHING)
            return None
        view = saved_views.described(request, asked(request))
        chosen = "" if of_whole_view(request) else _("chosen one by one in ")
        return export(leads, request.user, shown_count(count), chosen + view)

    def _ask(
        self,
        request: HttpRequest,
        leads: QuerySet[FailedLead],
        action: str,
        verb: str,
        form: Form | None = None,
        note: StrOrPromise = FINAL,
    ) -> HttpResponse | None:
        across, count = of_whole_view(request), capped_count(leads)
        if not count:
            messages.warning(request, NOTHING)
            return None
        context = self.admin_site.each_context(request) | {
            "title": verb,
            "opts": self.opts,
            "leads": list(leads.select_related("site")[:10]),
            # Of a whole view only the view is handed on: its rows are asked for again then.
            "ids": [] if across else list(leads.values_list("pk", flat=True)),
            "words": asked(request).words() if across else "",
            "count": shown_count(count),
            "several": count != 1,
            "more": shown_count(count - 10) if count > 10 else "",
            "action": action,
            "verb": verb,
            "note": note,
            "form": form,
            "is_final": note is FINAL,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/leads/failed/confirm.html", context)


def of_whole_view(request: HttpRequest) -> bool:
    """Whether the decision is about all leads of the view, not only those of the page."""
    return request.POST.get("select_across") == "1"


def refused_again(leads: QuerySet[Any]) -> int:
    """How many of these leads a plain retry cannot help, up to the cap of the table's counts."""
    return capped_count(leads.filter(status=Lead.Status.FAILED, reason__in=REFUSED_AGAIN))


def decide(leads: QuerySet[Any], flow: Callable[[QuerySet[Lead]], int]) -> tuple[int, int, int]:
    """Decide about leads chunk by chunk: how many were asked, changed, and left for next time."""
    ids, asked, changed = list(leads.values_list("pk", flat=True)), 0, 0
    deadline = Deadline(PATIENCE)
    for chunk in chunks(ids):
        if not deadline.allows(1):
            break
        changed += flow(Lead.objects.filter(pk__in=chunk))
        asked += len(chunk)
    return asked, changed, len(ids) - asked


def chunks(ids: list[int]) -> Iterator[list[int]]:
    """The ids in lists that one transaction takes."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def tell(
    request: HttpRequest,
    asked: int,
    changed: int,
    left: int,
    what: str,
    why_not: StrOrPromise = LEFT_ALONE,
) -> None:
    """What became of a selection."""
    if not asked:
        messages.warning(request, NOTHING)
        return
    words = ngettext("%(count)s lead %(what)s.", "%(count)s leads %(what)s.", changed)
    messages.success(request, words % {"count": number(changed), "what": what})
    if asked > changed:
        words = _("%(count)s not: %(why_not)s.")
        messages.warning(request, words % {"count": number(asked - changed), "why_not": why_not})
    if left:
        words = _("%(count)s are left: select again for the rest.")
        messages.info(request, words % {"count": number(left)})
