"""What intake answers when it does not take a lead: one shape for every error."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response

RETRY_SECONDS = 10
"""After which a sender tries again when the database was away."""


class Refusal(exceptions.APIException):
    """An answer other than 202. `title` is for people, `code` for programs.

    `is_traced`: whether what a known site sent is kept as a rejected submission. `errors` names
    headers and fields at fault, each with what is wrong with it; `note` is for our own people.
    """

    code = "invalid"
    title = "Bad request"
    is_traced = False

    def __init__(
        self,
        detail: str,
        wait: int | None = None,
        errors: dict[str, str] | None = None,
        note: str = "",
    ) -> None:
        super().__init__(detail)
        self.wait = wait
        self.errors = errors
        self.note = note


class Unreadable(Refusal):
    """400: what arrived cannot be read as fields."""

    status_code = status.HTTP_400_BAD_REQUEST
    code, title = "unreadable", "The submission cannot be read"
    is_traced = True


class NotAuthenticated(Refusal):
    """401: no key, or one that is unknown or revoked."""

    status_code = status.HTTP_401_UNAUTHORIZED
    code, title = "unauthenticated", "A valid site key is needed"


class NotSigned(NotAuthenticated):
    """401: a source that signs its posts did not sign this one, or not with its secret."""

    code, title = "not_signed", "The signature is not right"
    is_traced = True


class Replayed(Refusal):
    """409: a signed request that was taken before."""

    status_code = status.HTTP_409_CONFLICT
    code, title = "replayed", "This request came before"


class Forbidden(Refusal):
    """403: the site is disabled."""

    status_code = status.HTTP_403_FORBIDDEN
    code, title = "forbidden", "This site may not post"


class SignatureNeeded(Forbidden):
    """403: the site takes signed requests alone."""

    code, title = "signature_needed", "This site takes signed requests alone"


class ForeignPage(Forbidden):
    """403: the page that a form was sent from is not one of the site's own."""

    is_traced = True


class NothingHere(Refusal):
    """404: no page and no lead."""

    status_code = status.HTTP_404_NOT_FOUND
    code, title = "not_found", "Not found"


class WrongMethod(Refusal):
    """405: another method than the address takes."""

    status_code = status.HTTP_405_METHOD_NOT_ALLOWED
    code, title = "method_not_allowed", "Not this method"


class TooLarge(Refusal):
    """413: over one megabyte."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    code, title = "too_large", "The submission is too large"
    is_traced = True


class Unsupported(Refusal):
    """415: neither JSON nor a form, compressed, or with a file."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    code, title = "unsupported_type", "This content type is not supported"
    is_traced = True


class KeyReused(Refusal):
    """422: the Idempotency-Key belongs to another lead."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    code, title = "key_reused", "The Idempotency-Key was used with another body"
    is_traced = True


class OverQuota(Refusal):
    """429: more than the site, or one visitor, may post in a minute."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    code, title = "over_quota", "Too many leads in a minute"


class Away(Refusal):
    """503: the database is away; nothing was stored."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    code, title = "unavailable", "Not stored: try again"


class NotKnown(Away):
    """503: the database went away as it stored the lead, and cannot be asked what became of it."""

    title = "Not known whether it was stored: try again"

    def __init__(self) -> None:
        super().__init__(
            "The database went away while the lead was being stored. Send it again, with the same"
            " Idempotency-Key where it had one: it is stored once then.",
            wait=RETRY_SECONDS,
        )


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001 - its caller's signature
    """Every error as {"code", "title", "detail"}; None lets Django handle what we do not know."""
    if isinstance(error, Refusal):
        return _answer(error.status_code, error.code, error.title, error)
    if isinstance(error, Http404):
        return _answer(404, "not_found", "Not found", "There is no such lead for this key.")
    if isinstance(error, PermissionDenied):
        return _answer(403, "forbidden", "Forbidden", "This is not allowed.")
    if isinstance(error, exceptions.MethodNotAllowed):
        return _answer(405, "method_not_allowed", "Not this method", str(error.detail))
    if isinstance(error, exceptions.APIException):
        return _answer(error.status_code, str(error.get_codes()), str(error.default_detail), error)
    return None


def as_dict(code: str, title: str, detail: str, errors: dict[str, str] | None) -> dict[str, Any]:
    """The body of an error: `errors` only where there are any."""
    answer: dict[str, Any] = {"code": code, "title": title, "detail": detail}
    return answer | ({"errors": errors} if errors else {})


def headers_of(error: object) -> dict[str, str]:
    """Retry-After where the sender is asked to wait."""
    wait = getattr(error, "wait", None)
    return {} if wait is None else {"Retry-After": str(wait)}


def _answer(
    status_code: int, code: str, title: str, said: str | exceptions.APIException
) -> Response:
    headers = headers_of(said)
    if status_code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    detail = said if isinstance(said, str) else str(said.detail)
    body = as_dict(code, title, detail, getattr(said, "errors", None))
    return Response(body, status=status_code, headers=headers)
