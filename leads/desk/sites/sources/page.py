"""The page of one source: its address, what it listens for, its choices and its last posts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from leads.clock import database_now
from leads.decisions.choose import held_leads
from leads.desk.kit.lists.paging import capped_count, shown_count
from leads.desk.kit.permissions import demand
from leads.desk.lead.choices import choice_rows, samples_of
from leads.desk.sites.sources import posts
from leads.desk.sites.sources.find import source_of
from leads.desk.sites.sources.listening import listening
from leads.desk.sites.sources.rehearsal import rehearsal
from leads.intake.tools import TOOLS
from leads.models import Site, Source

HELD_CAP = 999
RIGHTS = ("change", "make", "show", "revoke")


def source_page(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """The page, with the address masked."""
    demand(request, "leads.view_source")
    return shown(request, source_of(pk, source_pk))


def shown(
    request: HttpRequest,
    source: Source,
    template: str = "admin/leads/sites/sources/page.html",
    **more: Any,
) -> HttpResponse:
    """The page, or another one about the source; no cache keeps it, as it may show the address."""
    context = source_context(request, source) | more
    response = TemplateResponse(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def source_context(request: HttpRequest, source: Source) -> dict[str, Any]:
    """What the template shows."""
    user, now, leads = request.user, database_now(), posts.newest(source)
    held = capped_count(held_leads(source), HELD_CAP)
    sample = next((lead for lead in leads if lead.data), None)
    return {
        **admin.site.each_context(request),
        "title": source.name,
        "opts": Site._meta,
        "site": source.site,
        "source": source,
        "tool": TOOLS.get(source.tool),
        "now": now,
        "figures": posts.figures_of(source),
        "posts": posts.posts(source, leads),
        "sample": sample,
        "rows": choice_rows(sample, source.chosen, user, samples_of(leads), whole=True),
        "held": held,
        "held_words": shown_count(held, HELD_CAP),
        "may_retry": user.has_perm("leads.retry_lead"),
        **addresses_of(source, now),
        **rehearsal(request, source),
        **listening(request, source, leads[0] if leads else None),
        **{f"may_{name}": user.has_perm(f"leads.{name}_source") for name in RIGHTS},
    }


def addresses_of(source: Source, now: Any) -> dict[str, Any]:
    """The newest address, if it works, and those before it that still do."""
    every = list(source.addresses.order_by("-pk"))
    live = [one for one in every if one.ends_at is None or one.ends_at > now]
    return {
        "address": live[0] if live else None,
        "older": live[1:],
        "newest_id": every[0].pk if every else "",
    }
