"""The sandbox as a whole: one request in, one answer out, everything between on record."""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from zoho.sandbox import ledger, oauth, routes
from zoho.sandbox.calls.call import Call
from zoho.sandbox.calls.switches import Switches
from zoho.sandbox.errors import Refusal, error, refuse
from zoho.sandbox.faults import MODES, Fault, Faults, Strike
from zoho.sandbox.organisation.catalogue import Catalogue
from zoho.sandbox.store import Store
from zoho.sandbox.wire import Json, Reply, Request, read_json, reply_json, to_bytes

HEADER_FROM = 0.5  # share of the day's credits after which Zoho starts to tell what remains


class Doors(Protocol):
    """Who can close and open the listening socket."""

    def side_door(self) -> str:
        """Opens a second address for /sandbox/ and returns it."""

    def close(self, seconds: float | None) -> None:
        """Refuses connections from now on, for so long; None = until `open`."""

    def open(self) -> None:
        """Listens again, if it does not."""


class Sandbox:
    """Zoho's two servers in one. Thread-safe."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self.store = store
        self.catalogue = catalogue
        self.faults = Faults()
        self.switches = Switches()
        self.doors: Doors | None = None
        self._inside: Counter[bool] = Counter()  # by whether they are heavy
        self._count = threading.Lock()
        self.most_open = 0
        """CRM calls at once, at most so far, those that were refused for it included."""
        with store.transaction() as db:
            oauth.install(db)

    def answer(self, request: Request) -> Reply:
        """What the caller gets for one API call, faults included; it is on disk by then."""
        started = time.monotonic()
        route, args = routes.find(request)
        strike = self.faults.strike(route.kind, request.body)
        with self._counted(route) as crowded:
            if strike.latency:
                time.sleep(strike.latency)
            with self.store.transaction() as db:
                call = Call(request, args, db, self.catalogue, self.switches, time.time())
                answer = self._decide(call, route, strike, crowded)
                ms = (time.monotonic() - started) * 1000
                ledger.write(db, request, route.kind, answer, ms, strike.name)
            if strike.latency_after:
                time.sleep(strike.latency_after)
        return answer

    @contextmanager
    def _counted(self, route: routes.Route) -> Iterator[bool]:
        """Counts the CRM calls inside; yields whether this one is over the limit."""
        if not route.scope:
            yield False
            return
        heavy = route.kind in routes.HEAVY
        with self._count:
            self._inside[heavy] += 1
            self.most_open = max(self.most_open, self._inside.total())
            most, most_heavy = self.switches["concurrency"], self.switches["heavy_concurrency"]
            crowded = bool(most) and self._inside.total() > most
            crowded = crowded or (heavy and bool(most_heavy) and self._inside[True] > most_heavy)
        try:
            yield crowded
        finally:
            with self._count:
                self._inside[heavy] -= 1

    def _decide(self, call: Call, route: routes.Route, strike: Strike, crowded: bool) -> Reply:
        fault = strike.fault
        if fault and fault.mode == "expired_token":
            oauth.end_one(call.db, call.request.headers.get("authorization", ""))
        sent = _records(call.request) if fault else 0
        if fault and not fault.stores_first:
            return _spoiled(fault, Reply(200, records=sent))
        if fault and fault.mode == "store_half_then_hang_up":
            call.request = replace(call.request, body=_half(call.request.body))
        try:
            answer = self._carry_out(call, route, crowded, fault)
        except Refusal as refusal:
            answer = refusal.answer()
        if fault:
            answer = _spoiled(fault, answer)
            answer.records = sent
        return answer

    def _carry_out(
        self, call: Call, route: routes.Route, crowded: bool, fault: Fault | None
    ) -> Reply:
        if not route.scope:
            return route.handler(call)
        oauth.authenticate(call, route.scope)
        used, most = ledger.credits_used(call.db), self.switches["credits"]
        if crowded or (most and used >= most):
            raise refuse(429, self.switches["rate_limit_code"])
        call.db.execute("SAVEPOINT handler")
        try:
            answer = self._handled(call, route, fault)
        except Refusal:
            call.db.execute("ROLLBACK TO handler")
            ledger.spend(call.db, 1)
            raise
        except Exception:  # noqa: BLE001 - a bug of ours is Zoho's 500 to the caller, and loud here
            call.db.execute("ROLLBACK TO handler")
            traceback.print_exc(file=sys.stderr)
            return reply_json(500, error("INTERNAL_ERROR"))
        ledger.spend(call.db, answer.credits)
        used += answer.credits
        if most and used >= most * HEADER_FROM:
            answer.headers += (("X-API-CREDITS-REMAINING", str(max(0, most - used))),)
        return answer

    def _handled(self, call: Call, route: routes.Route, fault: Fault | None) -> Reply:
        if fault and fault.mode == "record_error":
            return _with_record_errors(call, route, fault)
        return route.handler(call)


def _spoiled(fault: Fault, answer: Reply) -> Reply:
    """The answer as the fault lets it through; what was stored stays on the ledger."""
    make = MODES[fault.mode or ""].answer
    if make is None:
        return answer
    spoiled = make(fault, answer)
    return replace(spoiled, records=answer.records, stored=answer.stored, notes=answer.notes)


def _rows(body: bytes) -> list[object]:
    try:
        data = read_json(body)["data"]
    except (ValueError, LookupError, TypeError):
        return []
    return data if isinstance(data, list) else []


def _records(request: Request) -> int:
    return len(_rows(request.body))


def _half(body: bytes) -> bytes:
    rows = _rows(body)
    return to_bytes({**read_json(body), "data": rows[: len(rows) // 2]}) if rows else body


def _with_record_errors(call: Call, route: routes.Route, fault: Fault) -> Reply:
    """Carries out the call without the records the fault is for, and puts their errors between."""
    rows = _rows(call.request.body)
    hit = [not fault.match or fault.match in json.dumps(row, ensure_ascii=False) for row in rows]
    kept = [row for row, wrong in zip(rows, hit, strict=True) if not wrong]
    items: list[Json] = []
    stored = 0
    if kept:
        rest = to_bytes({**read_json(call.request.body), "data": kept})
        call.request = replace(call.request, body=rest)
        answer = route.handler(call)
        items, stored = read_json(answer.body)["data"], answer.stored
    left = iter(items)
    wrong_item = error(fault.code, fault.details, fault.message)
    data = [wrong_item if wrong else next(left) for wrong in hit]
    status = 400 if not stored else 207
    return reply_json(status, {"data": data}, records=len(rows), stored=stored)
