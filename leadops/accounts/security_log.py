"""One line for every login, wrong password, lock and refusal. Ids and paths, never names."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest, HttpResponse

log = logging.getLogger("leadops.security")

Handler = Callable[[HttpRequest], HttpResponse]


def refusals(get_response: Handler) -> Handler:
    """Note who was refused what. The path goes without its query."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        user: Any = getattr(request, "user", None)
        if response.status_code == 403 and getattr(user, "pk", None):
            log.warning("refused: user %s, %s %s", user.pk, request.method, request.path)
        return response

    return middleware


def listen() -> None:
    """Connect to Django's signals."""
    user_logged_in.connect(_logged_in, dispatch_uid="accounts.logged_in")
    user_login_failed.connect(_wrong_password, dispatch_uid="accounts.wrong_password")


def _logged_in(sender: Any, user: Any, **kwargs: Any) -> None:
    log.info("logged in: user %s", user.pk)


def _wrong_password(sender: Any, **kwargs: Any) -> None:
    # What was typed as a name may be a password.
    log.warning("wrong password")
