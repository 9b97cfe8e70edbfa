"""Name and password, counted before they are judged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.log import log_response
from django.utils.translation import get_language

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.login import tries
from leadops.accounts.sso.local import may_log_in_here
from leads import networks

log = logging.getLogger("leadops.security")
CHEAP = 0.1
"""Seconds of a processor: a hash takes a third of one."""
BUSY_SECONDS = 1
WAIT = "@wait@"
"""Stands in the page that is kept for how long to wait."""

Handler = Callable[[HttpRequest], HttpResponse]


class Counted:
    """Django's own accounts; a try too many, or too soon, is answered before a hash is made.

    It judges passwords and nothing else: sessions stay Django's, which old code reads as well.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **kwargs: Any
    ) -> Any:
        """The account. Raises PermissionDenied, or ImmediateHttpResponse with 429 or 503."""
        counts = tries.counts(request, username)
        _raise(refused(request, tries.seconds_to_wait(counts)))
        with slot(tries.is_known(counts)) as right:
            _raise(refused(request, tries.claim(counts)))
            user = ModelBackend().authenticate(request, username=username, password=password)
            if user is not None and not may_log_in_here(user):
                user = None  # answered and counted as a wrong one: nothing tells them apart
            right.extend([user] if user else [])
        if user is None:
            if tries.seconds_to_wait(counts):
                record(Kind.LOCKED, method="password", request=request)
            raise PermissionDenied  # nobody else is asked
        tries.proved(counts)
        return user


def too_soon(get_response: Handler) -> Handler:
    """Middleware: what may not be judged now is answered before session, form and page.

    It costs one statement. What gets past is counted by the backend, under a lock.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        is_try = request.method == "POST" and request.path == reverse("admin:login")
        return (is_try and early(request)) or get_response(request)

    return middleware


def early(request: HttpRequest) -> HttpResponse | None:
    """The refusal of a log-in, where it is certain by now."""
    counts = tries.counts(request, request.POST.get("username", ""))
    try:
        wait, is_taken = tries.standing(counts)
        if not wait and (is_taken or SLOT.locked()):
            wait = tries.asked_in_vain(counts)
            return refused(request, wait) or refusal(BUSY_SECONDS, 503)
    except DatabaseError:  # the page that asks again says so
        return None
    return refused(request, wait)


def refused(request: HttpRequest | None, wait: int) -> HttpResponse | None:
    """The answer to who has to wait; nothing for others."""
    if not wait:
        return None
    address = networks.client_address(request) if request else ""
    # A line and no row: who is refused shall cost next to nothing.
    log.warning("locked: account unknown from %s by password", address or "unknown")
    return refusal(wait, 429)


def _raise(answer: HttpResponse | None) -> None:
    if answer:
        raise ImmediateHttpResponse(answer)


SLOT = Lock()
"""One hash at a time in a process."""


@contextmanager
def slot(known: bool = False) -> Iterator[list[Any]]:
    """The slot; what is put into the list was right. Others are told to come again: none waits."""
    if not SLOT.acquire(blocking=False):
        raise ImmediateHttpResponse(refusal(BUSY_SECONDS, 503))
    try:
        if not (known or tries.take_turn()):
            raise ImmediateHttpResponse(refusal(BUSY_SECONDS, 503))
        began, right = time.thread_time(), list[Any]()
        yield right
        took = time.thread_time() - began
        if not known and took > CHEAP:
            tries.give_turn_back(took, bool(right))
    finally:
        SLOT.release()


def refusal(wait: int, status: int) -> HttpResponse:
    """The page instead of the log-in. It does not say whether the name exists."""
    minutes = -(-wait // 60)
    words = f"{minutes} minutes" if wait > 90 else f"{wait} second{'' if wait == 1 else 's'}"
    text = page(status == 503, get_language() or "").replace(WAIT, words)
    answer = HttpResponse(text, status=status, headers={"Retry-After": str(wait)})
    if status == 503:
        # Django would call it an error, which wakes people: it is what shall happen.
        log_response(
            "busy: a log-in shall come again", response=answer, logger=log, level="warning"
        )
    return answer


@lru_cache(maxsize=8)
def page(is_busy: bool, language: str) -> str:  # noqa: ARG001 - one page for each
    """Drawn once: a frame of the admin costs more than all else of a refusal."""
    context = {"title": "Wait", "wait": WAIT, "busy": is_busy, "site_title": "LeadOps"}
    return render_to_string("admin/locked.html", context)
