"""What sales people do: a lead is converted into a deal, a deal gets another stage or amount.

By an order, or by the forms on the pages of a lead and of a deal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from zoho.sandbox.app import Sandbox
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.records import storage
from zoho.sandbox.wire import Json, Reply, Request

DEALS = "Deals"
ACTS = {storage.CONVERTS: "convert", DEALS: "change"}
"""What the form on a module's records does."""
WORDS = {"convert": "Convert into a deal", "change": "Change"}
MOST = 10**15


def convert(
    sandbox: Sandbox, name: str, ids: Iterable[Any], given: Json | None
) -> tuple[int, list[str]]:
    """Convert the records, each into a deal where one is given; how many, and the deals' ids."""
    module, done, deals = sandbox.catalogue.modules[name], 0, []
    with sandbox.store.transaction() as db:
        for number in map(storage.record_id, ids):
            deal = _deal(sandbox, db, module, number, given)
            done += storage.convert(db, module, number, storage.now_text(), deal)
            deals += [str(deal["id"])] if deal else []
    return done, deals


def _deal(
    sandbox: Sandbox, db: sqlite3.Connection, module: Module, lead: int, given: Json | None
) -> Json | None:
    """The deal that a lead becomes: its owner's, named after it; None where none is wanted, or
    there is no such lead to convert.
    """
    body = storage.find(db, module, lead)
    if given is None or not body or body.get(storage.CONVERTED):
        return None
    usual: Json = {"Deal_Name": body.get("Full_Name"), "Stage": "Qualification"}
    row = usual | {"Owner": body.get("Owner")} | given
    return storage.add(db, sandbox.catalogue.modules[DEALS], [row], storage.now_text())[0]


# --- By hand ----------------------------------------------------------------------------------


def form(sandbox: Sandbox, name: str, body: Json) -> str:
    """The form on a record's page; nothing where there is nothing to do."""
    act = ACTS.get(name)
    if act is None or body.get(storage.CONVERTED):
        return ""
    stages = sandbox.catalogue.modules[DEALS].fields["Stage"].choices
    now = body.get("Stage", "")
    options = "".join(
        f"<option{' selected' if one == now else ''}>{escape(one)}</option>" for one in stages
    )
    amount = escape(str(body.get("Amount") or "")) if name == DEALS else ""
    return (
        f'<form method="post" action="/records/{escape(name)}/{escape(body["id"])}/{act}">'
        f'<label>Stage <select name="Stage">{options}</select></label> '
        f'<label>Amount <input name="Amount" inputmode="decimal" value="{amount}"></label> '
        f"<button>{WORDS[act]}</button></form>"
    )


def press(sandbox: Sandbox, request: Request, name: str, record: str, act: str) -> Reply | None:
    """What pressing the form's button does; None where there is no such form. 400 with words for
    an amount that is none, 403 where another site's page has pressed it.
    """
    if ACTS.get(name) != act:
        return None
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return Reply(403, b"Pressed on a page of another site.", "text/plain; charset=utf-8")
    try:
        deal = _read(dict(parse_qsl(request.body.decode("latin-1"))))
    except ValueError:
        return Reply(400, b"The amount is no number.", "text/plain; charset=utf-8")
    if act == "convert":
        convert(sandbox, name, [record], deal)
    else:
        _change(sandbox, storage.record_id(record), deal)
    return Reply(303, headers=(("Location", f"/records/{name}/{storage.record_id(record)}"),))


def _read(posted: Mapping[str, str]) -> Json:
    """The deal of a form. ValueError where the amount is no number."""
    deal: Json = {"Stage": posted.get("Stage") or "Qualification"}
    if text := posted.get("Amount", "").strip():
        amount = float(text)
        if not abs(amount) < MOST:
            raise ValueError(text)
        deal["Amount"] = amount
    return deal


def _change(sandbox: Sandbox, number: int, deal: Json) -> None:
    module = sandbox.catalogue.modules[DEALS]
    with sandbox.store.transaction() as db:
        if storage.find(db, module, number):
            storage.change(db, module, number, deal, storage.now_text())
