"""The box in the header: from what a caller says to their leads. No address holds a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from leads.criteria import NotUnderstood, understood
from leads.data import text
from leads.desk.kit import masking
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
from leads.models import Lead, SearchIndex
from leads.models.queries.visible import is_limited
from leads.search.find import Found, find, numbered
from leads.search.typed import Typed

PERMISSION = "leads.view_lead"
MOST = 50
"""Leads that a page lists: whoever sees more types another word."""
MORE = "yes"


def found_by(user: Any) -> str:
    """What the box of this person takes; empty for who may not look at leads."""
    if not user.has_perm(PERMISSION):
        return ""
    return _("Phone, name, e-mail or id") if masking.may_see(user) else _("Lead id or reference")


def find_urls(admin_site: Any) -> list[URLPattern]:
    """The page's address, which is that of no list."""
    view = require_http_methods(["GET", "HEAD", "POST"])(find_page(admin_site))
    return [path("find/", admin_site.admin_view(view), name="find")]


def find_page(admin_site: Any) -> Callable[..., HttpResponse]:
    """The page: a POST looks and leads on to an address that holds ids; a GET shows those leads."""

    @sensitive_post_parameters()
    def view(request: HttpRequest) -> HttpResponse:
        demand(request, PERMISSION)
        if request.method != "POST":
            return _shown(admin_site, request)
        typed = Typed.read(request.POST.get("q", ""))
        exact, found = look(typed, request.user)
        if exact and not found.pks and len(exact) == 1:
            return HttpResponseRedirect(lead_url(exact[0]))
        pks = list(dict.fromkeys([*exact, *found.pks]))[:MOST]
        if not pks:
            return _page(admin_site, request, {"title": _("Find a lead"), "typed": typed})
        asked = {"ids": ".".join(map(str, pks))} | ({"more": MORE} if found.are_some else {})
        return HttpResponseRedirect(f"{reverse('admin:find')}?{urlencode(asked)}")

    return view


def look(typed: Typed, user: Any) -> tuple[list[int], Found]:
    """Leads by a number that is theirs alone, and others by what the user may see of them."""
    own = Lead.objects.visible_to(user)
    exact = numbered(typed, own)
    if not masking.may_see(user) or (exact and typed.is_only_a_lead):
        return exact, Found([], False)
    others = own.filter(erased_at=None).exclude(pk__in=exact)
    found = find(typed, others, MOST)
    # That more match could be said of other sites' leads.
    return exact, replace(found, are_some=len(found.pks) == MOST) if is_limited(user) else found


def _shown(admin_site: Any, request: HttpRequest) -> HttpResponse:
    """The leads that an address names; without any, what can be looked for."""
    try:
        pks = understood("ids", request.GET["ids"]) if "ids" in request.GET else ()
    except NotUnderstood as fault:
        return _page(admin_site, request, {"title": _("Find a lead"), "fault": str(fault)}, 400)
    rows = rows_of(pks, request.user)
    some = request.GET.get("more") == MORE
    found = ngettext("%(count)s lead found", "%(count)s leads found", len(rows))
    title = found % {"count": len(rows)} if pks else _("Find a lead")
    return _page(admin_site, request, {"title": title, "rows": rows, "asked": pks, "some": some})


def _page(
    admin_site: Any, request: HttpRequest, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context |= admin_site.each_context(request) | {
        "title": context["title"],
        "may_see": masking.may_see(request.user),
        "is_complete": SearchIndex.objects.is_complete(),
    }
    return TemplateResponse(request, "admin/leads/find.html", context, status=status)


def rows_of(pks: Sequence[int], user: Any) -> list[dict[str, Any]]:
    """What the page says of these leads, in their order; masked for who may not see it."""
    own = Lead.objects.visible_to(user)
    known: QuerySet[Lead] = own.among(pks).select_related("site").defer("body")
    leads = {lead.pk: lead for lead in known}
    prefetch_related_objects([lead for lead in leads.values() if lead.revision], "revisions")
    return [_row(leads[pk], user) for pk in pks if pk in leads]


def _row(lead: Lead, user: Any) -> dict[str, Any]:
    company = masking.value("company", text(lead.current_data(), "company"), user)
    if not masking.may_see(user):
        masking.veil(lead)
    return {"lead": lead, "company": company}
