"""Listening: the newest post of a source as it comes in, until a person finds it read right."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.decisions.as_test import mark_as_test
from leads.decisions.source import confirm
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand
from leads.desk.lead.choices import choice_rows
from leads.desk.sites.sources.find import newest_post, source_of, source_url
from leads.desk.sites.test_leads import story
from leads.models import Lead, Source


def listening(request: HttpRequest, source: Source, lead: Lead | None) -> dict[str, Any]:
    """The box as it is drawn, and whether it goes on listening."""
    return {
        "listens": source.confirmed_at is None,
        "listen_html": _drawn(request, source, lead) if source.confirmed_at is None else "",
        "listen_url": reverse("admin:leads_site_source_listen", args=[source.site_id, source.pk]),
    }


def listen(request: HttpRequest, pk: int, source_pk: int) -> JsonResponse:
    """The box as JSON: asked for again and again, in a few steps into indexes."""
    demand(request, "leads.view_source")
    return as_json(request, source_of(pk, source_pk))


def as_json(request: HttpRequest, source: Source) -> JsonResponse:
    """`html`, the box; `open` while it listens; `word`, what is new in it, for who cannot see."""
    lead = newest_post(source)
    response = JsonResponse(
        {
            "html": _drawn(request, source, lead),
            "open": source.confirmed_at is None,
            "word": (
                _("A post came in: lead %(lead_pk)s, %(status)s.")
                % {"lead_pk": lead.pk, "status": lead.get_status_display()}
            )
            if lead
            else "",
        }
    )
    response["Cache-Control"] = "no-store"
    return response


def _drawn(request: HttpRequest, source: Source, lead: Lead | None) -> str:
    refused = source.rejected.order_by("-pk").only("received_at", "status", "why").first()
    if refused and lead and refused.received_at < lead.received_at:
        refused = None
    context: dict[str, Any] = {
        "source": source,
        "refused": refused,
        "may_choose": request.user.has_perm("leads.change_source"),
        "rows": choice_rows(lead, source.chosen, request.user) if lead else [],
    }
    if lead:
        context |= story(lead)
    return render_to_string("admin/leads/sites/sources/listening.html", context, request)


def looks_right(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """End the listening: its posts are read right."""
    demand(request, "leads.change_source")
    source = source_of(pk, source_pk)
    with transaction.atomic():
        if confirm(source):
            attribute(source.site, request.user, f"Found the posts of “{source}” read right.")
    messages.success(
        request,
        (_("“%(source)s” is connected: its leads go to Zoho from now on.") % {"source": source}),
    )
    return HttpResponseRedirect(source_url(source))


def was_a_test(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """Take the lead out of every figure: it was somebody's test."""
    demand(request, "leads.change_source")
    source, said = source_of(pk, source_pk), request.POST.get("lead", "")
    leads = Lead.objects.filter(webhook_source=source).defer("body", "data")
    lead = get_object_or_404(leads, pk=int(said) if said.isdecimal() else 0)
    with transaction.atomic():
        changed = mark_as_test(lead, request.user)
        if changed:
            attribute(source.site, request.user, f"Lead {lead.pk} of “{source}” was a test.")
    if "application/json" in request.headers.get("Accept", ""):
        return as_json(request, source)
    marked = _("Lead %(pk)s is a test, and in no figure.")
    words = marked if changed else _("Lead %(pk)s cannot be made a test now.")
    messages.info(request, words % {"pk": lead.pk})
    return HttpResponseRedirect(source_url(source) + "#listening")
