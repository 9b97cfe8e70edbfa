"""The items of a writing call's answer, and the status they make together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoho.sandbox.organisation.users import USER
from zoho.sandbox.wire import Json, Reply, reply_json


def added(body: Json) -> Json:
    """The item of a new record."""
    details = _details(body)
    details["$approval_state"] = body.get("$approval_state", "approved")
    return success(details, "record added")


def updated(body: Json) -> Json:
    """The item of a record that was there before."""
    return success(_details(body), "record updated")


def _details(body: Json) -> Json:
    return {
        "Modified_Time": body["Modified_Time"],
        "Modified_By": USER,
        "Created_Time": body["Created_Time"],
        "id": body["id"],
        "Created_By": USER,
    }


def success(details: Json, message: str) -> Json:
    """An item that says all went well."""
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def answer(
    items: list[Json], all_stored: int, none_stored: int, envelope: Mapping[str, Any]
) -> Reply:
    """All items in one answer. Nothing stored for staleness alone has a status of its own."""
    stored = sum(item["code"] == "SUCCESS" for item in items)
    if all(item["code"] == "ALREADY_MODIFIED" for item in items):
        none_stored = 412
    some = 207 if stored else none_stored
    return reply_json(
        all_stored if stored == len(items) else some,
        {"data": items},
        records=len(items),
        stored=stored,
        credits=(len(items) + 9) // 10,
        notes=dict(envelope),
    )
