"""How long a session lasts, which ones an account has, and ending them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.translation import ngettext

BEGAN, SEEN, STAYS = "began_at", "seen_at", "stays"
"""In the session: when it began and when its owner last did something, in seconds; whether it may
outlast the usual limits."""
STAY = timedelta(days=14)
NOTED_EVERY = 60
"""Seconds: what is done in between is not written down."""


def listen() -> None:
    """Note when a session begins."""
    user_logged_in.connect(_begun, dispatch_uid="accounts.session_begun")


def _begun(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    request.session[BEGAN] = request.session[SEEN] = time.time()
    request.session.set_expiry(longest(request))


def longest(request: HttpRequest) -> timedelta:
    """How long a session may last, whatever is done in it."""
    return STAY if _stays(request) else timedelta(hours=settings.SESSION_HOURS)


def end_if_over(request: HttpRequest) -> None:
    """Log out whose session is too old, or lay idle; else note that somebody is there."""
    now, session = time.time(), request.session
    # One of before the limits begins now.
    began, seen = session.get(BEGAN, now), session.get(SEEN, now)
    is_idle = now - seen >= settings.SESSION_IDLE_MINUTES * 60 and not _stays(request)
    if is_idle or now - began >= longest(request).total_seconds():
        logout(request)
    elif SEEN not in session or (now - seen >= NOTED_EVERY and not is_poll(request)):
        session.update({BEGAN: began, SEEN: now})
        UserSession.objects.create_from_request(request)


def is_poll(request: HttpRequest) -> bool:
    """Whether a page asks by itself, and not the person before it."""
    asks_for_data = "application/json" in request.headers.get("Accept", "")
    return request.method == "GET" and (asks_for_data or request.path.endswith(".json"))


def end(user: Any, pk: int | None = None, but: str | None = None) -> int:
    """End one session of a user, or all but one; how many there were."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but)
    ended = [row for row in rows if pk in (None, row.pk)]
    for row in ended:
        row.end()
    return len(ended)


def ended(count: int) -> str:
    """What is said of sessions that were ended."""
    words = ngettext("%(count)s session ended.", "%(count)s sessions ended.", count)
    return words % {"count": count}


def forget(sender: Any, **kwargs: Any) -> None:
    """Delete sessions that are over, and what is known of them."""
    SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _stays(request: HttpRequest) -> bool:
    return bool(settings.STAY_SIGNED_IN and request.session.get(STAYS))
