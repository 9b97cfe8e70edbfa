"""Making a record fit its fields, losing nothing: what does not fit moves, and is listed."""

from __future__ import annotations

from typing import Any

ZIP_LIMIT = 10
"""A postcode longer than this is an address that landed in the wrong field."""
STREET_LIMIT = 250
"""Characters of Zoho's Street (field metadata of the Leads module)."""


def move_long_postcode(record: dict[str, Any]) -> list[str]:
    """Move a `Zip_Code` of over 10 characters to Street, or to Description when that is full.

    Changes the record; returns the repairs in words, none when nothing was to be done.
    """
    postcode = record.get("Zip_Code", "")
    if len(postcode) <= ZIP_LIMIT:
        return []
    del record["Zip_Code"]
    street = ", ".join(filter(None, (record.get("Street", ""), postcode)))
    if len(street) <= STREET_LIMIT:
        record["Street"] = street
        return [f"zip: longer than {ZIP_LIMIT} characters, moved to Street"]
    append_to_description(record, "zip", postcode)
    return [f"zip: longer than {ZIP_LIMIT} characters, moved to Description (Street is full)"]


def append_to_description(record: dict[str, Any], label: str, value: str) -> None:
    """Add a line "label: value" to Description."""
    lines = [record.get("Description", ""), f"{label}: {value}"]
    record["Description"] = "\n".join(filter(None, lines))
