"""What intake answers when it does not take a lead: one shape for every error."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response


class Refusal(exceptions.APIException):
    """An answer other than 202. `title` is for people, `code` for programs."""

    code = "invalid"
    title = "Bad request"

    def __init__(self, detail: str, wait: int | None = None) -> None:
        super().__init__(detail)
        self.wait = wait


class Unreadable(Refusal):
    """400: what arrived cannot be read as fields."""

    status_code = status.HTTP_400_BAD_REQUEST
    code, title = "unreadable", "The submission cannot be read"


class NotAuthenticated(Refusal):
    """401: no key, or one that is unknown or revoked."""

    status_code = status.HTTP_401_UNAUTHORIZED
    code, title = "unauthenticated", "A valid site key is needed"


class Forbidden(Refusal):
    """403: the site is disabled, or the page is not one of its own."""

    status_code = status.HTTP_403_FORBIDDEN
    code, title = "forbidden", "This site may not post"


class TooLarge(Refusal):
    """413: over one megabyte."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    code, title = "too_large", "The submission is too large"


class Unsupported(Refusal):
    """415: neither JSON nor form-encoded."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    code, title = "unsupported_type", "This content type is not supported"


class KeyReused(Refusal):
    """422: the Idempotency-Key belongs to another lead."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    code, title = "key_reused", "The Idempotency-Key was used with another body"


class OverQuota(Refusal):
    """429: the site posts more than it may in a minute."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    code, title = "over_quota", "Too many leads in a minute"


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as {"code", "title", "detail"}; None lets Django handle what we do not know."""
    if isinstance(error, Refusal):
        return _answer(error.status_code, error.code, error.title, str(error.detail), error.wait)
    if isinstance(error, Http404):
        return _answer(404, "not_found", "Not found", "There is no such lead for this key.")
    if isinstance(error, PermissionDenied):
        return _answer(403, "forbidden", "Forbidden", "This is not allowed.")
    if isinstance(error, exceptions.APIException):
        code = error.get_codes()
        title = str(error.default_detail)
        return _answer(error.status_code, str(code), title, str(error.detail))
    return None


def _answer(code: int, name: str, title: str, detail: str, wait: int | None = None) -> Response:
    headers = {}
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response({"code": name, "title": title, "detail": detail}, status=code, headers=headers)
