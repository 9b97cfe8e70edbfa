"""The addresses of form tools and of browser forms in the published OpenAPI schema.

They are plain views, which read any body whatever: what drf-spectacular cannot find out is said
here.
"""

from __future__ import annotations

from typing import Any

from leads.data import KNOWN_FIELDS
from leads.intake.guard.spam import STARTED
from leads.models import Lead, Source

Json = dict[str, Any]

TEXT: Json = {"schema": {"type": "string"}}
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
ERRORS = {
    400: "The body ended early, or cannot be read.",
    401: "A source that signs did not sign this post; or the token is unknown or was revoked.",
    403: "The site is disabled, or keeps no more from unknown pages today.",
    404: "The address is unknown, or was revoked.",
    405: "Another method than the address takes.",
    413: "More than one megabyte.",
    415: "Neither JSON nor a form.",
    429: "More than may be posted in a minute; see Retry-After.",
    503: "The database is away and nothing was stored; see Retry-After.",
}


def add_plain_views(result: Json, **_about: Any) -> Json:
    """The schema with them; a hook of drf-spectacular."""
    result["paths"] |= {
        "/in/{secret}/": _by_path(
            "secret", put=_webhook("put"), post=_webhook("post"), get=_handshake()
        ),
        "/f/{token}/": _by_path("token", post=_form()),
        "/f/{token}/started/": _by_path("token", get=_started()),
    }
    return result


def _by_path(parameter: str, **operations: Json) -> Json:
    named = {"name": parameter, "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        method: operation | {"parameters": [named, *operation.get("parameters", [])]}
        for method, operation in operations.items()
    }


def _webhook(method: str) -> Json:
    answer = {"application/json": _stored()}
    stored = {"description": "Stored, held ones too.", "content": answer}
    echoed = {"description": "The same; or a handshake.", "content": answer | {"text/plain": TEXT}}
    return {
        "operationId": f"{method}_to_webhook_address",
        "summary": "Post as a form tool",
        "description": (
            "Takes any body of any type: JSON, forms, XML, compressed or not; a list of objects is "
            "one lead each. What cannot be read is stored whole and held for a person. Nothing but "
            "the address authenticates. Which success code is answered is the source's option."
        ),
        "security": [{}],
        "requestBody": {"content": {"*/*": {"schema": {}}, **_any_of_the_usual()}},
        "responses": {
            "200": echoed,
            **{str(code): stored for code in Source.Success.values if 200 < code < 204},
            "204": {"description": "The same without a body."},
            **_errors("application/json", codes=(400, 401, 404, 405, 413, 429, 503)),
        },
    }


def _any_of_the_usual() -> Json:
    fields = {"type": "object", "additionalProperties": True}
    many = {"type": "array", "items": fields}
    return {
        "application/json": {"schema": {"anyOf": [fields, many]}},
        **{name: {"schema": fields} for name in FORM_TYPES},
        "text/plain": TEXT,
    }


def _stored() -> Json:
    one = {
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "status": {"type": "string", "enum": Lead.Status.values},
        },
    }
    several = {
        "type": "object",
        "required": ["leads"],
        "properties": {"leads": {"type": "array", "items": one}},
    }
    ping = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"type": "string", "enum": ["ping"]}},
        "additionalProperties": False,
    }
    return {"schema": {"anyOf": [one, several, ping]}}


def _handshake() -> Json:
    query = [
        {"name": name, "in": "query", "schema": {"type": "string"}}
        for name in ("hub.mode", "hub.challenge", "hub.verify_token")
    ]
    return {
        "operationId": "confirm_webhook_address",
        "summary": "Confirm a subscription",
        "description": "Answers `hub.challenge` to who knows the source's verify token.",
        "security": [{}],
        "parameters": query,
        "responses": {
            "200": {"description": "The challenge.", "content": {"text/plain": TEXT}},
            **_errors("application/json", codes=(404, 405, 503)),
        },
    }


def _form() -> Json:
    known = {name: {"type": "string"} for name in (*KNOWN_FIELDS, "_next", STARTED)}
    fields = {"type": "object", "properties": known, "additionalProperties": True}
    received = {
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "status": {"type": "string", "enum": ["received"]},
            "next": {"type": "string"},
        },
    }
    bodies = {"schema": fields}
    return {
        "operationId": "post_form",
        "summary": "Post a browser form",
        "description": (
            "A form of one of the site's pages. Answers a page; JSON to who accepts it. From any "
            "other page a lead is held."
        ),
        "security": [{}],
        "requestBody": {"content": dict.fromkeys((*FORM_TYPES, "application/json"), bodies)},
        "responses": {
            "200": {"description": "Thank you.", "content": {"text/html": TEXT}},
            "202": {
                "description": "Stored.",
                "content": {"application/json": {"schema": received}},
            },
            "302": {"description": "To the page that `_next` names."},
            **_errors(
                "application/json", "text/html", codes=(400, 401, 403, 405, 413, 415, 429, 503)
            ),
        },
    }


def _started() -> Json:
    stamp = {"type": "object", "required": [STARTED], "properties": {STARTED: {"type": "string"}}}
    return {
        "operationId": "start_form",
        "summary": "When a form was opened",
        "description": f"A stamp for the form's field `{STARTED}`.",
        "security": [{}],
        "responses": {
            "200": {"description": "A stamp.", "content": {"application/json": {"schema": stamp}}},
            **_errors("application/json", "text/html", codes=(401, 403, 405, 503)),
        },
    }


def _errors(*types: str, codes: tuple[int, ...]) -> Json:
    schemas: Json = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Error"}},
        "text/html": TEXT,
    }
    content = {name: schemas[name] for name in types}
    return {str(code): {"description": ERRORS[code], "content": content} for code in codes}
