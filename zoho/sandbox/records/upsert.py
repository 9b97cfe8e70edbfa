"""Upsert: updates what a check field finds, inserts the rest."""

from __future__ import annotations

from typing import Any

from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import Refusal, error, refuse
from zoho.sandbox.organisation.built_in import NO_UPSERT
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.records import results, storage
from zoho.sandbox.records.duplicates import bundle, stored_already
from zoho.sandbox.records.judge import judge
from zoho.sandbox.records.write import stale
from zoho.sandbox.wire import Json, Reply


def upsert(call: Call) -> Reply:
    """200 however it went for each, as long as all were stored; 207 or 400 else."""
    module = call.module(in_data=True)
    if module.api_name in NO_UPSERT:
        message = "The given module is not supported in API"
        wrong = error("INVALID_MODULE", {"resource_path_index": 0}, message)
        raise Refusal(400, {"data": [wrong]})
    rows, envelope = call.rows(module)
    _may_be_checked(module, envelope.get("duplicate_check_fields"))
    items = [_upsert_one(call, module, envelope, number, row) for number, row in enumerate(rows)]
    return results.answer(items, 200, 400, envelope)


def _may_be_checked(module: Module, named: list[str] | None) -> None:
    allowed = [field.api_name for field in module.indexed]
    for number, name in enumerate(named or ()):
        if name not in allowed:
            path = f"$.duplicate_check_fields[{number}]"
            details = {"api_name": "duplicate_check_fields", "json_path": path}
            raise refuse(400, "INVALID_DATA", {"supported_values": allowed, **details})


def _upsert_one(call: Call, module: Module, envelope: Json, number: int, row: Any) -> Json:
    named = envelope.get("duplicate_check_fields")
    record, matched = _match(call, module, row, named)
    if record and stale(call, module, record):
        return error("ALREADY_MODIFIED", {"id": str(record), "json_path": f"$.data[{number}]"})
    kept, wrong = judge(call, module, envelope, number, row, update=bool(record))
    if not wrong:
        wrong = stored_already(call.db, module, {number: kept}, {number: record}).get(number, [])
    if wrong:
        return bundle(wrong, call.switches)
    now = storage.now_text()
    if record:
        item = results.updated(storage.change(call.db, module, record, kept, now))
        return {"duplicate_field": matched, "action": "update", **item}
    [body] = storage.add(call.db, module, [kept], now)
    item = results.added(body)
    del item["details"]["$approval_state"]
    if call.switches["upsert_names_field"]:
        matched = next((field.api_name for field in module.check_order(named)), None)
    return {"duplicate_field": matched, "action": "insert", **item}


def _match(call: Call, module: Module, row: Any, named: list[str] | None) -> tuple[int, str | None]:
    """The record an upsert row means and the field that says so; 0 and None for a new one."""
    for field in module.check_order(named) if isinstance(row, dict) else ():
        key = field.key(row.get(field.api_name))
        if key is not None:
            held = storage.holders(call.db, module, field, [key])
            if held:
                return held[key], field.api_name
    return 0, None
