"""Addresses for programs: no session, no user, no messages. Everything else is a page for people.

Three of Django's middlewares serve people alone, and cost a post a tenth of its time. They keep
their place in the list, and let a program's request pass. So they do behind the link of a mail:
whoever opens that is its recipient, also where a member of staff is logged in.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest

ADDRESSES = ("/api/v1/", "/api/ops/", "/f/", "/in/", "/act/", "/healthz/", "/policy-reports/")
"""Nothing below these looks at a session or at `request.user` before it put somebody there."""


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the request has neither a session nor a user."""
    return request.path_info.startswith(ADDRESSES)


class ForPeople:
    """Mixed into a middleware: it is there for people's requests only."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """The answer."""
        if is_for_programs(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # mixed into a middleware


class Sessions(ForPeople, SessionMiddleware):
    """`request.session`, for people."""


class Users(ForPeople, AuthenticationMiddleware):
    """`request.user`, for people."""


class Messages(ForPeople, MessageMiddleware):
    """Django's messages, for people."""


class InCookie(CookieStorage):
    """Messages in a cookie that under https no neighbour below the same domain can set."""

    cookie_name = "__Host-messages" if settings.HTTPS else "messages"


class Said(FallbackStorage):
    """Where messages wait for the next page: the session has what the cookie does not hold."""

    storage_classes = (InCookie, SessionStorage)
