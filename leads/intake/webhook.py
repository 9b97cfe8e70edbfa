"""`/in/SECRET/`: the address that a form tool posts to, with nothing but the address to know.

Tools take one answer for success and few of them repeat: whatever is authentic becomes a lead,
also what cannot be read; only what LeadOps cannot store is refused, with Retry-After.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from leads.intake.body.arrival import Arrival, flagged
from leads.intake.body.read_any import read_submissions
from leads.intake.body.submission import Submission
from leads.intake.derived import Shaped, origin_of, shaped, unreadable
from leads.intake.errors import (
    RETRY_SECONDS,
    Away,
    Refusal,
    Unreadable,
    WrongMethod,
    as_dict,
    headers_of,
)
from leads.intake.guard.addresses import Caller, caller_of, check_signature, note_post
from leads.intake.guard.quota import fits, quota_of
from leads.intake.guard.tool_secrets import check_tool_key, check_unread
from leads.intake.handshake import confirmed, echo_of
from leads.intake.receive import all_on_disk, receive
from leads.intake.rejected import traced
from leads.models import Lead

log = logging.getLogger(__name__)

TAKEN = ("POST", "PUT")
"""A GET is taken too, but of a handshake only: for whoever knows its token."""
PING = {"status": "ping"}


@method_decorator(csrf_exempt, name="dispatch")
class WebhookIntake(View):
    """Where form tools post. Its address is a secret: it is never logged, and never cached."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The answer; every refusal and an absent database as JSON."""
        try:
            answer = self.answer(request, kwargs["secret"])
        except Refusal as refusal:
            answer = refused(refusal)
            if isinstance(refusal, WrongMethod):
                answer["Allow"] = ", ".join(TAKEN)
        except (OperationalError, InterfaceError) as error:
            log.error("database away: %s", type(error).__name__)
            answer = refused(Away("Nothing was stored.", wait=RETRY_SECONDS))
        answer["Cache-Control"] = "no-store"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    def answer(self, request: HttpRequest, secret: str) -> HttpResponse:
        """What the method asks for. Raises Refusal."""
        caller = caller_of(secret, posts=request.method in TAKEN)
        if request.method == "GET" and (echo := confirmed(request.GET.dict(), caller.source)):
            return HttpResponse(echo, content_type="text/plain")
        if request.method not in TAKEN:
            raise WrongMethod("Use POST or PUT.")
        return take_post(request, caller)


def take_post(request: HttpRequest, caller: Caller) -> HttpResponse:
    """From a post to its leads. Raises Refusal."""
    arrival = Arrival(request)
    with traced(caller.site, arrival, Lead.Source.WEBHOOK, caller.source):
        submissions = read(request, caller, arrival)
    if len(submissions) == 1 and (echo := echo_of(submissions[0].data, caller.source)):
        return HttpResponse(echo, content_type="text/plain")
    shapes = shaped_all(submissions, caller, arrival)
    return answered(stored(request, caller, shapes), caller.source.success)


def read(request: HttpRequest, caller: Caller, arrival: Arrival) -> list[Submission]:
    """What the body holds, once it is known to be the source's. Raises Refusal."""
    body = arrival.read()
    check_signature(request, caller.source, body)
    try:
        encoding = request.headers.get("Content-Encoding", "")
        submissions = read_submissions(arrival.content_type, body, encoding)
    except Unreadable as error:
        check_unread(caller.source)
        return [unreadable(arrival, str(error.detail), caller.source)]
    for submission in submissions:
        check_tool_key(submission.data, caller.source)
    return submissions


def shaped_all(submissions: list[Submission], caller: Caller, arrival: Arrival) -> list[Shaped]:
    """Each submission that has a value in it, as it is read.

    A list that is longer than what the site may post in a minute would be refused whenever it came:
    it is one submission, whole, for a person.
    """
    shapes = [shape for one in submissions if (shape := shaped(one, caller.source))]
    if len(shapes) < 2 or fits(caller.site, len(shapes)):
        return shapes
    quota = quota_of(caller.site)
    why = (
        f"The body is a list of {len(shapes):,} leads; the site's quota is {quota:,} a minute."
        " Raise the quota, then have the list posted again."
    )
    return [Shaped(unreadable(arrival, why, caller.source), [])]


def stored(request: HttpRequest, caller: Caller, shapes: list[Shaped]) -> list[Lead]:
    """A lead of each submission; all of them, or none."""
    made: list[Lead] = []
    try:
        with transaction.atomic() if len(shapes) > 1 else nullcontext():
            for one in shapes:
                origin = origin_of(request, caller, one)
                made.append(receive(flagged(one.submission, request), caller.site, origin))
    except Exception:
        # The connection may have gone within COMMIT: then nobody was told that they are stored.
        if len(shapes) < 2 or len(made) < len(shapes) or not all_on_disk(made):
            raise
        log.exception("%s leads are stored; what came after that failed", len(made))
    if made:
        note_post(caller.source)
    return made


def answered(leads: list[Lead], status: int) -> HttpResponse:
    """The answer that the source's tool takes for success."""
    if status == 204:
        return HttpResponse(status=204)
    told = [{"id": str(lead.reference), "status": lead.status} for lead in leads]
    if len(told) > 1:
        return JsonResponse({"leads": told}, status=status)
    return JsonResponse(told[0] if told else PING, status=status)


def refused(refusal: Refusal) -> HttpResponse:
    """A refusal as JSON."""
    body = as_dict(refusal.code, refusal.title, str(refusal.detail), refusal.errors)
    return JsonResponse(body, status=refusal.status_code, headers=headers_of(refusal))
