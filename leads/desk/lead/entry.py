"""The entry card: a lead in the order of Zoho's form, for typing it in by hand in a minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from leads.clock import database_now
from leads.data import as_text
from leads.delivery.gateway import Preview, get_gateway
from leads.desk.kit import masking
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
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


def lines(preview: Preview) -> list[Line]:
    """What there is to type, from the top of the form to its bottom."""
    return [
        Line(field.label, text) for field in preview.form if (text := as_text(field.value).strip())
    ]


def entry_card(admin_site: Any) -> Callable[[HttpRequest, int], HttpResponse]:
    """The card of one lead."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "leads.enter_lead")
        if not masking.may_see(request.user):
            raise PermissionDenied
        lead = get_object_or_404(Lead.objects.select_related("site").defer("body"), pk=pk)
        preview = get_gateway().preview(lead)
        context = admin_site.each_context(request) | {
            "title": f"Enter lead {pk} by hand",
            "lead": lead,
            "now": database_now(),
            "lines": lines(preview),
            "preview": preview,
            "form": EnterForm(auto_id="enter_%s"),
            "mendable": lead.status in Lead.MENDABLE,
            "back": lead_url(pk),
        }
        return TemplateResponse(request, "admin/leads/lead/entry.html", context)

    return view
