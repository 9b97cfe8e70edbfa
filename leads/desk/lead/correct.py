"""Edit and retry: a lead's data in a form that says what Zoho would make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from leads.data import KNOWN_FIELDS
from leads.decisions.correct import correct
from leads.decisions.retry import held_for
from leads.delivery.gateway import Preview, get_gateway
from leads.desk.kit import masking
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
from leads.desk.lead.actions import tell
from leads.desk.lead.data_rows import guilty_names, mended
from leads.desk.lead.forms import CorrectionForm
from leads.desk.lead.timeline import differences
from leads.models import Lead


def correction_page(admin_site: Any) -> Callable[[HttpRequest, int], HttpResponse]:
    """The form, its check without saving, and what it sends."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "leads.correct_lead")
        if not masking.may_see(request.user):
            raise PermissionDenied
        lead = get_object_or_404(Lead.objects.select_related("site"), pk=pk)
        form = CorrectionForm(lead.current_data(), lead.site, request.POST or None)
        sends = request.method == "POST" and "check" not in request.POST
        if sends and form.is_valid():
            data, hold = form.data_to_send(), held_for()
            changed = correct(pk, data, request.user, hold)
            tell(request, changed or lead, bool(changed and changed.is_open))
            return HttpResponseRedirect(lead_url(pk))
        context = admin_site.each_context(request) | correction_context(lead, form)
        return TemplateResponse(request, "admin/leads/lead/correct.html", context)

    return view


def correction_context(lead: Lead, form: CorrectionForm) -> dict[str, Any]:
    """The form with the lead's data, or with what was entered and not sent yet."""
    entered = form.is_bound and form.is_valid()
    data = form.data_to_send() if entered else lead.current_data()
    preview = get_gateway().preview(lead, data)
    guilty = guilty_names(lead.reason_field, preview.form, data)
    return {
        "title": f"Edit and retry lead {lead.pk}",
        "lead": lead,
        "form": form,
        "inputs": [(field, *said(field.name, guilty, preview, data)) for field in form],
        "preview": preview,
        "checked": entered,
        "changes": differences(lead.data, data),
        "back": lead_url(lead.pk),
        "mendable": lead.status in Lead.MENDABLE,
    }


def said(name: str, guilty: set[str], preview: Preview, data: dict[str, Any]) -> tuple[bool, str]:
    """Whether an input's field was named by the refusal, and how its value would be mended.

    The input for all other fields speaks for each of them.
    """
    if name != "others":
        return name in guilty, mended(name, preview, data)
    others = [other for other in data if other not in KNOWN_FIELDS]
    words = {other: mended(other, preview, data) for other in others}
    return bool(guilty & set(others)), "; ".join(f"{k}: {v}" for k, v in words.items() if v)
