"""The buttons of the desk: from a POST to a decision, and back to the page or to the script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.delivery.gateway import get_gateway
from leads.desk import decisions, masking
from leads.desk.forms import CorrectionForm, DiscardForm, EnterForm
from leads.models import Lead
from leads.reasons import Reason

Flow = Callable[[QuerySet[Lead]], int]
LIST = "admin:leads_failedlead_changelist"


def urls(admin_site: Any) -> list[URLPattern]:
    """The desk's own addresses, each behind the admin's login and its own permission."""
    views = {
        "retry": require_POST(retry),
        "send-anyway": require_POST(send_anyway),
        "update-existing": require_POST(update_existing),
        "existing": require_GET(existing),
        "enter": require_POST(enter),
        "discard": require_POST(discard),
        "correct": require_http_methods(["GET", "HEAD", "POST"])(correct(admin_site)),
        "state.json": require_GET(state),
    }
    return [
        path(
            f"<int:pk>/{name}/" if "." not in name else f"<int:pk>/{name}",
            admin_site.admin_view(view),
            name=f"leads_failedlead_{name.split('.')[0].replace('-', '_')}",
        )
        for name, view in views.items()
    ]


def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the lead again now."""
    demand(request, "leads.retry_lead")
    return _decide(request, pk, lambda leads: decisions.retry(leads, request.user))


def send_anyway(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the lead past the duplicate rule."""
    demand(request, "leads.retry_lead")
    return _decide(request, pk, lambda leads: decisions.send_anyway(leads, request.user))


def update_existing(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the lead over the record that is in its way."""
    demand(request, "leads.retry_lead")
    return _decide(request, pk, lambda leads: decisions.update_existing(leads, request.user))


def existing(request: HttpRequest, pk: int) -> HttpResponse:
    """On to the record in Zoho that the lead repeats."""
    if not may_view(request):
        raise PermissionDenied
    lead = get_object_or_404(Lead.objects.select_related("site").defer("body", "data"), pk=pk)
    url = get_gateway().record_url(lead, lead.in_the_way) if lead.in_the_way else ""
    return HttpResponseRedirect(url or lead_page(pk))


def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the lead as entered by hand, perhaps with the record's id."""
    demand(request, "leads.enter_lead")
    form = EnterForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    zoho_id = form.cleaned_data["zoho_id"]
    return _decide(request, pk, lambda leads: decisions.enter(leads, request.user, zoho_id))


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the lead up; a reason is asked for."""
    demand(request, "leads.discard_lead")
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    note = form.cleaned_data["note"]
    return _decide(request, pk, lambda leads: decisions.discard(leads, request.user, note))


def correct(admin_site: Any) -> Callable[[HttpRequest, int], HttpResponse]:
    """Edit and retry: the form, and what it sends."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "leads.correct_lead")
        demand(request, masking.PERMISSION)
        lead = get_object_or_404(Lead.objects.select_related("site"), pk=pk)
        form = CorrectionForm(lead.current_data(), request.POST or None)
        if request.method == "POST" and form.is_valid():
            changed = decisions.correct(pk, form.data_to_send(), request.user)
            _tell(request, changed or lead, bool(changed and changed.is_open))
            return HttpResponseRedirect(lead_page(pk))
        context = admin_site.each_context(request) | {
            "title": f"Edit and retry lead {pk}",
            "lead": lead,
            "form": form,
            "back": lead_page(pk),
            "mendable": lead.status in decisions.MENDABLE,
        }
        return TemplateResponse(request, "admin/leads/correct.html", context)

    return view


def state(request: HttpRequest, pk: int) -> JsonResponse:
    """Where a lead stands, for the row that was just retried."""
    if not may_view(request):
        raise PermissionDenied
    lead = get_object_or_404(Lead.objects.only("status", "reason", "reason_field"), pk=pk)
    response = JsonResponse(as_state(lead))
    response["Cache-Control"] = "no-store"
    return response


def as_state(lead: Lead) -> dict[str, Any]:
    """Status and reason in words; `open` while the last word is not spoken."""
    return {
        "id": lead.pk,
        "status": lead.status,
        "label": str(Lead.Status(lead.status).label),
        "reason": Reason.title_of(lead.reason, lead.reason_field) if lead.reason else "",
        "open": lead.is_open,
    }


def demand(request: HttpRequest, permission: str) -> None:
    """Stop with 403 unless the user has the permission."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def may_view(request: HttpRequest) -> bool:
    """Whether the user may see leads at all."""
    user = request.user
    return user.has_perm("leads.view_failedlead") or user.has_perm("leads.view_lead")


def lead_page(pk: int) -> str:
    """The lead's permalink."""
    return reverse("admin:leads_lead_change", args=[pk])


def _decide(request: HttpRequest, pk: int, flow: Flow) -> HttpResponse:
    get_object_or_404(Lead.objects.only("pk"), pk=pk)
    changed = bool(flow(Lead.objects.filter(pk=pk)))
    lead = Lead.objects.only("status", "reason", "reason_field").get(pk=pk)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(as_state(lead) | {"changed": changed})
    _tell(request, lead, changed)
    return HttpResponseRedirect(_back(request))


def _tell(request: HttpRequest, lead: Lead, changed: bool) -> None:
    """One line that names the lead by its number and nobody by name."""
    status = str(Lead.Status(lead.status).label).lower()
    if changed:
        messages.success(request, f"Lead {lead.pk}: {status}.")
    elif lead.status == Lead.Status.FAILED:
        messages.warning(request, f"Lead {lead.pk} is held again: {lead.reason_title}.")
    else:
        messages.info(request, f"Lead {lead.pk} is {status} already; nothing was changed.")


def _refused(request: HttpRequest, form: Any) -> HttpResponse:
    text = " ".join(str(error) for errors in form.errors.values() for error in errors)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": text}, status=400)
    messages.error(request, text)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if ours else reverse(LIST)
