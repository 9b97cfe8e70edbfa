"""Name and password, counted before they are judged."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language

from leadops.accounts.evidence.asking import address
from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.login import tries
from leadops.accounts.sso.local import may_log_in_here

log = logging.getLogger("leadops.security")
CHEAP = 0.05
"""Seconds of a processor: a hash takes a third of one."""
BUSY_SECONDS = 1


class Counted:
    """Django's own accounts; a try too many, or too soon, is answered before a hash is made.

    It judges passwords and nothing else: sessions stay Django's, which old code reads as well.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **kwargs: Any
    ) -> Any:
        """The account. Raises PermissionDenied, or ImmediateHttpResponse with 429 or 503."""
        counts = tries.counts(request, username)
        _refuse(request, tries.seconds_to_wait(counts))
        with hashing(request) as right:
            _refuse(request, tries.claim(counts))
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


def _refuse(request: HttpRequest | None, wait: int) -> None:
    if wait:
        # A line and no row: who is refused shall cost next to nothing.
        log.warning("locked: account unknown from %s by password", address() or "unknown")
        raise ImmediateHttpResponse(refusal(request, wait, 429))


class Slot:
    """One hash at a time in a process; after a wrong one it rests for as long as that took.

    Else whoever tries on and on would have a processor for each process. Nobody waits here.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.rests_until = 0.0

    def take(self) -> bool:
        """Whether a hash may be made now."""
        return time.monotonic() >= self.rests_until and self.lock.acquire(blocking=False)

    def give_back(self, seconds: float, was_right: bool) -> None:
        """A hash that took so many seconds of a processor is made."""
        if not was_right and seconds > CHEAP:
            self.rests_until = time.monotonic() + seconds
        self.lock.release()


HASHING = Slot()


@contextmanager
def hashing(request: HttpRequest | None) -> Iterator[list[Any]]:
    """The slot; what is put into the list was right. Others are told to come again."""
    if not HASHING.take():
        raise ImmediateHttpResponse(refusal(request, BUSY_SECONDS, 503))
    began, right = time.thread_time(), list[Any]()
    try:
        yield right
    finally:
        HASHING.give_back(time.thread_time() - began, bool(right))


def refusal(request: HttpRequest | None, wait: int, status: int) -> HttpResponse:
    """The page instead of the log-in. It does not say whether the name exists."""
    minutes = -(-wait // 60)
    words = f"{minutes} minutes" if wait > 90 else f"{wait} second{'' if wait == 1 else 's'}"
    answer = HttpResponse(page(words, status == 503, get_language() or ""), status=status)
    answer["Retry-After"] = str(wait)
    return answer


@lru_cache(maxsize=256)
def page(words: str, is_busy: bool, language: str) -> str:  # noqa: ARG001 - one page for each
    """Drawn once: a frame of the admin costs more than all else of a refusal."""
    context = {"title": "Wait", "wait": words, "busy": is_busy, "site_title": "LeadOps"}
    return render_to_string("admin/locked.html", context)
