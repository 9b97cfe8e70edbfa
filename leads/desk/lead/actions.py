"""The buttons of the desk: from a POST to a decision, and back to the page or to the script."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.data import changed
from leads.decisions import settle, undo
from leads.decisions.correct import keep
from leads.decisions.retry import held_for
from leads.delivery.gateway import get_gateway
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand, may_view_leads
from leads.desk.lead.entry import entry_form
from leads.desk.lead.forms import DiscardForm
from leads.models import FailedLead, Lead, LeadEvent
from leads.reasons import Reason

Flow = Callable[[QuerySet[Lead]], int]


class SendingAgain(Protocol):
    """One of the decisions of `leads.decisions.retry`."""

    def __call__(self, leads: QuerySet[Lead], user: Any, *, hold_for: timedelta) -> int:
        """How many of the leads are on their way."""


ASKS = "ask"
"""In the address of a Retry that cannot help as the lead is: a script has said so before, or else a
page asks."""
LIST = "admin:leads_failedlead_changelist"
STATE = ("status", "reason", "reason_field", "due_at", "settled_at", "erased_at")
"""What telling a lead's state needs."""
PERMISSIONS: dict[str, str] = {
    LeadEvent.Kind.RETRIED: "leads.retry_lead",
    LeadEvent.Kind.SENT_ANYWAY: "leads.retry_lead",
    LeadEvent.Kind.UPDATED: "leads.retry_lead",
    LeadEvent.Kind.RELEASED: "leads.retry_lead",
    LeadEvent.Kind.CORRECTED: "leads.correct_lead",
    LeadEvent.Kind.ENTERED: "leads.enter_lead",
    LeadEvent.Kind.DISCARDED: "leads.discard_lead",
}
"""Who may decide a thing may take it back."""


def sends_again(decision: SendingAgain) -> Callable[[HttpRequest, int], HttpResponse]:
    """The view of a button that sends the lead again; how, its decision says."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "leads.retry_lead")
        if ASKS in request.GET and not _is_script(request):
            lead = get_object_or_404(Lead.objects.only(*STATE), pk=pk)
            if lead.status == Lead.Status.FAILED:
                return _ask(request, lead)
        hold = held_for()
        return _decide(request, pk, lambda leads: decision(leads, request.user, hold_for=hold))

    return view


def existing(request: HttpRequest, pk: int) -> HttpResponse:
    """On to the record in Zoho that the lead repeats."""
    if not may_view_leads(request.user):
        raise PermissionDenied
    lead = get_object_or_404(Lead.objects.select_related("site").defer("body", "data"), pk=pk)
    url = ""
    if lead.in_the_way:
        url = get_gateway().record_url(lead, lead.in_the_way, lead.in_the_way_module)
    return HttpResponseRedirect(url or lead_url(pk))


def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the lead as entered by hand, perhaps with the record's id and what was filled in."""
    demand(request, "leads.enter_lead")
    lead = get_object_or_404(Lead.objects.select_related("site").defer("body"), pk=pk)
    form = entry_form(lead, request.user, request.POST)
    if not form.is_valid():
        card = reverse("admin:leads_failedlead_entry", args=[pk]) if form.crm.fields else ""
        return refused(request, form, card)
    zoho_id = form.cleaned_data["zoho_id"]
    with transaction.atomic():
        if form.filled != form.crm.filled:
            before = lead.current_data()
            keep(pk, changed(before, dict(before), form.filled), request.user)
        return _decide(request, pk, lambda leads: settle.enter(leads, request.user, zoho_id))


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the lead up; a reason is asked for."""
    demand(request, "leads.discard_lead")
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    note = form.cleaned_data["note"]
    return _decide(request, pk, lambda leads: settle.discard(leads, request.user, note))


def undo_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the last decision: only what the user may decide, and while nothing came of it."""
    lead = get_object_or_404(Lead.objects.only(*STATE), pk=pk)
    decision = undo.undoable(lead, database_now())
    demand(request, PERMISSIONS[decision.kind if decision else LeadEvent.Kind.RETRIED])
    changed = decision is not None and undo.undo(decision, request.user)
    lead.refresh_from_db(fields=STATE)
    if _is_script(request):
        return JsonResponse(as_state(lead) | {"changed": changed})
    if changed:
        messages.success(
            request,
            (
                _("Lead %(pk)s: taken back. It is %(lead)s again.")
                % {"pk": pk, "lead": _status(lead)}
            ),
        )
    else:
        words = _("Lead %(pk)s can no longer be taken back: it is %(status)s.")
        messages.warning(request, words % {"pk": pk, "status": _status(lead)})
    return back(request)


