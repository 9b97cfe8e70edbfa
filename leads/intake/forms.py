"""`POST /f/TOKEN/`: a browser form of one of a site's own pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from leads.flags import Flag
from leads.intake.body.arrival import Arrival, flagged
from leads.intake.body.parse import Submission, parse_submission
from leads.intake.errors import (
    RETRY_SECONDS,
    Away,
    NotAuthenticated,
    Refusal,
    WrongMethod,
    as_dict,
    headers_of,
)
from leads.intake.guard.foreign import admit_foreign, why_held
from leads.intake.guard.keys import site_of
from leads.intake.guard.origins import (
    Page,
    next_page,
    origin_of,
    own_origins,
    page_behind,
    with_lead,
)
from leads.intake.guard.spam import STARTED, stamp, suspicion, taken_off
from leads.intake.guard.unknown import count_unknown
from leads.intake.guard.visitor import admit_visitor
from leads.intake.receive import Origin, receive
from leads.intake.rejected import traced
from leads.models import Lead, Site, SiteKey, UnknownPost

log = logging.getLogger(__name__)

NEXT = "_next"


@method_decorator(csrf_exempt, name="dispatch")
class PublicView(View):
    """What a page of a site may ask with its public token, also by script and from its origin."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The answer; every refusal, and an absent database, as a page or as JSON."""
        site = None
        try:
            handle = self.handler(request)
            posts = request.method == "POST"
            site = site_of(kwargs["token"], SiteKey.Kind.FORM, posts)
            answer = handle(request, site)
        except Refusal as refusal:
            if isinstance(refusal, NotAuthenticated) and request.method == "POST":
                count_unknown(UnknownPost.Door.FORM, kwargs["token"])
            answer = refused(request, refusal)
        except (OperationalError, InterfaceError) as error:
            log.error("database away: %s", type(error).__name__)
            answer = refused(request, Away("Nothing was stored.", wait=RETRY_SECONDS))
        answer.headers.setdefault("Allow", self.allowed())
        return shared(answer, request, site)

    def handler(self, request: HttpRequest) -> Callable[[HttpRequest, Site], HttpResponse]:
        """What handles the request's method. Raises WrongMethod."""
        method = (request.method or "").lower()
        if method not in self.http_method_names:
            raise WrongMethod(f"Use {self.allowed()}.")
        handler: Callable[[HttpRequest, Site], HttpResponse] = getattr(self, method)
        return handler

    def allowed(self) -> str:
        """The methods that the address takes, as headers name them."""
        return ", ".join(self.http_method_names).upper()

    def options(self, request: HttpRequest, site: Site) -> HttpResponse:  # noqa: ARG002 - a part of one interface
        """What a browser asks before a script may post."""
        return HttpResponse(status=204)


class FormIntake(PublicView):
    """Takes a form from the site's own pages; from any other it is kept for a person to look."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, site: Site) -> HttpResponse:
        """Store the lead, then lead on to the site's own page or say thank you."""
        lead, forward = store_form(request, site)
        if wants_json(request):
            # Not why a lead is held: that an address is known already is nobody's business.
            answer = {"id": str(lead.reference), "status": "received"}
            return JsonResponse(answer | ({"next": forward} if forward else {}), status=202)
        if forward:
            return HttpResponseRedirect(forward)
        with override(site.language):
            return message_page(_("Thank you"), _("We have received your message."), 200)


class FormStart(PublicView):
    """Hands out the stamp that says when a form was opened."""

    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest, site: Site) -> HttpResponse:
        """The value of the field `_started`."""
        return JsonResponse({STARTED: stamp(site)}, headers={"Cache-Control": "no-store"})


def store_form(request: HttpRequest, site: Site) -> tuple[Lead, str]:
    """From a form to its lead, and the address to lead the visitor to. Raises Refusal."""
    arrival = Arrival(request)
    with traced(site, arrival, Lead.Source.FORM):
        page = page_behind(request, site)
        admit_visitor(request, site)
        submission = flagged(read_form(arrival), request)
        if not page.is_own:
            admit_foreign(site, page, len(submission.body))
        target = next_page(taken_off(submission.data, NEXT), site)
        origin, flags = judged(submission.data, site, page)
        lead = receive(replace(submission, flags=submission.flags | flags), site, origin)
    return lead, with_lead(target, lead) if target and page.is_own else ""


def read_form(arrival: Arrival) -> Submission:
    """The fields of a form. Raises TooLarge, Unsupported or Unreadable."""
    return parse_submission(arrival.content_type, arrival.read(), arrival.encoding)


def judged(fields: dict[str, Any], site: Site, page: Page) -> tuple[Origin, set[Flag]]:
    """Where a form came in, and what its guards say; they are taken off the fields."""
    said = {Flag.SUSPECT: suspicion(fields, site)}
    if not page.is_own:
        said[Flag.FOREIGN_PAGE] = why_held(page)
    held = {flag: why for flag, why in said.items() if why}
    origin = Origin(Lead.Source.FORM, page.address, suspicion=" ".join(held.values()))
    return origin, set(held)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, not a person."""
    return "application/json" in request.headers.get("Accept", "")


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as a page, or as JSON for a script."""
    if wants_json(request):
        body = as_dict(refusal.code, refusal.title, str(refusal.detail), refusal.errors)
        answer: HttpResponse = JsonResponse(body, status=refusal.status_code)
    else:
        answer = message_page(refusal.title, str(refusal.detail), refusal.status_code)
    for name, value in headers_of(refusal).items():
        answer[name] = value
    return answer


def message_page(title: str, text: str, status: int) -> HttpResponse:
    """A short page of ours. Made without the request: it must work without the database."""
    context = {"title": title, "text": text, "ok": status < 400}
    return HttpResponse(render_to_string("leads/form_answer.html", context), status=status)


def shared(answer: HttpResponse, request: HttpRequest, site: Site | None) -> HttpResponse:
    """The same answer, readable for scripts of the site's own pages; never with credentials."""
    patch_vary_headers(answer, ("Origin", "Accept"))
    origin = request.headers.get("Origin", "")
    if site is not None and origin and origin_of(origin) in own_origins(site):
        answer["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            answer["Access-Control-Allow-Methods"] = answer["Allow"]
            answer["Access-Control-Allow-Headers"] = "Accept, Content-Type"
            answer["Access-Control-Max-Age"] = "600"
    return answer
