"""The browser of a reader who has shown a code: known by a signed cookie, for 14 days."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from notifications.models import Reader
from notifications.models.reader import OPEN_FOR

PATH = "/act/"
SALT = "notifications.act"
SECONDS = int(OPEN_FOR.total_seconds())


def is_known(request: HttpRequest, reader: Reader) -> bool:
    """Whether this reader showed a code in this browser; another's cookie says nothing."""
    shown = request.get_signed_cookie(_name(reader), default="", salt=SALT, max_age=SECONDS)
    return constant_time_compare(shown or "", _value(reader))


def remember(response: HttpResponse, reader: Reader) -> None:
    """Know this browser from now on."""
    response.set_signed_cookie(
        _name(reader),
        _value(reader),
        salt=SALT,
        max_age=SECONDS,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse, reader: Reader) -> None:
    """Know it no longer."""
    response.delete_cookie(_name(reader), path=PATH, samesite="Lax")


def _name(reader: Reader) -> str:
    # One each: a browser may be that of sales@ and of info@.
    return f"act_{reader.pk}"


def _value(reader: Reader) -> str:
    return f"{reader.pk}:{reader.seed}"