def state(request: HttpRequest, pk: int) -> JsonResponse:
    """Where a lead stands, for the row that was just retried."""
    if not may_view_leads(request.user):
        raise PermissionDenied
    lead = get_object_or_404(Lead.objects.only(*STATE), pk=pk)
    response = JsonResponse(as_state(lead))
    response["Cache-Control"] = "no-store"
    return response


def as_state(lead: Lead) -> dict[str, Any]:
    """Status and reason in words; `open` while the last word is not spoken.

    `undo` is where the last decision is taken back, empty when it cannot be; `left` the seconds
    until a lead that waits for that is sent.
    """
    now = database_now()
    left = (lead.due_at - now).total_seconds() if lead.due_at else 0.0
    return {
        "id": lead.pk,
        "status": lead.status,
        "label": str(Lead.Status(lead.status).label),
        "reason": Reason.title_of(lead.reason, lead.reason_field) if lead.reason else "",
        "open": lead.is_open,
        "undo": undo_address(lead.pk) if undo.undoable(lead, now) else "",
        "left": max(0, math.ceil(left)) if lead.status == Lead.Status.QUEUED else 0,
    }


def undo_address(pk: int) -> str:
    """Where the last decision about the lead is taken back."""
    return reverse("admin:leads_failedlead_undo", args=[pk])


def _is_script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _ask(request: HttpRequest, lead: Lead) -> HttpResponse:
    """Whether the lead is to be sent again as it is."""
    context = admin.site.each_context(request) | {
        "title": _("Retry lead %(pk)s as it is?") % {"pk": lead.pk},
        "opts": FailedLead._meta,
        "verb": lead.pk,
        "lead": lead,
        "page": lead_url(lead.pk),
        "back": back(request)["Location"],
    }
    return TemplateResponse(request, "admin/leads/lead/again.html", context)


def _decide(request: HttpRequest, pk: int, flow: Flow) -> HttpResponse:
    get_object_or_404(Lead.objects.only("pk"), pk=pk)
    changed = bool(flow(Lead.objects.filter(pk=pk)))
    lead = Lead.objects.only(*STATE).get(pk=pk)
    if _is_script(request):
        return JsonResponse(as_state(lead) | {"changed": changed})
    tell(request, lead, changed)
    return back(request)


def tell(request: HttpRequest, lead: Lead, changed: bool) -> None:
    """One line that names the lead by its number and nobody by name."""
    about = {"pk": lead.pk, "status": _status(lead), "reason": lead.reason_title}
    if changed:
        messages.success(request, _("Lead %(pk)s: %(status)s.") % about)
    elif lead.status == Lead.Status.FAILED:
        messages.warning(request, _("Lead %(pk)s is held again: %(reason)s.") % about)
    else:
        words = _("Lead %(pk)s is %(status)s already; nothing was changed.")
        messages.info(request, words % about)


def _status(lead: Lead) -> str:
    return str(Lead.Status(lead.status).label).lower()


def refused(request: HttpRequest, form: Any, page: str = "") -> HttpResponse:
    """What a form has against what was posted, on the page that the button was pressed on."""
    text = " ".join(str(error) for errors in form.errors.values() for error in errors)
    if _is_script(request):
        return JsonResponse({"error": text}, status=400)
    messages.error(request, text)
    return HttpResponseRedirect(page) if page else back(request)


def back(request: HttpRequest) -> HttpResponse:
    """To the page that the button was pressed on, else to the table."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if ours else reverse(LIST))
