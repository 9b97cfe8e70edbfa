"""What browsers were kept from doing by our policy: counted by day, for administrators to see.

A report comes from anybody, unasked and by the hundred, so little of it is kept: what was refused,
the host of it, and which of our pages it was, as a pattern of addresses that names no lead.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from leadops.accounts.models import PolicyReport
from leads.clock import database_now
from leads.store import database

log = logging.getLogger(__name__)

LONGEST = 20_000
"""Bytes of one post; a browser sends a few hundred."""
MOST_A_POST = 10
POSTS_A_MINUTE = 60
"""Of all browsers together; what comes above it is not counted."""
MOST_A_DAY = 50
"""Rows of a day; all further ones share one."""
ELSEWHERE = "(elsewhere)"
NAMES = {
    "directive": ("effectiveDirective", "effective-directive", "violated-directive"),
    "refused": ("blockedURL", "blocked-uri"),
    "page": ("documentURL", "document-uri"),
}
"""Each as the Reporting API and as the older `report-uri` call it."""


class Told(NamedTuple):
    """What one report says."""

    directive: str = ""
    refused: str = ""
    page: str = ""


@method_decorator(csrf_exempt, name="dispatch")
class PolicyReports(View):
    """Where browsers post."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """204, whatever was sent: nobody reads the answer."""
        told = read(request.read(LONGEST + 1))
        try:
            if told and database.use_allowance("policy reports", POSTS_A_MINUTE, 60):
                count(told)
        except (DatabaseError, InterfaceError) as error:
            log.warning("policy reports were not counted: %s", type(error).__name__)
        return HttpResponse(status=204)


def read(body: bytes) -> list[Told]:
    """The reports in a body; none of a body that is too long or none of a browser's."""
    sent: Any = None
    if len(body) <= LONGEST:
        with suppress(ValueError, RecursionError):
            sent = json.loads(body)
    found = (_body(one) for one in (sent if isinstance(sent, list) else [sent]))
    return [_told(one) for one in found if isinstance(one, dict)][:MOST_A_POST]


def _body(report: Any) -> Any:
    """What stands inside the envelope of either form."""
    if not isinstance(report, dict):
        return None
    is_new = report.get("type") == "csp-violation"
    return report.get("body") if is_new else report.get("csp-report")


def _told(body: dict[str, Any]) -> Told:
    said = {
        field: next((str(body[name]) for name in names if body.get(name)), "")
        for field, names in NAMES.items()
    }
    directive = said["directive"].partition(" ")[0]
    return Told(_short(directive, 40), _short(host_of(said["refused"])), page_of(said["page"]))


def _short(text: str, length: int = 100) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:length]) or "?"


def host_of(address: str) -> str:
    """The scheme and host of what was refused, or the word for it: `inline`, `eval`, `data`."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "?"
    return f"{parts.scheme}://{host}" if parts.scheme and host else parts.scheme or parts.path


def page_of(address: str) -> str:
    """Our page as a pattern of addresses, so that neither a lead nor a secret is kept."""
    try:
        return resolve(urlsplit(address).path or "/").route[:100] or "/"
    except (Resolver404, ValueError):
        return ELSEWHERE


@transaction.atomic
def count(told: Iterable[Told]) -> None:
    """Add to the rows of today. One process at a time, so that a day has no row too many."""
    database.lock_names(["policy reports"])
    now = database_now()
    today = PolicyReport.objects.filter(day=now.date())
    rows = set(today.values_list("directive", "refused", "page"))
    for one in told:
        place = one if one in rows or len(rows) < MOST_A_DAY else Told()
        rows.add(place)
        row, _new = today.get_or_create(
            **place._asdict(), defaults={"day": now.date(), "last_at": now}
        )
        today.filter(pk=row.pk).update(count=F("count") + 1, last_at=now)


def forget(sender: Any, now: Any, **kwargs: Any) -> None:
    """Delete what is older than it is kept for."""
    PolicyReport.objects.over(now).delete()
