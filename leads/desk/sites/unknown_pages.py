"""Leads of a site that came from pages nobody had allowed, and the page that allows one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads.clock import database_now
from leads.decisions import unknown_pages
from leads.decisions.unknown_pages import held_from, held_from_unknown, held_pages
from leads.desk.kit import masking
from leads.desk.kit.formatting import number
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand, may_view_leads
from leads.intake.guard.foreign import MOST_A_DAY, refused_today
from leads.intake.guard.origins import origin_of
from leads.models import Lead, Site

MOST_PAGES, MOST_LEADS = 50, 100
"""How many of each a page shows."""
OF_EACH = 10
"""Leads of one page of a site, on the list of all of them."""
TO_ALLOW = ("leads.change_site", "leads.retry_lead", "leads.view_failedlead")
"""Allowing a page changes the site and releases leads, which are shown before."""
COLUMNS = ("pk", "name", "email", "phone", "page", "flags", "received_at")


def unknown_page_urls(admin_site: Any) -> list[URLPattern]:
    """The addresses below a site."""

    def get(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        pattern: URLPattern = path(route, admin_site.admin_view(view), name=name)
        return pattern

    views = require_safe(held_page), require_http_methods(["GET", "HEAD", "POST"])(allow)
    return [
        get("<int:pk>/unknown-pages/", views[0], "leads_site_unknown_pages"),
        get("<int:pk>/unknown-pages/<str:host>/", views[1], "leads_site_allow_page"),
    ]


def list_url(site: Site) -> str:
    """The list of what is held of a site."""
    return reverse("admin:leads_site_unknown_pages", args=[site.pk])


# --- On the site's page ---------------------------------------------------------------------------


def card(request: HttpRequest, site: Site) -> SafeString:
    """How many are held and from where; nothing where none is."""
    pages = held_pages(site)
    refused = refused_today(site.pk)
    if not (pages or refused) or not may_view_leads(request.user):
        return SafeString()
    context = {
        "pages": pages[:3],
        "more": max(0, len(pages) - 3),
        "count": sum(page.count for page in pages),
        "refused": refused,
        "most": MOST_A_DAY,
        "url": list_url(site),
        "now": database_now(),
    }
    return render_to_string("admin/leads/sites/unknown_pages/card.html", context)


# --- The list -------------------------------------------------------------------------------------


def held_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Each page with its count and its newest leads."""
    demand(request, "leads.view_site")
    demand(request, "leads.view_failedlead")
    site = get_object_or_404(Site, pk=pk)
    pages, newest = held_pages(site), leads_by_origin(site, request.user)
    context = shown(request, site) | {
        "title": _("Held from unknown pages"),
        "pages": [(page, newest.get(page.origin, [])) for page in pages[:MOST_PAGES]],
        "more": max(0, len(pages) - MOST_PAGES),
        "refused": refused_today(site.pk),
        "most": MOST_A_DAY,
        "may_allow": may_allow(request.user),
    }
    return TemplateResponse(request, "admin/leads/sites/unknown_pages/list.html", context)


def leads_by_origin(site: Site, user: Any) -> dict[str, list[dict[str, Any]]]:
    """The newest few of each origin, as the user may see them."""
    found = defaultdict[str, list[dict[str, Any]]](list)
    newest = held_from_unknown(site).only(*COLUMNS).order_by("-pk")
    for lead in newest[: MOST_PAGES * OF_EACH]:
        rows = found[origin_of(lead.page)]
        if len(rows) < OF_EACH:
            rows.append(row_of(lead, user))
    return dict(found)


def row_of(lead: Lead, user: Any) -> dict[str, Any]:
    """A lead in a list: nothing that the user may not see."""
    return {
        "pk": lead.pk,
        "who": masking.who(lead, user),
        "page": masking.words(lead.page, user),
        "received_at": lead.received_at,
        "oddities": [flag for flag in lead.oddities if flag != "foreign_page"],
    }


def shown(request: HttpRequest, site: Site) -> dict[str, Any]:
    """What both pages show."""
    return admin.site.each_context(request) | {
        "opts": Site._meta,
        "site": site,
        "site_url": reverse("admin:leads_site_change", args=[site.pk]),
        "list_url": list_url(site),
        "now": database_now(),
    }


def may_allow(user: Any) -> bool:
    """Whether the user may let a page post: it changes the site and releases leads."""
    return bool(user.has_perms(TO_ALLOW))


# --- Allowing one ---------------------------------------------------------------------------------


def allow(request: HttpRequest, pk: int, host: str) -> HttpResponse:
    """Ask, with the leads in view; then allow the page and release what was shown."""
    for right in TO_ALLOW:
        demand(request, right)
    site, origin = get_object_or_404(Site, pk=pk), origin_of(f"https://{host}")
    leads = held_from(site, origin)
    if unknown_pages.host_of(origin) != host or not leads.exists():
        messages.info(request, _("Nothing is held from that page."))
        return HttpResponseRedirect(list_url(site))
    up_to = request.POST.get("up_to", "")
    if request.method == "POST" and up_to.isascii() and up_to.isdecimal():
        return allowed(request, site, origin, min(int(up_to), 2**63 - 1))
    return TemplateResponse(
        request,
        "admin/leads/sites/unknown_pages/allow.html",
        shown(request, site) | asked(leads, origin, request.user) | {"site": site},
    )


def asked(leads: QuerySet[Lead], origin: str, user: Any) -> dict[str, Any]:
    """The leads that would go, and how many stay."""
    newest = leads.aggregate(newest=Max("pk"))["newest"]
    going = unknown_pages.releasable(leads, newest)
    count = going.count()
    return {
        "title": _("Allow %(origin)s") % {"origin": origin},
        "origin": origin,
        "up_to": newest,
        "count": count,
        "stay": leads.count() - count,
        "rows": [row_of(lead, user) for lead in going.only(*COLUMNS).order_by("-pk")[:MOST_LEADS]],
        "at_once": unknown_pages.MOST_AT_ONCE,
    }


def allowed(request: HttpRequest, site: Site, origin: str, up_to: int) -> HttpResponse:
    """Allow the page and release its leads; back to the list, with what came of it."""
    with transaction.atomic():
        if unknown_pages.allow_page(site, origin):
            attribute(site, request.user, f"Allowed the page {origin}.")
    going = unknown_pages.release_page(site, origin, up_to, request.user)
    if going:
        attribute(site, request.user, f"Released what was held from {origin}: {going} leads.")
    left = unknown_pages.releasable(held_from(site, origin), up_to).count()
    said = _("%(origin)s may post for the site. Held leads on their way now: %(going)s.") % {
        "origin": origin,
        "going": number(going),
    }
    messages.success(
        request,
        said + ((_(" Left: %(left)s, press again.") % {"left": number(left)}) if left else ""),
    )
    return HttpResponseRedirect(list_url(site))
