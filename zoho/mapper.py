"""From a lead's data to a Zoho record. Pure: the same data always make the same record."""

from __future__ import annotations

from collections import Counter
from typing import Any

from leads.data import as_text, text
from zoho.repair import append_to_description, move_long_postcode

FIELDS = {
    "email": "Email",
    "phone": "Phone",
    "company": "Company",
    "street": "Street",
    "city": "City",
    "state": "State",
    "zip": "Zip_Code",
    "country": "Country",
    "message": "Description",
}
NAMES = ("contact_name", "first_name", "last_name")


def to_record(data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The record to send and the repairs made on the way, in words.

    Known fields go to their Zoho fields, everything else to Description as "label: value":
    no value that arrived is left out.
    """
    record = _names(data)
    for source, target in FIELDS.items():
        if value := text(data, source):
            record[target] = value
    if spare := _spare_name(data, record):
        append_to_description(record, "contact_name", spare)
    for source in data:
        if source not in FIELDS and source not in NAMES and (value := as_text(data[source])):
            append_to_description(record, source, value)
    return record, move_long_postcode(record)


def _names(data: dict[str, Any]) -> dict[str, Any]:
    """First and last name: as they came, else the contact name split at its last blank."""
    first, last = text(data, "first_name"), text(data, "last_name")
    if not last:
        whole = text(data, "contact_name")
        if first and whole.startswith(f"{first} "):
            whole = whole.removeprefix(first).strip()
        before, _blank, last = whole.rpartition(" ")
        first = " ".join(filter(None, (first, before.strip())))
    names = {"First_Name": first, "Last_Name": last}
    return {field: value for field, value in names.items() if value}


def _spare_name(data: dict[str, Any], record: dict[str, Any]) -> str:
    """The contact name, where the names in the record do not already say all of it."""
    whole = text(data, "contact_name")
    said = " ".join(filter(None, (record.get("First_Name"), record.get("Last_Name"))))
    return "" if Counter(whole.split()) <= Counter(said.split()) else whole
