"""GET /{Module}/search: by criteria, e-mail address, phone number or word, in this priority.

It reads an index that lags behind: what was written or changed within the last `search_lag`
seconds is not found at all. Ask COQL for what must not be missed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from zoho.sandbox.calls import paging
from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.query import criteria
from zoho.sandbox.records import storage
from zoho.sandbox.wire import Json, Reply, reply_json

PARAMS = ("criteria", "email", "phone", "word")
LONGEST = {"criteria": 3000, "email": 255, "phone": 50, "word": 100}
SHORTEST = {"phone": 3, "word": 2}
WORDS = frozenset({*criteria.TEXTS, "picklist", "multiselectpicklist"})
_NO_DIGIT = re.compile(r"\D")


def search(call: Call) -> Reply:
    """A page of what fits, newest first; 204 when nothing does."""
    module, query = call.module(), call.request.query
    test = _test(module, query, call.switches)
    page = paging.page_asked(query)
    page.check("LIMIT_REACHED")
    fields = paging.fields(query) or None
    hits = [body for body in _indexed(call, module) if test(body) and _state(query, body)]
    hits = _sorted(module, query, hits)
    shown = hits[page.skip : page.skip + page.size]
    if not shown:
        return Reply(204)
    info = page.info(len(shown), len(hits) > page.skip + page.size)
    if call.switches["search_sorted"]:
        info |= {"sort_by": query.get("sort_by", "id"), "sort_order": _order(query)}
    found = [storage.shown(module, body, fields) for body in shown]
    return reply_json(200, {"data": found, "info": info})


def _test(module: Module, query: Mapping[str, str], switches: Mapping[str, Any]) -> criteria.Test:
    """What decides whether a record fits the parameter that counts."""
    name = next((one for one in PARAMS if query.get(one, "").strip()), None)
    if name is None:
        raise refuse(400, "EXPECTED_PARAM_MISSING", {"param_names": list(PARAMS)})
    text = query[name].strip()
    if not SHORTEST.get(name, 1) <= len(text) <= LONGEST[name]:
        limits = {"minimum_length": SHORTEST.get(name, 1), "maximum_length": LONGEST[name]}
        raise refuse(400, "INVALID_REQUEST", {"param_name": name, **limits})
    if name == "criteria":
        return criteria.read(text, module, switches["search_equals"] == "exact")
    return PLAIN[name](module, text)


def _columns(module: Module, types: Iterable[str]) -> list[str]:
    return [name for name, field in module.fields.items() if field.data_type in types]


def _email(module: Module, text: str) -> criteria.Test:
    """Part of any e-mail field."""
    names, part = _columns(module, ("email",)), text.casefold()
    return lambda body: any(part in str(body.get(name) or "").casefold() for name in names)


def _phone(module: Module, text: str) -> criteria.Test:
    """Part of any phone field, by the digits alone."""
    names, part = _columns(module, ("phone",)), _NO_DIGIT.sub("", text)
    if not part:
        raise refuse(400, "INVALID_REQUEST", {"param_name": "phone"})
    return lambda body: any(part in _NO_DIGIT.sub("", str(body.get(n) or "")) for n in names)


def _word(module: Module, text: str) -> criteria.Test:
    """Part of any text."""
    names, part = _columns(module, WORDS), text.casefold()
    return lambda body: any(part in str(body.get(name) or "").casefold() for name in names)


PLAIN: dict[str, Callable[[Module, str], criteria.Test]] = {
    "email": _email,
    "phone": _phone,
    "word": _word,
}


def _indexed(call: Call, module: Module) -> Iterable[Json]:
    """The records the index knows by now, newest first."""
    rows = call.db.execute(
        "SELECT body FROM records WHERE module = ? ORDER BY id DESC", (module.api_name,)
    )
    until = call.now - call.switches["search_lag"]
    for row in rows:
        body = json.loads(row["body"])
        # Times have no fractions: with a lag, a record is young until its second is over.
        if not call.switches["search_lag"] or _written(body) < until:
            yield body


def _written(body: Json) -> float:
    return datetime.fromisoformat(body["Modified_Time"]).timestamp() + 1


def _state(query: Mapping[str, str], body: Json) -> bool:
    """Whether `approval_state` and `converted` let it through."""
    wanted = query.get("approval_state")
    fits = not wanted or body.get("$approval_state", "approved") == wanted
    return fits and storage.is_wanted(body, query)


def _order(query: Mapping[str, str]) -> str:
    return "asc" if query.get("sort_order") == "asc" else "desc"


def _sorted(module: Module, query: Mapping[str, str], hits: list[Json]) -> list[Json]:
    """By `sort_by`, empty values last; else by id."""
    name = query.get("sort_by", "id")
    if name not in module.fields:
        raise refuse(400, "INVALID_REQUEST", {"param_name": "sort_by"})
    if name != "id":
        full = [body for body in hits if body.get(name) is not None]
        empty = [body for body in hits if body.get(name) is None]
        full.sort(key=lambda body: _rank(body[name]), reverse=_order(query) == "desc")
        return full + empty
    return hits if _order(query) == "desc" else hits[::-1]


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, json.dumps(value) if isinstance(value, dict | list) else str(value).casefold())
