"""Writing records: insert, update, delete. Upsert has a file of its own."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from zoho.sandbox.calls.call import MOST_RECORDS, Call
from zoho.sandbox.errors import error, refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.records import external, results, storage
from zoho.sandbox.records.duplicates import bundle, duplicate, stored_already, twins
from zoho.sandbox.records.judge import WRONG_ID, judge
from zoho.sandbox.wire import Json, Reply, reply_json

GONE = {storage.CONVERTED: True}
"""Stands for a record that is not there: it takes no update, as one that was converted."""
Errors = dict[int, list[Json]]


def insert_records(call: Call) -> Reply:
    """Stores what fits. 201 when all did, 207 when some, 400 when none; one item a record."""
    module = call.module(in_data=True)
    rows, envelope = call.rows(module)
    good, errors = _read(call, module, rows, envelope)
    stored, twin_errors = _store(call, module, good)
    errors.update(twin_errors)
    items = [
        bundle(errors[n], call.switches) if n in errors else results.added(stored[n])
        for n in range(len(rows))
    ]
    return results.answer(items, 201, call.switches["rejected_status"], envelope)


def _read(
    call: Call, module: Module, rows: list[Any], envelope: Json
) -> tuple[dict[int, Json], Errors]:
    """What may be stored by place in the call, after every check but the twins; and the errors."""
    good: dict[int, Json] = {}
    errors: Errors = {}
    for number, row in enumerate(rows):
        kept, wrong = judge(call, module, envelope, number, row)
        if wrong:
            errors[number] = wrong
        if not wrong or call.switches["faults_per_record"] == "all":
            good[number] = kept
    for number, more in stored_already(call.db, module, good, {}).items():
        errors.setdefault(number, []).extend(more)
    return {n: row for n, row in good.items() if n not in errors}, errors


def _store(call: Call, module: Module, good: dict[int, Json]) -> tuple[dict[int, Json], Errors]:
    """Stores all but twins; returns the new records by place, and the twins' errors.

    The first of two twins is stored, unless the sandbox is told to refuse both.
    """
    late = twins(module, good)
    both = call.switches["twins"] == "both refused"
    out = set(late) | ({first for pairs in late.values() for _, first in pairs} if both else set())
    rows = {number: row for number, row in good.items() if number not in out}
    new = storage.add(call.db, module, list(rows.values()), storage.now_text())
    stored = dict(zip(rows, new, strict=True))
    errors: Errors = {}
    for number, pairs in late.items():
        for name, first in pairs:
            # A twin of a twin names the one that was stored; with none stored, none is named.
            holder = int(stored[first]["id"]) if first in stored else None
            errors.setdefault(number, []).append(duplicate(module, name, number, holder))
            if both and first not in errors:
                errors[first] = [duplicate(module, name, first, None)]
    return stored, errors


def update_records(call: Call) -> Reply:
    """Writes over existing records, by the id in the path or in each record. 200, 207 or 400."""
    module = call.module(in_data=True)
    rows, envelope = call.rows(module)
    if "id" in call.args:
        rows = [{**row, "id": call.args["id"]} if isinstance(row, dict) else row for row in rows]
        rows = rows[:1]
    items = [_update_one(call, module, envelope, number, row) for number, row in enumerate(rows)]
    return results.answer(items, 200, 400, envelope)


def _update_one(call: Call, module: Module, envelope: Json, number: int, row: Any) -> Json:
    record, wrong_id = _own_id(call, module, number, row)
    if wrong_id:
        return wrong_id
    if stale(call, module, record):
        return error("ALREADY_MODIFIED", {"id": str(record), "json_path": f"$.data[{number}].id"})
    kept, wrong = judge(call, module, envelope, number, row, update=True)
    if not wrong:
        wrong = stored_already(call.db, module, {number: kept}, {number: record}).get(number, [])
    if wrong:
        return bundle(wrong, call.switches)
    return results.updated(storage.change(call.db, module, record, kept, storage.now_text()))


def _own_id(call: Call, module: Module, number: int, row: Any) -> tuple[int, Json | None]:
    """The id of the record to update, or the error instead.

    The path and `id` hold an external value where X-EXTERNAL says so; so does the field itself.
    """
    field = external.own_field(call, module)
    given = row.get("id") if isinstance(row, dict) else None
    if given is None and field and isinstance(row, dict):
        given = row.get(field.api_name)
    place = {"api_name": "id", "json_path": f"$.data[{number}].id"}
    if given is None:
        return 0, error("MANDATORY_NOT_FOUND", place)
    record = external.find(call, module, given) if isinstance(given, str) else 0
    if record and storage.is_wanted(storage.find(call.db, module, record) or GONE, {}):
        return record, None
    details = {"resource_path_index": 1} if "id" in call.args else place
    return 0, error("INVALID_DATA", details, WRONG_ID)


def stale(call: Call, module: Module, record: int) -> bool:
    """Whether the record was written after the time the caller's If-Unmodified-Since names."""
    since = _time(call.request.headers.get("if-unmodified-since", ""))
    if since is None:
        return False
    written = storage.find(call.db, module, record)["Modified_Time"]
    return datetime.fromisoformat(written) > since


def _time(text: str) -> datetime | None:
    """A header's time: ISO 8601 as Zoho's pages write it, or HTTP's own form."""
    if not text:
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(text)
        except ValueError:
            continue
        if found.tzinfo:
            return found
    details = {"header": "If-Unmodified-Since", "expected_data_type": "datetime"}
    raise refuse(400, "INVALID_DATA", details)


def delete_records(call: Call) -> Reply:
    """Removes the record of the path, or those of `ids`. 200, 207 or 400; one item a record."""
    module = call.module()
    wanted = [call.args["id"]] if "id" in call.args else ids(call)
    if not wanted:
        raise refuse(400, "REQUIRED_PARAM_MISSING", {"param_name": "ids"})
    if len(wanted) > MOST_RECORDS:
        limit = {"maximum_length": MOST_RECORDS, "param_name": "ids"}
        raise refuse(400, "LIMIT_EXCEEDED", limit)
    items = [_delete_one(call, module, one) for one in wanted]
    gone = sum(item["code"] == "SUCCESS" for item in items)
    status = 200 if gone == len(items) else 207 if gone else 400
    return reply_json(status, {"data": items}, records=len(items))


def ids(call: Call) -> list[str]:
    """The entries of the parameter `ids`."""
    return [one.strip() for one in call.request.query.get("ids", "").split(",") if one.strip()]


def _delete_one(call: Call, module: Module, given: str) -> Json:
    record = external.find(call, module, given)
    if record and storage.remove(call.db, module, record):
        return results.success({"id": str(record)}, "record deleted")
    return error("INVALID_DATA", {"id": given}, WRONG_ID)
