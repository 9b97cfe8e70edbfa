"""What every answer gets: redirects that keep a post, a content security policy, an honest 503."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

from leads.intake.errors import RETRY_SECONDS

log = logging.getLogger(__name__)

POSTED_TO = ("/api/", "/in/", "/f/")
"""Where leads are posted to: whatever the database says, senders read JSON and keep the lead."""
OPERATIONS = "/api/ops/"
PROBED = "/healthz/"
"""What balancers and monitors ask."""
Handler = Callable[[HttpRequest], HttpResponse]

REPORTS = "/policy-reports/"
"""Where browsers tell what the policy kept a page from doing; see `accounts.policy_reports`."""

# Django ships a middleware for this from 6.0 on.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    f"form-action 'self'; frame-ancestors 'none'; report-uri {REPORTS}; report-to policy"
)
NOT_NEEDED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
"""What a browser shall refuse to a page of ours, should ever a foreign script get into one."""
PROTECTION = {
    "Content-Security-Policy": POLICY,
    "Reporting-Endpoints": f'policy="{REPORTS}"',
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in NOT_NEEDED),
}
FOR_PEOPLE = {"Cross-Origin-Resource-Policy": "same-origin"}
FOR_SITES = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-store"}
"""A page of a site posts there and may read that it did; no cache keeps where a lead stands."""


def probes(get_response: Handler) -> Handler:
    """`/healthz/` answers by whatever name it is asked: balancers ask by address.

    Stands first: Django's own middleware refuses a host that is not in ALLOWED_HOSTS.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PROBED):
            named = (host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*")
            request.META["HTTP_HOST"] = next(named, "localhost")
        return get_response(request)

    return middleware


def posts_stay_posts(get_response: Handler) -> Handler:
    """308 instead of 301 where leads are posted: a 301 is followed with a GET, and no body.

    Stands before Django's own middleware that redirects to HTTPS, whose name its checks ask for.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 301 and request.path_info.startswith(POSTED_TO):
            response.status_code = 308
        return response

    return middleware


def only_utf8(get_response: Handler) -> Handler:
    """415 for a form that says it is not UTF-8: Python knows encodings that cannot be read, or that
    make text which cannot be written. Browsers send UTF-8; posts of leads are read by `intake`.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        said = (request.content_params or {}).get("charset", "utf-8").lower()
        if said in ("utf-8", "utf8") or request.path_info.startswith(POSTED_TO):
            return get_response(request)
        return HttpResponse("Send UTF-8.\n", status=415, content_type="text/plain")

    return middleware


def protection(get_response: Handler) -> Handler:
    """Nothing runs or loads that we did not ship, and no foreign page loads what is ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in PROTECTION.items():
            response.headers.setdefault(name, value)
        is_for_sites = request.path_info.startswith(POSTED_TO)
        for name, value in (FOR_SITES if is_for_sites else FOR_PEOPLE).items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def database_away(get_response: Handler) -> Handler:
    """A 503 with Retry-After while the database is away; the sender keeps its lead and retries.

    The same where it refuses a lead for a reason that nobody foresaw.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        is_away = isinstance(exception, OperationalError | InterfaceError)
        is_for_sites = request.path_info.startswith(POSTED_TO)
        if not is_away and not (isinstance(exception, Error) and is_for_sites):
            return None
        # Its words may hold what was to be stored.
        log.error("database %s: %s", "away" if is_away else "error", type(exception).__name__)
        what = "The database does not answer" if is_away else "The database refused it"
        body: dict[str, str | int] = {
            "code": "unavailable",
            "title": "Not stored: try again",
            "detail": f"{what}. Nothing was stored.",
        }
        answer_type = "application/json"
        if request.path_info.startswith(OPERATIONS):  # whose errors have a shape of their own
            answer_type = "application/problem+json"
            body |= {"type": "urn:leadops:problem:unavailable", "status": 503}
        wait = {"Retry-After": str(RETRY_SECONDS)}
        return JsonResponse(body, status=503, headers=wait, content_type=answer_type)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]  # as Django looks for it
    return middleware
