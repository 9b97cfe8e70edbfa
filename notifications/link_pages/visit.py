"""From a request to the link that it shows, and what every answer here has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import decorator_from_middleware
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from leads.clock import database_now
from leads.desk.kit import masking
from leads.models import Preferences
from notifications.link_pages import browser, guard
from notifications.models import MailLink

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
LOOKS, PRESSES = ("GET", "HEAD"), ("POST",)


@dataclass(frozen=True)
class Visit:
    """Somebody at a link: whether its reader is known in this browser."""

    request: HttpRequest
    token: str
    link: MailLink
    is_open: bool
    now: datetime

    def page(self, name: str, status: int = 200, **context: Any) -> HttpResponse:
        """A page of this link."""
        shown = {
            "token": self.token,
            "link": self.link,
            "reader": masking.email(self.link.reader.recipient),
            "is_open": self.is_open,
            "now": self.now,
        }
        return page(self.request, name, status, **shown, **context)

    def url(self, lead_id: int | None = None) -> str:
        """The link's own page, or that of one of its leads."""
        if lead_id is None:
            return reverse("act-leads", args=[self.token])
        return reverse("act-lead", args=[self.token, lead_id])


View = Callable[..., HttpResponse]


class Csrf(CsrfViewMiddleware):
    """Django's check, for pages that name no referrer: browsers post “Origin: null” from these.

    What tells a form of ours from another's is the token in it, as ever.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META.get("HTTP_ORIGIN") == "null":
            return True
        return bool(super()._origin_verified(request))  # type: ignore[misc]  # a method that the stub leaves out


def by_link(view: View, methods: tuple[str, ...] = LOOKS) -> View:
    """The view of an address below a link: called with a `Visit` where there is one."""

    def visited(request: HttpRequest, link: str, **lead: int) -> HttpResponse:
        if request.method not in methods:
            return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
        if guard.is_held(request):
            return page(request, "held", 429)
        now = database_now()
        found = MailLink.objects.opened_by(link, now)
        if found is None:
            guard.note_guess(request)
            return nothing_here(request)
        known = browser.is_known(request, found.reader)
        with override(found.site.language):
            return view(Visit(request, link, found, known, now), *lead.values())

    checked: Any = decorator_from_middleware(Csrf)(visited)

    @sensitive_post_parameters()
    def answered(request: HttpRequest, link: str, **lead: int) -> HttpResponse:
        answer: HttpResponse = checked(request, link, **lead)
        for name, value in HEADERS.items():
            answer[name] = value
        return answer

    return csrf_exempt(answered)


def nothing_here(request: HttpRequest) -> HttpResponse:
    """The one answer for a link that never was, that is over, and that died."""
    return page(request, "over", 404)


def page(request: HttpRequest, name: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page with who “we” are below it."""
    context |= {"we": Preferences.read()}
    return render(request, f"notifications/link_pages/{name}.html", context, status=status)
