"""`/demo/`: a real form of the site “Demo”, and a lead on its way."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from leads.models import Lead, SiteKey
from leads.reasons import Reason

SITE = "Demo"
STEPS = [
    ("received", "Received"),
    ("queued", "Queued"),
    ("sending", "Sending"),
    ("delivered", "Delivered"),
]


def demo_page(request: HttpRequest) -> HttpResponse:
    """The form; with `?lead=UUID`, where that lead is."""
    token = live_token()
    lead = requested_lead(request.GET.get("lead", ""))
    context = {
        "action": reverse("form-intake", args=[token]),
        "next": request.build_absolute_uri(reverse("demo")),
        "lead": lead,
        "state": as_state(lead) if lead else None,
        "steps": STEPS,
    }
    return render(request, "leads/demo.html", context)


def demo_status(request: HttpRequest, reference: uuid.UUID) -> JsonResponse:
    """Where a lead of the demo site is. No personal data; other sites' leads are not known here."""
    live_token()
    lead = get_object_or_404(Lead, site__name=SITE, reference=reference)
    response = JsonResponse(as_state(lead))
    response["Cache-Control"] = "no-store"
    return response


def live_token() -> str:
    """The form token of the demo site. Raises Http404 where there is no such site."""
    keys = SiteKey.objects.live().filter(
        site__name=SITE, site__enabled=True, kind=SiteKey.Kind.FORM
    )
    token = keys.order_by("-pk").values_list("token", flat=True).first()
    if token is None:
        raise Http404("There is no demo site.")
    return token


def requested_lead(text: str) -> Lead | None:
    """The demo site's lead with this reference; None where there is none."""
    try:
        reference = uuid.UUID(text)
    except ValueError:
        return None
    return Lead.objects.filter(site__name=SITE, reference=reference).first()


def as_state(lead: Lead) -> dict[str, str | bool]:
    """Status and reason, and whether anything more will happen by itself."""
    return {
        "status": lead.status,
        "label": str(Lead.Status(lead.status).label),
        "reason": Reason.title_of(lead.reason, lead.reason_field) if lead.reason else "",
        "open": lead.is_open,
    }
