"""Field metadata of a Zoho module: read once a day, and before the first send."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leads.models import Destination
from zoho.models import Connection

KEPT_FOR = timedelta(days=1)
UNVERIFIED_FOR = timedelta(minutes=10)
"""How soon a missing reference field is looked for again: somebody may just have made it."""


def compact(answer: Any) -> dict[str, dict[str, Any]] | None:
    """What we keep of a `settings/fields` answer, by API name; None where it is not one."""
    fields = answer.get("fields") if isinstance(answer, dict) else None
    if not isinstance(fields, list):
        return None
    return {
        field["api_name"]: {
            "type": field.get("data_type"),
            "length": field.get("length"),
            "unique": bool(field.get("unique")),
            "mandatory": bool(field.get("system_mandatory")),
            "label": field.get("field_label"),
        }
        for field in fields
        if isinstance(field, dict) and isinstance(field.get("api_name"), str)
    }


def is_stale(connection: Connection, module: str, now: datetime) -> bool:
    """Whether the metadata of the module must be read before the next send."""
    if module not in connection.fields or connection.fields_read_at is None:
        return True
    limit = KEPT_FOR if reference_is_unique(connection, module) else UNVERIFIED_FOR
    return now - connection.fields_read_at > limit


def reference_is_unique(connection: Connection, module: str) -> bool:
    """Whether Zoho refuses a second record with our reference: a unique single-line field."""
    field = connection.fields.get(module, {}).get(connection.reference_field, {})
    return bool(field.get("unique")) and field.get("type") == "text"


def store(connection: Connection, module: str, fields: dict[str, Any], now: datetime) -> None:
    """Keep the metadata, and tell the engine whether a second send is safe.

    `fields_read_at` is when the oldest of it was read: with a module that is read again a new
    collection begins, and the other modules are read again before their next send.
    """
    again = module in connection.fields
    connection.fields = connection.fields | {module: fields}
    safe = all(reference_is_unique(connection, name) for name in connection.fields)
    if again:
        connection.fields = {module: fields}
    if again or connection.fields_read_at is None:
        connection.fields_read_at = now
    connection.save(update_fields=["fields", "fields_read_at"])
    Destination.objects.filter(pk=connection.destination_id).update(resend_is_safe=safe)
