"""Test leads of a site: sending one, and what becomes of it while one looks on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from leads.clock import database_now
from leads.delivery.gateway import get_gateway
from leads.desk.kit.history import attribute
from leads.desk.kit.links import test_leads_url
from leads.desk.kit.pauses import what_holds
from leads.desk.kit.permissions import demand, may_view_leads
from leads.intake.errors import OverQuota
from leads.intake.test_lead import send_test_lead
from leads.models import Heartbeat, Lead, Site
from leads.reasons import Reason

PERMISSION = "leads.test_site"
SHOWN = 3


def test_lead_urls(admin_site: Any) -> list[URLPattern]:
    """The addresses below a site."""
    return [
        path(
            "<int:pk>/test-lead/",
            admin_site.admin_view(require_POST(send)),
            name="leads_site_test_lead",
        ),
        path(
            "<int:pk>/test-lead/<int:lead_pk>/",
            admin_site.admin_view(require_GET(state)),
            name="leads_site_test_state",
        ),
    ]


def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Store a test lead; the script gets its state, everybody else the site's page."""
    demand(request, PERMISSION)
    site = get_object_or_404(Site.objects.select_related("destination"), pk=pk)
    scripted = "application/json" in request.headers.get("Accept", "")
    try:
        lead = send_test_lead(site)
    except OverQuota as refusal:
        if scripted:
            return _as_json({"open": False, "html": format_html("<p>{}</p>", refusal.detail)})
        messages.error(request, str(refusal.detail))
        return HttpResponseRedirect(test_leads_url(pk))
    attribute(site, request.user, f"Sent test lead {lead.pk}.")
    return _as_json(shown(request, lead)) if scripted else HttpResponseRedirect(test_leads_url(pk))


def state(request: HttpRequest, pk: int, lead_pk: int) -> JsonResponse:
    """Where a test lead stands, as words and as HTML."""
    if not may_view_leads(request.user):
        demand(request, PERMISSION)
    return _as_json(shown(request, get_object_or_404(test_leads_of(pk), pk=lead_pk)))


def shown(request: HttpRequest, lead: Lead) -> dict[str, Any]:
    """`html`, the state drawn; `url`, where it is asked for again; `open` while it may change."""
    return {
        "html": render_to_string("admin/leads/sites/trial.html", story(lead), request),
        "url": reverse("admin:leads_site_test_state", args=[lead.site_id, lead.pk]),
        "open": lead.is_open,
    }


def story(lead: Lead) -> dict[str, Any]:
    """What the state shows: how far the lead is, and what keeps it from going on."""
    now = database_now()
    return {
        "lead": lead,
        "now": now,
        "about": Reason(lead.reason).about if lead.reason in Reason.values else None,
        "record_url": get_gateway().record_url(lead) if lead.zoho_id else "",
        "held_by": held_by(lead),
        "nobody_works": lead.is_open and not Heartbeat.objects.beating(now).at_work().exists(),
    }


def held_by(lead: Lead) -> str:
    """What an open lead waits for: a pause of the destination or the site; empty for nothing."""
    paused = what_holds(lead) if lead.is_open else None
    return str(paused.get_pause_reason_display()) if paused else ""


def test_leads_of(site_id: int) -> QuerySet[Lead]:
    """The site's test leads, newest first."""
    own = Lead.objects.filter(site=site_id, is_test=True).select_related("site", "destination")
    return own.defer("body", "data").order_by("-received_at", "-pk")


def latest(request: HttpRequest, site: Site) -> list[dict[str, Any]]:
    """The last few test leads of the site, as they stand."""
    # Among the newest of the site's leads: a test lead long ago is no news, and finding it would
    # mean reading past all that came since.
    newest = Lead.objects.filter(site=site).order_by("-received_at").values("pk")[:200]
    ids = [row["pk"] for row in newest]
    return [shown(request, lead) for lead in test_leads_of(site.pk).filter(pk__in=ids)[:SHOWN]]


def _as_json(data: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(data)
    response["Cache-Control"] = "no-store"
    return response
