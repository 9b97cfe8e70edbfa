"""Reading records: one, several by id, or a list."""

from __future__ import annotations

import base64
import json

from zoho.sandbox.calls import paging
from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.records import external, storage
from zoho.sandbox.records.write import ids
from zoho.sandbox.wire import Json, Reply, reply_json


def one_record(call: Call) -> Reply:
    """The record, 204 for an id nobody has, 400 for what is no id."""
    module = call.module()
    outside = external.own_field(call, module)
    record = external.find(call, module, call.args["id"])
    if not record and not outside and call.switches["malformed_id"] == 400:
        details = {"resource_path_index": 1}
        raise refuse(400, "INVALID_DATA", details, "the id given seems to be invalid")
    body = storage.find(call.db, module, record)
    if not body or not storage.is_wanted(body, call.request.query):
        return Reply(204)
    fields = paging.fields(call.request.query) or None
    return reply_json(200, {"data": [storage.shown(module, body, fields)]})


def many_records(call: Call) -> Reply:
    """A page of records, newest first, with the fields asked for; 204 when there is none."""
    module, query = call.module(), call.request.query
    fields = paging.fields(query)
    if query.get("ids"):
        return _by_ids(call, module, fields)
    if not fields:
        raise refuse(400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    page = paging.page_asked(query)
    below, skip = _start(query.get("page_token"), page)
    rows = call.db.execute(
        f"SELECT body FROM records WHERE module = ? AND id < ? AND {storage.wanted(query)}"  # noqa: S608
        " ORDER BY id DESC LIMIT ? OFFSET ?",
        (module.api_name, below, page.size + 1, skip),
    ).fetchall()
    if not rows:
        return Reply(204)
    found = [storage.shown(module, json.loads(row["body"]), fields) for row in rows[: page.size]]
    more = len(rows) > page.size
    info = {**page.info(len(found), more), "sort_by": "id", "sort_order": "desc"}
    info["next_page_token"] = _page_token(found[-1]["id"]) if more else None
    return reply_json(200, {"data": found, "info": info})


def _by_ids(call: Call, module: Module, fields: list[str]) -> Reply:
    """The records that `ids` names, by Zoho's ids or external ones; unknown ones are left out."""
    page = paging.PageRequest(1, paging.MOST_ROWS)
    numbers = [external.find(call, module, one) for one in ids(call)[: page.size]]
    found_there = (storage.find(call.db, module, one) for one in numbers)
    bodies = [one for one in found_there if one and storage.is_wanted(one, call.request.query)]
    if not bodies:
        return Reply(204)
    found: list[Json] = [storage.shown(module, body, fields or None) for body in bodies]
    return reply_json(200, {"data": found, "info": page.info(len(found), False)})


def deleted_records(call: Call) -> Reply:
    """A page of what was deleted or merged away, newest first; 204 where there is none."""
    module, page = call.module(), paging.page_asked(call.request.query)
    rows = call.db.execute(
        "SELECT id, name, at FROM deleted WHERE module = ? ORDER BY at DESC, id DESC"
        " LIMIT ? OFFSET ?",
        (module.api_name, page.size + 1, page.skip),
    ).fetchall()
    if not rows:
        return Reply(204)
    found: list[Json] = [
        {
            "id": str(row["id"]),
            "display_name": row["name"],
            "type": "recycle",
            "deleted_time": row["at"],
        }
        for row in rows[: page.size]
    ]
    return reply_json(200, {"data": found, "info": page.info(len(found), len(rows) > page.size)})


def _start(token: str | None, page: paging.PageRequest) -> tuple[int, int]:
    """The id to stay below and the rows to skip: by token, or by page up to 2,000 records."""
    if token:
        try:
            return int(base64.urlsafe_b64decode(token.encode("ascii"))), 0
        except ValueError:
            raise refuse(400, "INVALID_DATA", {"param_name": "page_token"}) from None
    page.check("DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    return 2**63 - 1, page.skip


def _page_token(record: str) -> str:
    return base64.urlsafe_b64encode(record.encode()).decode()
