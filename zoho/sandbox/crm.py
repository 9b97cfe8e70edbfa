"""Writing records: insert, update, upsert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import records
from .call import Call
from .catalogue import Module
from .duplicates import bundle, duplicate, stored_already, twins
from .errors import error, refuse
from .wire import Answer, Json, answer_json

Errors = dict[int, list[Json]]


def insert(call: Call) -> Answer:
    """Stores what fits. 201 when all did, 207 when some, 400 when none; one item a record."""
    module = call.module(in_data=True)
    rows, envelope = call.rows()
    good, errors = _read(call, module, rows)
    now = records.now_text()
    ids, twin_errors = _store(call, module, good, now)
    errors.update(twin_errors)
    items = [
        bundle(errors[n], call.switches) if n in errors else _added(ids[n], now)
        for n in range(len(rows))
    ]
    return _answer(items, len(ids), 201, call.switches["rejected_status"], envelope)


def _read(call: Call, module: Module, rows: list[Any]) -> tuple[dict[int, Json], Errors]:
    """What may be stored by place in the call, after every check but the twins; and the errors."""
    good: dict[int, Json] = {}
    errors: Errors = {}
    for number, row in enumerate(rows):
        kept, wrong = module.rules.read(row, number, call.switches)
        if wrong:
            errors[number] = wrong
        if not wrong or call.switches["faults_per_record"] == "all":
            good[number] = kept
    for number, more in stored_already(call.db, module, good, {}).items():
        errors.setdefault(number, []).extend(more)
    return {n: row for n, row in good.items() if n not in errors}, errors


def _store(
    call: Call, module: Module, good: dict[int, Json], now: str
) -> tuple[dict[int, int], Errors]:
    """Stores all but twins; returns the new ids by place, and the twins' errors.

    The first of two twins is stored, unless the sandbox is told to refuse both.
    """
    late = twins(module, good)
    both = call.switches["twins"] == "both refused"
    out = set(late) | ({first for pairs in late.values() for _, first in pairs} if both else set())
    rows = {number: row for number, row in good.items() if number not in out}
    new = records.add(call.db, module, list(rows.values()), now)
    ids = dict(zip(rows, new, strict=True))
    errors: Errors = {}
    for number, pairs in late.items():
        for name, first in pairs:
            # A twin of a twin names the one that was stored; with none stored, none is named.
            errors.setdefault(number, []).append(duplicate(module, name, number, ids.get(first)))
            if both and first not in errors:
                errors[first] = [duplicate(module, name, first, None)]
    return ids, errors


def update(call: Call) -> Answer:
    """Writes over existing records, by the id in the path or in each record. 200, 207 or 400."""
    module = call.module(in_data=True)
    rows, envelope = call.rows()
    if "id" in call.args:
        rows = [{**row, "id": call.args["id"]} if isinstance(row, dict) else row for row in rows]
        rows = rows[:1]
    items = [_update_one(call, module, number, row) for number, row in enumerate(rows)]
    return _answer(items, _stored(items), 200, 400, envelope)


def _update_one(call: Call, module: Module, number: int, row: Any) -> Json:
    record, wrong_id = _own_id(call, module, number, row)
    if wrong_id:
        return wrong_id
    kept, wrong = module.rules.read(row, number, call.switches, update=True)
    if not wrong:
        wrong = stored_already(call.db, module, {number: kept}, {number: record}).get(number, [])
    if wrong:
        return bundle(wrong, call.switches)
    return _updated(records.change(call.db, module, record, kept, records.now_text()))


def _own_id(call: Call, module: Module, number: int, row: Any) -> tuple[int, Json | None]:
    """The id of the record to update, or the error instead."""
    given = row.get("id") if isinstance(row, dict) else None
    place = {"api_name": "id", "json_path": f"$.data[{number}].id"}
    if given is None:
        return 0, error("MANDATORY_NOT_FOUND", place)
    record = record_id(given)
    if record and records.find(call.db, module, record):
        return record, None
    details = {"resource_path_index": 1} if "id" in call.args else place
    return 0, error("INVALID_DATA", details, "the id given seems to be invalid")


def record_id(text: Any) -> int:
    """The number in an id of Zoho's; 0 for anything else."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 19:
        return int(text) if int(text) < 2**63 else 0
    return 0


def upsert(call: Call) -> Answer:
    """Updates what a check field finds, inserts the rest. 200, 207 or 400."""
    module = call.module(in_data=True)
    rows, envelope = call.rows()
    named = envelope.get("duplicate_check_fields")
    _may_be_checked(module, named)
    items = [_upsert_one(call, module, number, row, named) for number, row in enumerate(rows)]
    return _answer(items, _stored(items), 200, 400, envelope)


def _may_be_checked(module: Module, named: list[str] | None) -> None:
    allowed = [field.api_name for field in module.indexed]
    for number, name in enumerate(named or ()):
        if name not in allowed:
            path = f"$.duplicate_check_fields[{number}]"
            details = {"api_name": "duplicate_check_fields", "json_path": path}
            raise refuse(400, "INVALID_DATA", {"supported_values": allowed, **details})


def _upsert_one(call: Call, module: Module, number: int, row: Any, named: list[str] | None) -> Json:
    record, matched = _match(call, module, row, named)
    kept, wrong = module.rules.read(row, number, call.switches, update=bool(record))
    if not wrong:
        wrong = stored_already(call.db, module, {number: kept}, {number: record}).get(number, [])
    if wrong:
        return bundle(wrong, call.switches)
    now = records.now_text()
    if record:
        item = _updated(records.change(call.db, module, record, kept, now))
        return {"duplicate_field": matched, "action": "update", **item}
    [record] = records.add(call.db, module, [kept], now)
    item = _added(record, now)
    del item["details"]["$approval_state"]
    if call.switches["upsert_names_field"]:
        matched = next((field.api_name for field in module.check_order(named)), None)
    return {"duplicate_field": matched, "action": "insert", **item}


def _match(call: Call, module: Module, row: Any, named: list[str] | None) -> tuple[int, str | None]:
    """The record an upsert row means and the field that says so; 0 and None for a new one."""
    for field in module.check_order(named) if isinstance(row, dict) else ():
        key = field.key(row.get(field.api_name))
        if key is not None:
            held = records.holders(call.db, module, field, [key])
            if held:
                return held[key], field.api_name
    return 0, None


def _added(record: int, now: str) -> Json:
    details = _details(str(record), now, now)
    details["$approval_state"] = "approved"
    return _success(details, "record added")


def _updated(body: Json) -> Json:
    details = _details(body["id"], body["Created_Time"], body["Modified_Time"])
    return _success(details, "record updated")


def _details(record: str, created: str, modified: str) -> Json:
    return {
        "Modified_Time": modified,
        "Modified_By": records.USER,
        "Created_Time": created,
        "id": record,
        "Created_By": records.USER,
    }


def _success(details: Json, message: str) -> Json:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _stored(items: list[Json]) -> int:
    return sum(item["code"] == "SUCCESS" for item in items)


def _answer(
    items: list[Json], stored: int, all_stored: int, none_stored: int, envelope: Mapping[str, Any]
) -> Answer:
    some = 207 if stored else none_stored
    return answer_json(
        all_stored if stored == len(items) else some,
        {"data": items},
        records=len(items),
        stored=stored,
        credits=(len(items) + 9) // 10,
        notes=dict(envelope),
    )
