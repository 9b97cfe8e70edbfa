"""The unique check: against what is stored, and within one call."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from zoho.sandbox.errors import error
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.organisation.users import USER, ZUID
from zoho.sandbox.records.storage import holders
from zoho.sandbox.wire import Json


def duplicate(module: Module, name: str, number: int, holder: int | None) -> Json:
    """The DUPLICATE_DATA that names the record already holding the value, where one does."""
    details: Json = {"api_name": name}
    if holder is not None:
        details["duplicate_record"] = {
            "Owner": {**USER, "zuid": ZUID},
            "module": {"api_name": module.api_name, "id": module.id},
            "id": str(holder),
        }
    details["json_path"] = f"$.data[{number}].{name}"
    if holder is not None:
        details["id"] = str(holder)
    details["more_records"] = False
    return error("DUPLICATE_DATA", details)


def stored_already(
    db: sqlite3.Connection, module: Module, rows: Mapping[int, Json], own: Mapping[int, int]
) -> dict[int, list[Json]]:
    """Errors by place in the call, for values another record holds; one query a unique field.

    `own` says which record a row updates: what it holds itself is no duplicate. Several errors
    of one row come in the order of its keys.
    """
    found: dict[int, list[Json]] = {}
    for field in module.unique:
        keys = {n: key for n, row in rows.items() if (key := field.key(row.get(field.api_name)))}
        held = holders(db, module, field, keys.values())
        for number, key in keys.items():
            holder = held.get(key)
            if holder is not None and holder != own.get(number):
                found.setdefault(number, []).append(
                    duplicate(module, field.api_name, number, holder)
                )
    for number, errors in found.items():
        errors.sort(key=lambda one: list(rows[number]).index(one["details"]["api_name"]))
    return found


def twins(module: Module, rows: Mapping[int, Json]) -> dict[int, list[tuple[str, int]]]:
    """By place in the call: the fields whose value an earlier row has too, with that row."""
    found: dict[int, list[tuple[str, int]]] = {}
    for field in module.unique:
        seen: dict[str, int] = {}
        for number, row in rows.items():
            key = field.key(row.get(field.api_name))
            if key is None:
                continue
            first = seen.setdefault(key, number)
            if first != number:
                found.setdefault(number, []).append((field.api_name, first))
    return found


def bundle(errors: list[Json], switches: Mapping[str, Any]) -> Json:
    """One error for a record out of all that were found.

    Normally the first alone; duplicates on several fields are bundled.
    """
    if switches["duplicate_module"] != "own":
        for one in errors:
            _move(one, switches["duplicate_module"])
    if not switches["duplicate_names_id"]:
        for one in errors:
            if one["code"] == "DUPLICATE_DATA":
                one["details"].pop("id", None)
    if len(errors) == 1:
        return errors[0]
    alike = all(one["code"] == "DUPLICATE_DATA" for one in errors)
    if not alike and switches["faults_per_record"] == "first":
        return errors[0]
    for one in errors:
        if one["code"] == "DUPLICATE_DATA":
            one["details"].pop("id", None)
    message = switches["several_duplicates"] if alike else None
    return error("MULTIPLE_OR_MULTI_ERRORS", {"errors": errors}, message)


def _move(one: Json, module: str) -> None:
    """Name a record of another module, as where a rule of duplicates looks into several."""
    record = one["details"].get("duplicate_record")
    if record and not one["details"]["api_name"].endswith("_Ref"):
        record["module"] = {"api_name": module, "id": record["module"]["id"]}
