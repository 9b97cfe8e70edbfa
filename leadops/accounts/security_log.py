"""Refusals in the log: which account, from where, and what it asked for. Never a name or a query.

Log-ins, failures and all else that is evidence: `evidence.record` writes those lines.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from leadops.accounts.evidence.asking import address, asked_by
from leadops.accounts.evidence.record import printable
from leadops.programs import ADDRESSES

log = logging.getLogger("leadops.security")

Handler = Callable[[HttpRequest], HttpResponse]


def refusals(get_response: Handler) -> Handler:
    """Note who was refused what, and let whoever records know who asks. No query is kept."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with asked_by(request):
            response = get_response(request)
            if response.status_code == 403:
                note_refusal(request)
        return response

    return middleware


def note_refusal(request: HttpRequest) -> None:
    """One line; none for a program without an account, whose key says who it is."""
    user: Any = getattr(request, "user", None)
    account = getattr(user, "pk", None)
    if account or not request.path.startswith(ADDRESSES):
        asked = f"{printable(request.method or '')} {printable(request.path)}"
        log.warning(
            "refused: account %s from %s by %s",
            account or "unknown",
            address() or "unknown",
            asked,
        )
