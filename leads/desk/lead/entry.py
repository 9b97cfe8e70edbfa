"""The entry card: a lead in the order of Zoho's form, for typing it in by hand in a minute."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.data import as_text
from leads.delivery.gateway import Preview, get_gateway
from leads.desk.kit import masking
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
from leads.desk.lead.crm_inputs import PREFIX, CrmInputs, inputs_of
from leads.desk.lead.forms import EnterForm
from leads.models import Lead


@dataclass(frozen=True)
class Line:
    """One input of Zoho's form and what goes into it."""

    label: str
    value: str

    @property
    def is_long(self) -> bool:
        """Whether it needs several lines."""
        return "\n" in self.value or len(self.value) > 80


def lines(preview: Preview, asked: Container[str] = ()) -> list[Line]:
    """What there is to type, from the top of the form to its bottom; `asked` have inputs."""
    return [
        Line(field.label, text)
        for field in preview.form
        if field.name not in asked and (text := as_text(field.value).strip())
    ]


def entry_form(lead: Lead, user: Any, posted: QueryDict | None = None) -> EnterForm:
    """What a person says who has typed the lead in, and what they filled in on the way.

    Whoever may correct leads is asked for the fields that stopped it.
    """
    crm, open_to_it = CrmInputs(), lead.status in Lead.MENDABLE and _is_asked(posted)
    if open_to_it and user.has_perm("leads.correct_lead") and masking.may_see(user):
        data = lead.current_data()
        crm = inputs_of(lead, data, get_gateway().preview(lead, data))
    return EnterForm(posted, auto_id="enter_%s", crm=crm)


def _is_asked(posted: QueryDict | None) -> bool:
    """Whether the form is that of the card, and not a button alone."""
    return posted is None or any(name.startswith(PREFIX) for name in posted)


def entry_card(admin_site: Any) -> Callable[[HttpRequest, int], HttpResponse]:
    """The card of one lead."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "leads.enter_lead")
        if not masking.may_see(request.user):
            raise PermissionDenied
        lead = get_object_or_404(Lead.objects.select_related("site").defer("body"), pk=pk)
        preview, form = get_gateway().preview(lead), entry_form(lead, request.user)
        context = admin_site.each_context(request) | {
            "title": (_("Enter lead %(pk)s by hand") % {"pk": pk}),
            "lead": lead,
            "now": database_now(),
            "lines": lines(preview, {one.name for one in form.crm.fields}),
            "preview": preview,
            "form": form,
            "mendable": lead.status in Lead.MENDABLE,
            "back": lead_url(pk),
        }
        return TemplateResponse(request, "admin/leads/lead/entry.html", context)

    return view
