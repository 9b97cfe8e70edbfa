"""Zoho's error objects, and the exception that carries one up to the answer."""

from __future__ import annotations

from typing import Any

from zoho.sandbox.wire import Json, Reply, reply_json

MESSAGES = {
    "ALREADY_MODIFIED": "record updated time has already passed if-unmodified-since time",
    "AUTHENTICATION_FAILURE": "Authentication failed",
    "DEPENDENT_FIELD_MISSING": "required field not found",
    "DUPLICATE_DATA": "duplicate data",
    "EXPECTED_PARAM_MISSING": "one of the expected parameter is missing",
    "INTERNAL_ERROR": "Internal Server Error",
    "INVALID_DATA": "invalid data",
    "INVALID_MODULE": "the module name given seems to be invalid",
    "INVALID_QUERY": "invalid query formed",
    "INVALID_REQUEST_METHOD": "The http request method type is not a valid one",
    "INVALID_OAUTHTOKEN": "invalid oauth token",
    "INVALID_TOKEN": "invalid oauth token",
    "INVALID_URL_PATTERN": "Please check if the URL trying to access is a correct one",
    "INVALID_REQUEST": "the request contains an invalid parameter value",
    "LIMIT_REACHED": "the limit of records that can be read this way is reached",
    "LIMIT_EXCEEDED": "count of records in your request exceeds the limit",
    "MANDATORY_NOT_FOUND": "required field not found",
    "MULTIPLE_OR_MULTI_ERRORS": "Multiple errors in the request",
    "NO_PERMISSION": "Permission denied",
    "OAUTH_SCOPE_MISMATCH": "Unauthorized",
    "RATE_LIMIT_EXCEEDED": "Rate limit exceeded. Please retry after the specified time.",
    "REQUIRED_PARAM_MISSING": "One of the expected parameter is missing",
    "SERVICE_UNAVAILABLE": "Service temporarily unavailable for maintenance",
    "SYNTAX_ERROR": "error occurred while parsing the query",
    "TOO_MANY_REQUESTS": "Rate limit exceeded. Please retry after the specified time.",
}


def error(code: str, details: Json | None = None, message: str | None = None) -> Json:
    """One error object: code, details, message, status, in the order Zoho writes them."""
    return {
        "code": code,
        "details": details or {},
        "message": MESSAGES.get(code, code) if message is None else message,
        "status": "error",
    }


class Refusal(Exception):
    """The call ends here with this answer. Nothing of it was stored."""

    def __init__(self, status: int, payload: Any, records: int = 0) -> None:
        super().__init__(status, payload)
        self.status = status
        self.payload = payload
        self.records = records

    def answer(self) -> Reply:
        return reply_json(self.status, self.payload, records=self.records)


def refuse(status: int, code: str, details: Json | None = None, message: str = "") -> Refusal:
    """A refusal with one error object at the top level of the body."""
    return Refusal(status, error(code, details, message or None))
