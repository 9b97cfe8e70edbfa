"""In which time zone the desk shows times: the site's, UTC, or the browser's, as each person likes.

The choice is a cookie that holds the name of a zone and nothing else, and is checked when read.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

COOKIE = "timezone"
KEPT_SECONDS = 365 * 24 * 3600
PAGES = ("/admin/", "/help/")
"""Where the choice holds. Interfaces for programs speak UTC."""

Handler = Callable[[HttpRequest], HttpResponse]


@cache
def known_zones() -> frozenset[str]:
    """The names of all zones that this machine knows."""
    return frozenset(zoneinfo.available_timezones())


def chosen(request: HttpRequest) -> str:
    """The name of the zone that was chosen; empty for the site's own."""
    name = request.COOKIES.get(COOKIE, "")
    return name if name in known_zones() else ""


def desk_time_zone(get_response: Handler) -> Handler:
    """Middleware: times on the desk's pages are in the zone that was chosen."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = chosen(request) if request.path.startswith(PAGES) else ""
        if not name:
            return get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return get_response(request)

    return middleware


def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice and go back to where it was made; an unknown zone means the site's own."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = reverse("admin:index")
    response = HttpResponseRedirect(back)
    name = request.POST.get("zone", "")
    if name in known_zones() and name != settings.TIME_ZONE:
        response.set_cookie(
            COOKIE,
            name,
            max_age=KEPT_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


def choices() -> list[tuple[str, str]]:
    """(zone, words) to choose from, the one in force among them. The script adds the browser's."""
    here = settings.TIME_ZONE
    offered = {
        here: (_("%(here)s (this installation)") % {"here": here}) if here != "UTC" else "UTC",
        "UTC": "UTC",
    }
    current = timezone.get_current_timezone_name()
    return [*({current: current} | offered).items()]
