"""Recognition on a site's plain posts and forms: what it would change, and its switch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads.desk.kit import masking
from leads.desk.kit.formatting import label
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand, may_view_leads
from leads.intake.recognise.preview import SHOWN, Otherwise, preview
from leads.models import Lead, Site

PERMISSION = "leads.change_site"
LOOKED_AT = 200
"""Leads that a preview reads again."""
CHUNK = 20
"""Leads held in memory at once: a lead can be a megabyte."""


def recognition_urls(admin_site: Any) -> list[URLPattern]:
    """The page's address below a site's."""
    view = require_http_methods(["GET", "HEAD", "POST"])(recognition_page)
    return [path("<int:pk>/recognition/", admin_site.admin_view(view), name="leads_recognition")]


def recognition_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What recognition would read otherwise; with its permission it is switched here."""
    if not (request.user.has_perm("leads.view_site") or request.user.has_perm(PERMISSION)):
        raise PermissionDenied
    if request.method == "POST":
        demand(request, PERMISSION)
    site = get_object_or_404(Site, pk=pk)
    if request.method == "POST":
        return switched(request, site)
    found, sees = preview(newest(site)), may_view_leads(request.user)
    context = admin.site.each_context(request) | {
        "title": _("Recognition: %(site)s") % {"site": site.name},
        "site": site,
        "found": found,
        "rows": [shown(row, request.user) for row in found.rows if sees],
        "may_see_rows": sees,
        "may_switch": request.user.has_perm(PERMISSION),
        "may_see_leads": request.user.has_perm("leads.view_lead"),
    }
    return TemplateResponse(request, "admin/leads/sites/recognition.html", context)


def switched(request: HttpRequest, site: Site) -> HttpResponse:
    """Switch it as the button says, and write down who did."""
    on = request.POST.get("to") == "on"
    with transaction.atomic():
        if Site.objects.recognise(site.pk, on):
            said = "Switched recognition of names on." if on else "Switched recognition off."
            attribute(site, request.user, said)
    done = (
        _("From the next post on, names are found by what the forms call them.")
        if on
        else _("From the next post on, only our own field names are read.")
    )
    messages.success(request, done)
    return HttpResponseRedirect(reverse("admin:leads_site_change", args=[site.pk]))


def newest(site: Site) -> Iterator[tuple[int, dict[str, Any]]]:
    """Id and data of the site's newest leads, but those of webhook addresses: these are read so."""
    leads, last = Lead.objects.filter(site=site).order_by("-pk"), None
    for _chunk in range(LOOKED_AT // CHUNK):
        rows = leads if last is None else leads.filter(pk__lt=last)
        chunk = list(rows.values_list("pk", "data", "source", "erased_at")[:CHUNK])
        for pk, data, source, erased_at in chunk:
            if source != Lead.Source.WEBHOOK and erased_at is None:
                yield pk, data
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][0]


def shown(row: Otherwise, user: Any) -> dict[str, Any]:
    """A row of the table, as the user may see it."""
    return {
        "lead_id": row.lead_id,
        "cells": [
            {
                "title": _("Name") if name == "name" else label(name),
                "today": masking.value(name, row.today[name], user),
                "then": masking.value(name, row.then[name], user),
                "differs": row.today[name] != row.then[name],
                "paths": [masking.field(path, user) for path in unclear_paths(row, name)],
            }
            for name in SHOWN
        ],
    }


def unclear_paths(row: Otherwise, name: str) -> list[str]:
    """Fields of the form that could both be the name, the address or the number."""
    ours = ("contact_name", "first_name", "last_name") if name == "name" else (name,)
    return [path for field in ours for path in row.unclear.get(field, [])]
