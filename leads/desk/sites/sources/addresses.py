"""A source's secret addresses: making, showing, renewing and revoking. Each leaves an entry."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from leads.desk.kit.permissions import demand
from leads.desk.sites.sources import acts
from leads.desk.sites.sources.find import source_of, source_url
from leads.desk.sites.sources.forms import AddForm
from leads.desk.sites.sources.page import shown
from leads.models import Site, SourceAddress


def add(request: HttpRequest, pk: int) -> HttpResponse:
    """A further source of a site; at the end its page, with the address."""
    demand(request, "leads.make_source")
    site = get_object_or_404(Site, pk=pk)
    form = AddForm(site, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if made := _made(request, site, form.cleaned_data):
            return shown(request, made.source, reveal=True)
        form.add_error("name", _("Somebody has made a source of this name just now."))
    context = admin.site.each_context(request) | {
        "title": _("Add a source"),
        "opts": Site._meta,
        "site": site,
        "form": form,
    }
    return TemplateResponse(request, "admin/leads/sites/sources/add.html", context)


def _made(request: HttpRequest, site: Site, given: dict[str, Any]) -> SourceAddress | None:
    """The source's address; None where its name was taken at this very moment."""
    try:
        return acts.make(site, given["name"], given["tool"], request.user)
    except IntegrityError:
        return None


def show(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """The page with the address in full. Who saw it is kept."""
    demand(request, "leads.show_source")
    source = source_of(pk, source_pk)
    acts.show(source, request.user)
    return shown(request, source, reveal=True)


def renew(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """Another address beside the one of today, which goes on working for a week."""
    demand(request, "leads.make_source")
    source, said = source_of(pk, source_pk), request.POST.get("newest", "")
    made = acts.renew(source, int(said) if said.isdecimal() else None, request.user)
    if made is None:
        messages.info(request, _("It has been renewed already."))
        return HttpResponseRedirect(source_url(source))
    return shown(request, source, reveal=True)


def end_old(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """End the addresses before the newest one now instead of in a week."""
    demand(request, "leads.revoke_source")
    source = source_of(pk, source_pk)
    acts.end_old(source, request.user)
    messages.success(request, _("The old address is answered 404 from the next post on."))
    return HttpResponseRedirect(source_url(source))


def revoke(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """End every address of the source at once; asks once more."""
    demand(request, "leads.revoke_source")
    source = source_of(pk, source_pk)
    if "confirmed" not in request.POST:
        return shown(request, source, "admin/leads/sites/sources/revoke.html")
    acts.revoke(source, request.user)
    messages.success(
        request, (_("“%(source)s” is revoked: its next post is answered 404.") % {"source": source})
    )
    return HttpResponseRedirect(source_url(source))
