"""X-Request-ID: one name for a request, in our logs, in the answer, and in those of who asked."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from leadops.middleware import Handler

HEADER = "X-Request-ID"
USABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""What is taken from outside. No address of a person, and nothing that a log might trip over."""
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request() -> str:
    """The id of the request that this thread answers; empty where there is none."""
    return _current.get()


def request_id(get_response: Handler) -> Handler:
    """Every request has an id: the one that it came with, or a new one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        shown = request.headers.get(HEADER, "")
        own = shown if USABLE.fullmatch(shown) else uuid.uuid4().hex
        before = _current.set(own)
        try:
            response = get_response(request)
        finally:
            _current.reset(before)
        response.headers[HEADER] = own
        return response

    return middleware
