"""What the operations API answers when it does not do what was asked: RFC 9457, one shape."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from leads.intake.errors import Refusal, headers_of

MEDIA_TYPE = "application/problem+json"
TITLES = {
    "unreadable": "The request cannot be read",
    "invalid": "The request is not valid",
    "unauthenticated": "A valid API token is needed",
    "forbidden": "This is not allowed",
    "scope": "The token may not do this",
    "not_found": "Not found",
    "method_not_allowed": "Not this method",
    "conflict": "Somebody was faster",
    "too_large": "The request is too large",
    "unsupported_type": "This content type is not supported",
    "key_reused": "The Idempotency-Key was used with another request",
    "too_many": "Too many calls in a minute",
}
"""By code, which is the end of a problem's type."""


class Problem(exceptions.APIException):
    """An answer of 400 and above: a code for programs, words for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: dict[str, str] | None = None,
        wait: int | None = None,
    ) -> None:
        super().__init__(detail, code)
        self.status_code, self.code, self.errors, self.wait = status, code, errors, wait


class ProblemSerializer(serializers.Serializer[dict[str, Any]]):
    """Any answer of 400 and above (RFC 9457)."""

    type = serializers.CharField(help_text="urn:leadops:problem: and the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # `errors` is a field here, and a property of every serializer
        child=serializers.CharField(),
        required=False,
        help_text="What is wrong, by field.",
    )


def invalid(detail: str, errors: dict[str, str] | None = None) -> Problem:
    """422: it can be read, and cannot be done."""
    return Problem(422, "invalid", detail, errors)


def conflict(detail: str) -> Problem:
    """409: what was decided upon is no longer as it was seen."""
    return Problem(409, "conflict", detail)


def answer_problem(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001 - its caller's signature
    """Every error of the operations API; None lets Django handle what we do not know."""
    problem = _known(error)
    if problem is None:
        return None
    body: dict[str, Any] = {
        "type": f"urn:leadops:problem:{problem.code}",
        "title": TITLES[problem.code],
        "status": problem.status_code,
        "detail": str(problem.detail),
        "code": problem.code,
    }
    body |= {"errors": problem.errors} if problem.errors else {}
    headers = headers_of(problem)
    if problem.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, problem.status_code, headers=headers, content_type=MEDIA_TYPE)


def _known(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return Problem(404, "not_found", "There is no such thing for this token.")
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return Problem(403, "forbidden", "The token's account may not do this.")
    if isinstance(error, exceptions.MethodNotAllowed):
        return Problem(405, "method_not_allowed", str(error.detail))
    if isinstance(error, exceptions.UnsupportedMediaType):
        return Problem(415, "unsupported_type", "Send application/json.")
    if isinstance(error, exceptions.ValidationError):
        return invalid("Some fields are not as they must be.", _flat(error.detail))
    if isinstance(error, Refusal | exceptions.ParseError):
        return Problem(400, "unreadable", str(error.detail))
    return None


def _flat(detail: Any, path: str = "") -> dict[str, str]:
    """What a serializer has against its fields, by their paths."""
    if isinstance(detail, dict):
        parts = [_flat(value, f"{path}.{name}".strip(".")) for name, value in detail.items()]
        return {name: text for part in parts for name, text in part.items()}
    words = detail if isinstance(detail, list) else [detail]
    if any(isinstance(word, dict) for word in words):
        parts = [_flat(word, f"{path}.{n}") for n, word in enumerate(words) if word]
        return {name: text for part in parts for name, text in part.items()}
    return {path or "body": " ".join(map(str, words))}
