"""Browsers that logged in to an account before: a signed cookie says which."""

from __future__ import annotations

from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

SALT = "leadops.device"
MOST = 5
"""Accounts that one browser remembers; the oldest goes."""
AGE = 400 * 86400
"""Seconds: as long as browsers keep a cookie at most."""


def name() -> str:
    """What the cookie is called."""
    return "__Host-device" if settings.HTTPS else "device"


def known(request: HttpRequest, account: str) -> str:
    """What this browser is called by an account; empty where it never logged in to it."""
    return _held(request).get(account, "")


def remember(request: HttpRequest, response: HttpResponse, account: str) -> None:
    """Let the browser be known to the account from now on."""
    held = _held(request)
    device = held.pop(account, "") or token_urlsafe(12)
    held = dict([*held.items(), (account, device)][-MOST:])
    response.set_cookie(
        name(),
        signing.dumps(held, salt=SALT),
        max_age=AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _held(request: HttpRequest) -> dict[str, str]:
    try:
        held = signing.loads(request.COOKIES.get(name(), ""), salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return {}
    return dict(held)
