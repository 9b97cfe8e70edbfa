"""Name and password, counted before they are judged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from leadops.accounts.evidence.asking import address
from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.login import tries

log = logging.getLogger("leadops.security")
HASHING = Lock()
"""A hash takes a third of a second of a processor: who posts leads shall not wait for many."""
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
        with hashing(request):
            _refuse(request, tries.claim(counts))
            user = ModelBackend().authenticate(request, username=username, password=password)
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


@contextmanager
def hashing(request: HttpRequest | None) -> Iterator[None]:
    """One at a time in this process; others are told to come again, and nobody waits here."""
    if not HASHING.acquire(blocking=False):
        raise ImmediateHttpResponse(refusal(request, BUSY_SECONDS, 503))
    try:
        yield
    finally:
        HASHING.release()


def refusal(request: HttpRequest | None, wait: int, status: int) -> HttpResponse:
    """The page instead of the log-in. It does not say whether the name exists."""
    minutes = -(-wait // 60)
    words = f"{minutes} minutes" if wait > 90 else f"{wait} second{'' if wait == 1 else 's'}"
    context = {"title": "Wait", "wait": words, "busy": status == 503, "site_title": "LeadOps"}
    answer = render(request, "admin/locked.html", context, status=status)
    answer["Retry-After"] = str(wait)
    return answer
