"""The pages for people: what the sandbox holds and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from zoho.sandbox import ledger
from zoho.sandbox.app import Sandbox
from zoho.sandbox.control import sales
from zoho.sandbox.faults import MODES
from zoho.sandbox.records import storage
from zoho.sandbox.wire import Json, Reply, Request

SHOWN_RECORDS, SHOWN_CALLS = 100, 30
POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
STYLE = (Path(__file__).parent / "sandbox.css").read_bytes()

# What names a record in a list, by the first of these that it has.
NAMES = (
    *("Full_Name", "Last_Name", "Account_Name", "Deal_Name", "Campaign_Name", "Subject"),
    *("Event_Title", "Product_Name", "Vendor_Name", "Price_Book_Name", "Solution_Title"),
    *("Service_Name", "Note_Title", "Note_Content", "Name"),
)
COLUMNS = {"E-mail": "Email", "Company": "Company", "Lead_Ref": "Lead_Ref"}


def answer(sandbox: Sandbox, request: Request) -> Reply | None:
    """The page at this address, or None if there is none."""
    parts = request.path.strip("/").split("/")
    if request.method == "POST":
        ours = parts[0] == "records" and len(parts) == 4
        return sales.press(sandbox, request, *parts[1:]) if ours else None
    match parts:
        case [""]:
            return _html("Zoho sandbox", _home(sandbox), refresh=True)
        case ["sandbox.css"]:
            return Reply(200, STYLE, "text/css; charset=utf-8", HEADERS)
        case ["favicon.ico"]:
            return Reply(204)
        case ["records", module, record]:
            return _record(sandbox, module, record)
        case ["calls", number] if number.isascii() and number.isdigit():
            return _call(sandbox, int(number))
    return None


def _html(title: str, body: str, refresh: bool = False, status: int = 200) -> Reply:
    again = '<meta http-equiv="refresh" content="3">' if refresh else ""
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{again}<title>{escape(title)}</title>"
        '<link rel="stylesheet" href="/sandbox.css"></head><body>'
        '<header><a href="/">Zoho sandbox</a><p>A stand-in for Zoho CRM, for trying things out.'
        " Nothing here reaches the real Zoho.</p></header>"
        f"<main>{body}</main></body></html>"
    )
    return Reply(status, page.encode("utf-8", "replace"), "text/html; charset=utf-8", HEADERS)


def _home(sandbox: Sandbox) -> str:
    with sandbox.store.reading() as db:
        # Leads are what most people come for.
        totals = dict(sorted(storage.totals(db).items(), key=lambda one: one[0] != "Leads"))
        newest = {name: storage.newest(db, name, SHOWN_RECORDS) for name in totals}
        calls = ledger.calls(db, SHOWN_CALLS)
    blocks = [_faults(sandbox.faults.shown())]
    blocks += [_records(name, totals[name], rows) for name, rows in newest.items()]
    if not newest:
        blocks.append(
            "<section><h2>No records yet</h2><p>Send a lead, and it appears here within"
            " seconds. This page looks again every 3 seconds.</p></section>"
        )
    blocks.append(_calls(calls))
    return "".join(blocks)


def _faults(faults: list[Json]) -> str:
    if not faults:
        return (
            '<p class="calm" role="status">All is well: no fault is switched on.'
            ' <a href="#calls">Last calls</a></p>'
        )
    lines = []
    for fault in faults:
        details = ", ".join(f"{name} {json.dumps(value)}" for name, value in fault.items())
        says = MODES[fault["mode"] or ""].says
        lines.append(f"<li><strong>{escape(says)}</strong> <code>{escape(details)}</code></li>")
    inside = f"<h2>Fault on</h2><ul>{''.join(lines)}</ul>"
    return f'<section class="alarm" role="status">{inside}</section>'


def _records(module: str, total: int, rows: list[Json]) -> str:
    columns = {head: key for head, key in COLUMNS.items() if any(row.get(key) for row in rows)}
    head = ("Record", "Name", *columns, "Created")
    table = _table(head, (_record_row(module, row, columns.values()) for row in rows))
    shown = f"the newest {len(rows)} of {total:,}" if total > len(rows) else f"{total:,}"
    return f"<section><h2>{escape(module)} <small>{shown}</small></h2>{table}</section>"


def _record_row(module: str, row: Json, keys: Iterable[str]) -> Iterable[str]:
    name = next((row[key] for key in NAMES if isinstance(row.get(key), str)), "")
    link = f'<a href="/records/{escape(module)}/{escape(row["id"])}">{escape(row["id"])}</a>'
    values = (name[:80], *(row.get(key) for key in keys))
    return (link, *map(_text, values), _time(row.get("Created_Time")))


def _calls(calls: list[Json]) -> str:
    if not calls:
        return '<section id="calls"><h2>Last calls</h2><p>Nobody has called yet.</p></section>'
    head = ("Time", "Call", "Reply", "Records", "Stored", "ms", "Fault")
    table = _table(head, map(_call_row, calls))
    return f'<section id="calls"><h2>Last calls</h2>{table}</section>'


def _call_row(call: Json) -> Iterable[str]:
    what = f'<a href="/calls/{call["id"]}">{_text(call["method"])} {_text(call["path"])}</a>'
    status = call["status"]
    kind = "none" if not status else "good" if status < 207 else "bad"
    said = f'<span class="{kind}">{status or "no answer"}</span>'
    numbers = (call["records"], call["stored"], round(call["ms"]))
    return (_time(call["at"]), what, said, *map(_text, numbers), _text(call["fault"]))


def _record(sandbox: Sandbox, name: str, record: str) -> Reply:
    module = sandbox.catalogue.modules.get(name)
    if module:
        with sandbox.store.reading() as db:
            body = storage.find(db, module, storage.record_id(record))
        if body:
            rows = ((_text(key), _text(value)) for key, value in body.items())
            table = _table(("Field", "Value"), rows, "fields")
            head = f"<h2>{escape(name)} {escape(record)}</h2>{sales.form(sandbox, name, body)}"
            return _html(f"{name} {record}", f"<section>{head}{table}</section>")
    text = "<section><h2>No such record</h2><p>It may have been removed.</p></section>"
    return _html("No such record", text, status=404)


def _call(sandbox: Sandbox, number: int) -> Reply:
    with sandbox.store.reading() as db:
        call = ledger.call(db, number)
    if not call:
        text = "<section><h2>No such call</h2><p>Only the last ones are kept.</p></section>"
        return _html("No such call", text, status=404)
    bodies = [(name, call.pop(name)) for name in ("sent", "answered")]
    rows = ((_text(key), _text(value)) for key, value in call.items())
    blocks = [
        f"<h3>{name.title()}</h3><pre>{_text(_readable(body)) or '–'}</pre>"
        for name, body in bodies
    ]
    table = _table(("What", "Value"), rows, "fields")
    inside = f"<h2>Call {number}</h2>{table}{''.join(blocks)}"
    return _html(f"Call {number}", f"<section>{inside}</section>")


def _readable(body: str) -> str:
    """JSON with its lines broken; whatever else, or was cut off, as it is."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "list") -> str:
    """A table of cells that are HTML already; each cell knows its column's name for phones."""
    names = [escape(name) for name in head]
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    lines = (
        "".join(
            f'<td data-name="{name}">{cell}</td>' for name, cell in zip(names, row, strict=True)
        )
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="{kind}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _time(text: Any) -> str:
    return f'<time datetime="{_text(text)}">{_text(text)[11:19]}</time>' if text else ""
