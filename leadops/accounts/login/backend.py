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
from django.utils.translation import get_language

from leadops.accounts import hashing
from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.login import tries
from leads import networks

log = logging.getLogger("leadops.security")
CHEAP = 0.05
"""Seconds of a processor: a hash takes a third of one."""
REST = 7
"""Times as long as a wrong one took, no other is hashed: of twice as many processes as cores, which
is what we run, a quarter of the machine at most."""
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
        with slot(is_known(counts)) as right:
            _raise(refused(request, tries.claim(counts)))
            user = ModelBackend().authenticate(request, username=username, password=password)
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
        is_try = request.method == "POST" and request.path_info == reverse("admin:login")
        return (is_try and early(request)) or get_response(request)

    return middleware


def early(request: HttpRequest) -> HttpResponse | None:
    """The refusal of a log-in, where it is certain by now."""
    counts = tries.counts(request, request.POST.get("username", ""))
    try:
        wait = tries.seconds_to_wait(counts)
    except DatabaseError:  # the page that asks again says so
        return None
    if wait or SLOT.is_free(is_known(counts)):
        return refused(request, wait)
    return refusal(BUSY_SECONDS, 503)


def is_known(counts: list[tries.Count]) -> bool:
    """Whether the browser logged in to this account before."""
    return any(one.kind == tries.Kind.DEVICE for one in counts)


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


class Slot:
    """One hash at a time in a process, which rests after a wrong one.

    Else whoever tries on and on would have a processor for each process. Nobody waits here, and a
    browser that logged in before does not feel the rest.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.rests_until = 0.0

    def is_free(self, known: bool = False) -> bool:
        """Whether a hash could be made now."""
        return (known or time.monotonic() >= self.rests_until) and not self.lock.locked()

    def take(self, known: bool = False) -> bool:
        """Whether a hash may be made now."""
        return self.is_free(known) and self.lock.acquire(blocking=False)

    def give_back(self, seconds: float, was_right: bool) -> None:
        """A hash that took so many seconds of a processor is made."""
        if not was_right and seconds > CHEAP:
            self.rests_until = time.monotonic() + REST * seconds
        self.lock.release()


SLOT = Slot()


@contextmanager
def slot(known: bool = False) -> Iterator[list[Any]]:
    """The slot; what is put into the list was right. Others are told to come again."""
    if not SLOT.take(known):
        raise ImmediateHttpResponse(refusal(BUSY_SECONDS, 503))
    began, right = hashing.spent(), list[Any]()
    try:
        yield right
    finally:
        SLOT.give_back(hashing.spent() - began, bool(right))


def refusal(wait: int, status: int) -> HttpResponse:
    """The page instead of the log-in. It does not say whether the name exists."""
    minutes = -(-wait // 60)
    words = f"{minutes} minutes" if wait > 90 else f"{wait} second{'' if wait == 1 else 's'}"
    text = page(status == 503, get_language() or "").replace(WAIT, words)
    return HttpResponse(text, status=status, headers={"Retry-After": str(wait)})


@lru_cache(maxsize=8)
def page(is_busy: bool, language: str) -> str:  # noqa: ARG001 - one page for each
    """Drawn once: a frame of the admin costs more than all else of a refusal."""
    context = {"title": "Wait", "wait": WAIT, "busy": is_busy, "site_title": "LeadOps"}
    return render_to_string("admin/locked.html", context)
