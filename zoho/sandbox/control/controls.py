"""The strings behind the puppet: faults, switches, fields, tokens, and the witness.

Everything is JSON under /sandbox/. Nothing here is part of Zoho, and nothing here shows in the
ledger.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from zoho.sandbox import ledger, oauth
from zoho.sandbox.app import Sandbox
from zoho.sandbox.calls.switches import SWITCHES
from zoho.sandbox.control import sales
from zoho.sandbox.faults import MODES
from zoho.sandbox.records import storage
from zoho.sandbox.routes import KINDS
from zoho.sandbox.wire import Json, Reply, Request, read_json, reply_json

Handler = Callable[[Sandbox, Request], Reply]


def answer(sandbox: Sandbox, request: Request) -> Reply:
    """The answer to a control call; 400 with {"error"} for an order that makes no sense."""
    handler = TABLE.get((request.method, request.path.rstrip("/")))
    if handler is None:
        return reply_json(404, {"error": "no such control", "controls": _controls()})
    try:
        return handler(sandbox, request)
    except (ValueError, TypeError, LookupError, OverflowError) as wrong:
        return reply_json(400, {"error": str(wrong)})


def _body(request: Request) -> Any:
    return read_json(request.body) if request.body else {}


def _order(request: Request) -> Json:
    """The body as an object; an empty one for no body."""
    body = _body(request)
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return body


def _help(sandbox: Sandbox, request: Request) -> Reply:  # noqa: ARG001 - a part of one interface
    return reply_json(
        200,
        {
            "controls": _controls(),
            "modes": {name: mode.says for name, mode in MODES.items() if name},
            "kinds of calls": KINDS,
            "switches": {name: says for name, (_, _, says) in SWITCHES.items()},
        },
    )


def _controls() -> list[str]:
    return [f"{method} {path}" for method, path in TABLE]


def _faults(sandbox: Sandbox, request: Request) -> Reply:
    return reply_json(200, {"faults": sandbox.faults.shown()})


def _set_faults(sandbox: Sandbox, request: Request) -> Reply:
    """One fault, or a list of them. `refuse` begins once this answer has left."""
    order = _body(request)
    orders = order if isinstance(order, list) else [order]
    sandbox.faults.set(orders)
    shown: Json = {"faults": sandbox.faults.shown()}
    closing = next((one for one in orders if one.get("mode") == "refuse"), None)
    doors = sandbox.doors
    if doors is None:
        return reply_json(200, shown)
    if closing is None:
        doors.open()
        return reply_json(200, shown)
    seconds = closing.get("seconds", 10.0)
    shown["control"] = doors.side_door()
    return reply_json(200, shown, after=lambda: doors.close(seconds))


def _clear_faults(sandbox: Sandbox, request: Request) -> Reply:
    sandbox.faults.set([])
    if sandbox.doors:
        sandbox.doors.open()
    return _faults(sandbox, request)


def _switches(sandbox: Sandbox, request: Request) -> Reply:
    return reply_json(200, dict(sandbox.switches))


def _set_switches(sandbox: Sandbox, request: Request) -> Reply:
    sandbox.switches.change(_order(request))
    return _switches(sandbox, request)


def _clear_switches(sandbox: Sandbox, request: Request) -> Reply:
    sandbox.switches.reset()
    return _switches(sandbox, request)


def _ledger(sandbox: Sandbox, request: Request) -> Reply:
    last = int(request.query.get("last", "100"))
    with sandbox.store.reading() as db:
        return reply_json(200, ledger.read(db, last) | {"most_open": sandbox.most_open})


def _clear_ledger(sandbox: Sandbox, request: Request) -> Reply:
    with sandbox.store.transaction() as db:
        ledger.clear(db)
    sandbox.most_open = 0
    return _ledger(sandbox, request)


def _records(sandbox: Sandbox, request: Request) -> Reply:
    """All records of a module. They are stored as JSON and leave as they are."""
    module = request.query.get("module", "Leads")
    with sandbox.store.reading() as db:
        bodies = storage.bodies(db, module)
    head = f'{{"module":{json.dumps(module)},"count":{len(bodies)},"records":['
    return Reply(200, (head + ",".join(bodies) + "]}").encode())


def _clear_records(sandbox: Sandbox, request: Request) -> Reply:
    with sandbox.store.transaction() as db:
        storage.clear(db)
    return reply_json(200, {"records": {}})


def _convert(sandbox: Sandbox, request: Request) -> Reply:
    """{"module": "Leads", "ids": [...], "deal": {...}}: records converted, as a sales person would.

    With a `deal`, an object with `Stage`, `Amount` and whatever fields else, each makes one.
    """
    order = _order(request)
    name, deal = order.get("module", "Leads"), order.get("deal")
    done, deals = sales.convert(sandbox, name, order.get("ids", []), deal)
    return reply_json(200, {"converted": done} | ({"deals": deals} if deals else {}))


def _merge(sandbox: Sandbox, request: Request) -> Reply:
    """{"module": "Leads", "into": id, "ids": [...]}: the others are gone, what was empty filled."""
    order = _order(request)
    module = sandbox.catalogue.modules[order.get("module", "Leads")]
    into = storage.record_id(order.get("into"))
    with sandbox.store.transaction() as db:
        if not storage.find(db, module, into):
            raise ValueError("into: no such record")
        for one in map(storage.record_id, order.get("ids", [])):
            other, master = storage.find(db, module, one), storage.find(db, module, into)
            if one == into or not storage.remove(db, module, one):
                raise ValueError("ids: not all are other records")
            empty = {name: other[name] for name in other if master.get(name) in (None, "")}
            storage.change(db, module, into, empty, storage.now_text())
    return reply_json(200, {"merged": len(order.get("ids", []))})


def _count(sandbox: Sandbox, request: Request) -> Reply:
    """Of all records; with `value`, of the one whose unique field has it: a step into an index."""
    module = request.query.get("module", "Leads")
    field = request.query.get("field", "Lead_Ref")
    with sandbox.store.reading() as db:
        if "value" in request.query:
            number = _holding(sandbox, db, module, field, request.query["value"])
            return reply_json(200, {"records": number, "distinct": number})
        number, distinct = storage.tally(db, module, field)
    return reply_json(200, {"records": number, "distinct": distinct})


def _holding(sandbox: Sandbox, db: sqlite3.Connection, module: str, field: str, value: str) -> int:
    described = sandbox.catalogue.modules[module]
    unique = described.fields[field]
    if unique not in described.indexed:
        raise ValueError(f"{field} is not unique")
    return len(storage.holders(db, described, unique, [unique.key(value) or ""]))


def _revoke(sandbox: Sandbox, request: Request) -> Reply:
    """{"what": "access"}, or "refresh" (the usual) which takes the access tokens along."""
    what = _order(request).get("what", "refresh")
    if what not in ("access", "refresh"):
        raise ValueError('"what" is "access" or "refresh"')
    with sandbox.store.transaction() as db:
        return reply_json(200, {"ended": oauth.end_all(db, what)})


def _restore(sandbox: Sandbox, request: Request) -> Reply:
    """Makes the well-known refresh token good again."""
    with sandbox.store.transaction() as db:
        oauth.install(db)
    return reply_json(200, {"refresh_token": oauth.REFRESH_TOKEN})


def _grant(sandbox: Sandbox, request: Request) -> Reply:
    """{"scope": …, "redirect_uri": …}, both optional: no redirect as a self client has none."""
    order, life = _order(request), sandbox.switches["grant_life"]
    scope, redirect = order.get("scope", ""), order.get("redirect_uri", "")
    with sandbox.store.transaction() as db:
        code = oauth.grant(db, scope, redirect, time.time(), life)
    return reply_json(201, {"code": code, "expires_in": life})


def _fields(sandbox: Sandbox, request: Request) -> Reply:
    module = sandbox.catalogue.modules[request.query.get("module", "Leads")]
    shown: Iterable[Json] = [asdict(field) for field in module.fields.values()]
    return reply_json(200, {"module": module.api_name, "fields": shown})


def _set_fields(sandbox: Sandbox, request: Request) -> Reply:
    """A module as definitions.py describes it, with its name as "module"."""
    order = _order(request)
    with sandbox.store.transaction() as db:
        module = sandbox.catalogue.define(order.get("module", "Leads"), order)
        storage.reindex(db, module)
    shown = [asdict(field) for field in module.definition.fields]
    return reply_json(200, {"module": module.api_name, "fields": shown})


def _reset_fields(sandbox: Sandbox, request: Request) -> Reply:
    with sandbox.store.transaction() as db:
        sandbox.catalogue.reset()
        for module in sandbox.catalogue.modules.values():
            storage.reindex(db, module)
    return reply_json(200, {"modules": list(sandbox.catalogue.modules)})


def _reset(sandbox: Sandbox, request: Request) -> Reply:
    """A sandbox as on its first day, but for ids already given out."""
    sandbox.switches.reset()
    _clear_faults(sandbox, request)
    with sandbox.store.transaction() as db:
        storage.clear(db)
        ledger.clear(db)
        sandbox.most_open = 0
        db.execute("DELETE FROM tokens")
        oauth.install(db)
        sandbox.catalogue.reset()
    return reply_json(200, {"reset": True})


TABLE: dict[tuple[str, str], Handler] = {
    ("GET", "/sandbox"): _help,
    ("GET", "/sandbox/faults"): _faults,
    ("PUT", "/sandbox/faults"): _set_faults,
    ("DELETE", "/sandbox/faults"): _clear_faults,
    ("GET", "/sandbox/switches"): _switches,
    ("PUT", "/sandbox/switches"): _set_switches,
    ("DELETE", "/sandbox/switches"): _clear_switches,
    ("GET", "/sandbox/ledger"): _ledger,
    ("DELETE", "/sandbox/ledger"): _clear_ledger,
    ("GET", "/sandbox/records"): _records,
    ("DELETE", "/sandbox/records"): _clear_records,
    ("POST", "/sandbox/convert"): _convert,
    ("POST", "/sandbox/merge"): _merge,
    ("GET", "/sandbox/count"): _count,
    ("POST", "/sandbox/revoke"): _revoke,
    ("DELETE", "/sandbox/revoke"): _restore,
    ("POST", "/sandbox/grants"): _grant,
    ("GET", "/sandbox/fields"): _fields,
    ("PUT", "/sandbox/fields"): _set_fields,
    ("DELETE", "/sandbox/fields"): _reset_fields,
    ("POST", "/sandbox/reset"): _reset,
}
