"""Choosing where a source's posts hold a field: tried on its last posts, then held to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import override

from leads.clock import Deadline
from leads.decisions import choose as decisions
from leads.desk.kit import masking
from leads.desk.kit.formatting import label
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand
from leads.desk.lead.choices import choice_rows, picked_in, samples_of
from leads.desk.sites.sources import posts
from leads.desk.sites.sources.find import newest_post, source_of, source_url
from leads.desk.sites.sources.listening import as_json
from leads.desk.sites.sources.page import shown
from leads.models import Source

PATIENCE = 20
"""Seconds that held leads may take; what is left is said, and pressed again."""


def choose(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """Preview choices, or hold to them; while the source listens its newest post is read anew."""
    demand(request, "leads.change_source")
    source = source_of(pk, source_pk)
    if request.POST.get("do") == "preview":
        return _preview(request, source)
    picked = picked_in(request)
    with transaction.atomic():
        if decisions.choose(source, picked):
            with override("en"):
                names = ", ".join(label(name).lower() for name in picked)
            attribute(source.site, request.user, f"Chose where “{source}” holds {names}.")
        if request.POST.get("do") == "listen" and (lead := newest_post(source)):
            may_send = request.user.has_perm("leads.retry_lead")
            decisions.choose_for(lead, picked, request.user, send=may_send)
    if "application/json" in request.headers.get("Accept", ""):
        return as_json(request, source)
    messages.success(request, _("Kept: the next post is read so."))
    place = "listening" if request.POST.get("do") == "listen" else "choices"
    return HttpResponseRedirect(f"{source_url(source)}#{place}")


def _preview(request: HttpRequest, source: Source) -> HttpResponse:
    chosen = decisions.merged(source.chosen, picked_in(request))
    seen = decisions.preview(source, chosen)
    leads = posts.newest(source)
    sample = next((lead for lead in leads if lead.data), None)
    return shown(
        request,
        source,
        preview=seen,
        examples=[_example(request.user, *one) for one in seen.examples],
        rows=choice_rows(sample, chosen, request.user, samples_of(leads), whole=True),
    )


def _example(user: Any, lead: Any, difference: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """A lead and its fields before and after, masked."""
    changes = [
        (label(name), masking.value(name, before, user), masking.value(name, after, user))
        for name, (before, after) in difference.items()
    ]
    return {"lead": lead, "changes": changes}


def apply_to_held(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """Read what is held by the choices of today, and send what has a name now."""
    demand(request, "leads.change_source")
    demand(request, "leads.retry_lead")
    source = source_of(pk, source_pk)
    done = decisions.apply_to_held(source, request.user, Deadline(PATIENCE))
    if done.read:
        said = f"Read {done.read} held leads of “{source}” anew; {done.going} were sent."
        attribute(source.site, request.user, said)
    words = _("%(read)s read otherwise now, %(going)s on their way.") % {
        "read": done.read,
        "going": done.going,
    }
    if done.over:
        messages.success(request, words)
    else:
        more = _("Not all were looked at yet: press again.")
        messages.warning(request, " ".join((words, more)))
    return HttpResponseRedirect(f"{source_url(source)}#choices")
