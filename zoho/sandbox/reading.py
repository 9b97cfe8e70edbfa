"""Reading calls: records, and what the organisation is made of."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from . import records
from .call import Call
from .catalogue import Module
from .crm import record_id
from .errors import refuse
from .modules import CHECK_FIELDS
from .wire import Answer, Json, answer_json

MOST_FIELDS, MOST_ROWS, MOST_PAGED = 50, 200, 2000

ORG: Json = {
    "id": "6100000000000019001",
    "company_name": "Nordlicht GmbH",
    "zgid": "800001",
    "domain_name": "org800001",
    "primary_email": "mara@example.org",
    "country_code": "DE",
    "iso_code": "EUR",
    "currency_symbol": "€",
    "time_zone": "Europe/Berlin",
    "type": "production",
    "license_details": {
        "paid": True,
        "paid_type": "enterprise",
        "paid_expiry": None,
        "trial_type": None,
        "trial_expiry": None,
        "trial_action": None,
        "users_license_purchased": 5,
        "portal_users_license_purchased": 0,
    },
}

CURRENT_USER: Json = {
    "id": records.USER["id"],
    "full_name": records.USER["name"],
    "first_name": "Mara",
    "last_name": "Lindqvist",
    "email": records.OWNER["email"],
    "status": "active",
    "confirm": True,
    "zuid": records.ZUID,
    "role": {"name": "CEO", "id": "6100000000000026005"},
    "profile": {"name": "Administrator", "id": "6100000000000026011"},
    "time_zone": "Europe/Berlin",
    "locale": "en_US",
}


def one_record(call: Call) -> Answer:
    """The record, 204 for an id nobody has, 400 for what is no id."""
    module = call.module()
    record = record_id(call.args["id"])
    if not record and call.switches["malformed_id"] == 400:
        details = {"resource_path_index": 1}
        raise refuse(400, "INVALID_DATA", details, "the id given seems to be invalid")
    body = records.find(call.db, module, record)
    if not body:
        return Answer(204)
    return answer_json(200, {"data": [records.shown(module, body)]})


def many_records(call: Call) -> Answer:
    """A page of records, newest first, with the fields asked for; 204 when there is none."""
    module, query = call.module(), call.request.query
    fields = [name for name in query.get("fields", "").split(",") if name]
    if not fields:
        raise refuse(400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    if len(fields) > MOST_FIELDS:
        raise refuse(400, "LIMIT_EXCEEDED", {"param_name": "fields", "limit": MOST_FIELDS})
    size = min(_number(query.get("per_page"), MOST_ROWS), MOST_ROWS)
    page = _number(query.get("page"), 1)
    below, skip = _start(query.get("page_token"), size, page)
    rows = call.db.execute(
        "SELECT body FROM records WHERE module = ? AND id < ? ORDER BY id DESC LIMIT ? OFFSET ?",
        (module.api_name, below, size + 1, skip),
    ).fetchall()
    if not rows:
        return Answer(204)
    found = [records.shown(module, json.loads(row["body"]), fields) for row in rows[:size]]
    info = _info(size, len(found), page, len(rows) > size)
    info["next_page_token"] = _page_token(found[-1]["id"]) if len(rows) > size else None
    return answer_json(200, {"data": found, "info": info})


def _start(token: str | None, size: int, page: int) -> tuple[int, int]:
    """The id to stay below and the rows to skip: by token, or by page up to 2,000 records."""
    if token:
        try:
            return int(base64.urlsafe_b64decode(token.encode("ascii"))), 0
        except ValueError:
            raise refuse(400, "INVALID_DATA", {"param_name": "page_token"}) from None
    if size * page > MOST_PAGED:
        raise refuse(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"page": page, "per_page": size})
    return 2**63 - 1, (page - 1) * size


def _page_token(record: str) -> str:
    return base64.urlsafe_b64encode(record.encode()).decode()


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and re.fullmatch(r"[1-9][0-9]{0,8}", text) else usual


def _info(size: int, count: int, page: int, more: bool) -> Json:
    return {
        "per_page": size,
        "count": count,
        "page": page,
        "sort_by": "id",
        "sort_order": "desc",
        "more_records": more,
    }


def fields(call: Call) -> Answer:
    """The field objects of a module."""
    name = call.request.query.get("module")
    if not name:
        raise refuse(400, "REQUIRED_PARAM_MISSING", {"param_name": "module"})
    if name not in call.catalogue.modules:
        raise refuse(400, "INVALID_MODULE")
    return Answer(200, call.catalogue.modules[name].metadata)


def modules(call: Call) -> Answer:
    """The modules of the organisation."""
    known = enumerate(call.catalogue.modules.values())
    return answer_json(200, {"modules": [_module(module, number) for number, module in known]})


def _module(module: Module, number: int) -> Json:
    custom = module.api_name not in CHECK_FIELDS
    described: dict[str, Any] = {
        "id": module.id,
        "api_name": module.api_name,
        "module_name": module.api_name,
        "singular_label": module.api_name.removesuffix("s").replace("_", " "),
        "plural_label": module.api_name.replace("_", " "),
        "generated_type": "custom" if custom else "default",
        "status": "visible",
        "sequence_number": number + 1,
        "visibility": 1,
    }
    able = ("api_supported", "creatable", "editable", "deletable", "viewable", "show_as_tab")
    return {**described, **dict.fromkeys(able, True)}


def org(call: Call) -> Answer:
    """The organisation."""
    return answer_json(200, {"org": [ORG]})


def users(call: Call) -> Answer:
    """The one user there is, whichever kind of users is asked for."""
    info = {"per_page": MOST_ROWS, "count": 1, "page": 1, "more_records": False}
    return answer_json(200, {"users": [CURRENT_USER], "info": info})
