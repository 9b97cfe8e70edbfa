"""Edit and retry: a lead's data in a form that says what Zoho would make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from leads.data import KNOWN_FIELDS, filled_in
from leads.decisions.correct import correct
from leads.decisions.retry import held_for
from leads.delivery.crm_fields import named_in
from leads.delivery.gateway import Preview, get_gateway
from leads.desk.kit import masking
from leads.desk.kit.limits import veil_words
from leads.desk.kit.links import lead_url
from leads.desk.kit.lists.neighbours import KEPT, Neighbours, neighbours
from leads.desk.kit.permissions import demand
from leads.desk.lead.actions import tell
from leads.desk.lead.crm_inputs import PREFIX, inputs_of
from leads.desk.lead.data_rows import guilty_names, mended
from leads.desk.lead.forms import CorrectionForm
from leads.desk.lead.timeline import differences, whole
from leads.models import FailedLead, Lead


def correction_page(admin_site: Any) -> Callable[[HttpRequest, int], HttpResponse]:
    """The form, its check without saving, and what it sends."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "leads.correct_lead")
        if not masking.may_see(request.user):
            raise PermissionDenied
        lead = get_object_or_404(Lead.objects.select_related("site"), pk=pk)
        veil_words([lead], request.user)
        beside = came_from(admin_site, request, lead)
        form = correction_form(lead, lead.current_data(), request.POST or None)
        sends = request.method == "POST" and "check" not in request.POST
        outdated = sends and request.POST.get("revision", "") not in ("", str(lead.revision))
        if sends and not outdated and form.is_valid():
            changed = correct(pk, form.data_to_send(), request.user, held_for(), lead.revision)
            tell(request, changed or lead, bool(changed and changed.is_open))
            return HttpResponseRedirect(onwards(request, lead, beside))
        context = admin_site.each_context(request) | correction_context(lead, form)
        context |= {"outdated": outdated, "beside": beside}
        context["back"] = beside.back if beside else context["back"]
        return TemplateResponse(request, "admin/leads/lead/correct.html", context)

    return view


def came_from(admin_site: Any, request: HttpRequest, lead: Lead) -> Neighbours | None:
    """The failed table that the form was opened from, and the next lead there; None elsewhere."""
    if KEPT not in request.GET:
        return None
    return neighbours(admin_site.get_model_admin(FailedLead), request, lead, "correct")


def onwards(request: HttpRequest, lead: Lead, beside: Neighbours | None) -> str:
    """Where a person goes who has sent the lead: to the next one, back to the table, or to it."""
    if beside is None:
        return lead_url(lead.pk)
    return (beside.next if "next" in request.POST else "") or beside.back


def correction_form(
    lead: Lead, data: dict[str, Any], posted: Mapping[str, Any] | None, named: str = ""
) -> CorrectionForm:
    """The form of a lead. It asks for each field of the CRM that a reason or a check has named."""
    preview = get_gateway().preview(lead, data)
    asked = [*(posted or ()), *(PREFIX + name for name in named_in(named))]
    return CorrectionForm(data, lead.site, posted, crm=inputs_of(lead, data, preview, asked))


def correction_context(lead: Lead, form: CorrectionForm) -> dict[str, Any]:
    """The form with the lead's data, or with what was entered and not sent yet."""
    entered = form.is_bound and form.is_valid()
    data = form.data_to_send() if entered else lead.current_data()
    preview = get_gateway().preview(lead, data)
    if entered:
        # What is missing now has an input too, though nothing named it before.
        form = correction_form(lead, lead.current_data(), form.data, preview.failing)
        form.is_valid()
    guilty = guilty_names(lead.reason_field, preview.form, data)
    return {
        "title": (_("Edit and retry lead %(lead_pk)s") % {"lead_pk": lead.pk}),
        "lead": lead,
        "form": form,
        "inputs": [(field, *said(field.name, guilty, preview, data)) for field in form],
        "preview": preview,
        "failing": PREFIX + preview.failing if preview.failing not in guilty else "",
        "checked": entered,
        "changes": differences(lead.data, whole(dict(data), filled_in(data))),
        "page": lead_url(lead.pk),
        "back": lead_url(lead.pk),
        "mendable": lead.status in Lead.MENDABLE,
    }


def said(name: str, guilty: set[str], preview: Preview, data: dict[str, Any]) -> tuple[bool, str]:
    """Whether an input's field was named by the refusal, and how its value would be mended.

    The input for all other fields speaks for each of them.
    """
    if name.startswith(PREFIX):
        return name.removeprefix(PREFIX) in guilty | {preview.failing}, ""
    if name != "others":
        return name in guilty, mended(name, preview, data)
    others = [other for other in data if other not in KNOWN_FIELDS]
    words = {other: mended(other, preview, data) for other in others}
    return bool(guilty & set(others)), "; ".join(f"{k}: {v}" for k, v in words.items() if v)
