"""Faults on order: what goes wrong, with which calls, how often.

A fault is a JSON object:

    mode         one of MODES, or null for latency alone
    latency      seconds to wait before the call is looked at
    latency_after  seconds to wait after it was stored, before the answer leaves
    only         which kinds of calls: "insert" (default), another kind, a list, or "any"
    match        only calls in whose body this text occurs
    times        how many calls it hits before it is gone; null = until cleared
    probability  how likely it hits a call, 0 to 1; `seed` makes the dice repeatable
    seconds      refuse: how long; null = until cleared
    retry_after, interval, status, body, content_type, stores, code, message, details
                 what some modes need, see MODES
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from zoho.sandbox.errors import error
from zoho.sandbox.routes import KINDS
from zoho.sandbox.wire import Json, Reply, reply_json, to_bytes

LONGEST = 3600  # seconds

HTML = (
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>"
    "<h1>502 Bad Gateway</h1><p>The server is temporarily unable to answer.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as ordered."""

    mode: str | None = None
    latency: float = 0.0
    latency_after: float = 0.0
    only: tuple[str, ...] = ("insert",)
    match: str = ""
    times: int | None = None
    probability: float = 1.0
    seed: int | None = None
    seconds: float | None = 10.0
    retry_after: int | None = None
    interval: float = 0.5
    status: int = 200
    body: Any = ""
    content_type: str = "application/json"
    stores: bool = False
    code: str = "SOMETHING_NEW"
    message: str = "something new happened"
    details: Json | None = None

    @property
    def stores_first(self) -> bool:
        """Whether the call is carried out before it goes wrong."""
        return self.stores if self.mode == "answer" else MODES[self.mode or ""].stores


def _json(status: int, code: str) -> Callable[[Fault, Reply], Reply]:
    return lambda _fault, _answer: reply_json(status, error(code))


def _manner(manner: str) -> Callable[[Fault, Reply], Reply]:
    return lambda fault, answer: replace(answer, manner=manner, interval=fault.interval)


def _too_many(fault: Fault, _answer: Reply) -> Reply:
    if fault.retry_after is None:
        return reply_json(429, error("RATE_LIMIT_EXCEEDED"))
    window = {"limit": 100, "window": 60, "trace_id": "sandbox"}
    details = {"retry_after": fault.retry_after, **window}
    return reply_json(429, error("TOO_MANY_REQUESTS", details))


def _truncated(_fault: Fault, answer: Reply) -> Reply:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _no_permission(_fault: Fault, _answer: Reply) -> Reply:
    permissions = {"permissions": ["Crm_Implied_Create_Leads"]}
    return reply_json(403, error("NO_PERMISSION", permissions))


def _account(fault: Fault, _answer: Reply) -> Reply:
    details = fault.details or {}
    return reply_json(403, error(fault.code, details) | {"message": fault.message})


def _literal(fault: Fault, _answer: Reply) -> Reply:
    body = fault.body.encode() if isinstance(fault.body, str) else to_bytes(fault.body)
    return Reply(fault.status, body, fault.content_type)


@dataclass(frozen=True, slots=True)
class Mode:
    """`stores`: the call is carried out first. `answer` makes what leaves out of the true answer;
    None where the sandbox does it elsewhere."""

    stores: bool
    answer: Callable[[Fault, Reply], Reply] | None
    says: str


MODES: dict[str, Mode] = {
    "": Mode(True, None, "nothing but latency"),
    "refuse": Mode(True, None, "connections are refused for `seconds`"),
    "hang_up_before_store": Mode(False, _manner("reset"), "connection reset, nothing stored"),
    "store_then_hang_up": Mode(True, _manner("reset"), "stored, then connection reset"),
    "store_half_then_hang_up": Mode(True, _manner("reset"), "half the records stored, then reset"),
    "drop_before_store": Mode(False, _manner("silent"), "nothing stored, never answered"),
    "store_then_drop": Mode(True, _manner("silent"), "stored, never answered"),
    "429": Mode(False, _too_many, "429; with `retry_after` in its details if given"),
    "500_before": Mode(False, _json(500, "INTERNAL_ERROR"), "500, nothing stored"),
    "500_after": Mode(True, _json(500, "INTERNAL_ERROR"), "stored, then 500"),
    "503": Mode(False, _json(503, "SERVICE_UNAVAILABLE"), "503, nothing stored"),
    "html": Mode(
        False, lambda _f, _a: Reply(502, HTML.encode(), "text/html"), "502 with a gateway's page"
    ),
    "html_200": Mode(
        True, lambda _f, _a: Reply(200, HTML.encode(), "text/html"), "stored, 200 with an HTML page"
    ),
    "truncated": Mode(True, _truncated, "stored, half of the JSON in a complete answer"),
    "cut": Mode(True, _manner("cut"), "stored, connection closed in the middle of the answer"),
    "empty_200": Mode(True, lambda _f, _a: Reply(200), "stored, 200 without a body"),
    "drip": Mode(True, _manner("drip"), "stored, answered one byte every `interval` seconds"),
    "expired_token": Mode(False, _json(401, "INVALID_TOKEN"), "401; the token is dead from now on"),
    "scope_mismatch": Mode(False, _json(401, "OAUTH_SCOPE_MISMATCH"), "401, scope missing"),
    "no_permission": Mode(False, _no_permission, "403"),
    "account": Mode(
        False, _account, "403 for the whole call with `code`, `message`, such as LICENSE_EXPIRED"
    ),
    "record_error": Mode(
        True, None, "each record (with `match`: whose JSON has it) fails with `code`, `message`"
    ),
    "answer": Mode(False, _literal, "`status`, `body`, `content_type`; carried out if `stores`"),
}


def fault_from(order: Json) -> Fault:
    """The fault in a JSON object. ValueError or TypeError says what is wrong with it."""
    if not isinstance(order, dict):
        raise TypeError("a fault is a JSON object")
    unknown = set(order) - set(Fault.__dataclass_fields__)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    mode = order.get("mode")
    if mode is not None and mode not in MODES:
        raise ValueError(f"no mode {mode!r}; there are {', '.join(filter(None, MODES))}")
    only = order.get("only", ["insert"])
    fault = Fault(**{**order, "only": (only,) if isinstance(only, str) else tuple(only)})
    for name in ("latency", "latency_after", "probability", "interval"):
        if not _is_number(getattr(fault, name)):
            raise ValueError(f"{name} is a number, 0 to {LONGEST}")
    if fault.seconds is not None and not _is_number(fault.seconds):
        raise ValueError(f"seconds is a number, 0 to {LONGEST}, or null")
    if not isinstance(fault.status, int) or not 200 <= fault.status <= 599:
        raise ValueError("status is an HTTP status, 200 to 599")
    for name in ("times", "retry_after", "seed"):
        if not isinstance(getattr(fault, name), int | None):
            raise ValueError(f"{name} is a whole number or null")
    unknown_kinds = {*fault.only} - {*KINDS, "any", "other"}
    if unknown_kinds:
        raise ValueError(
            f"no calls of kind {', '.join(unknown_kinds)}; there are {', '.join(KINDS)}"
        )
    return fault


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= LONGEST


@dataclass(slots=True)
class Strike:
    """What hits one call: the waits of all faults that apply, and the first mode among them."""

    latency: float = 0.0
    latency_after: float = 0.0
    fault: Fault | None = None

    @property
    def name(self) -> str:
        return (self.fault and self.fault.mode) or ("latency" if self.latency else "")


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._left: list[int | None] = []
        self._dice: list[random.Random] = []

    def set(self, orders: list[Json]) -> None:
        """Puts these faults in place of all others."""
        faults = [fault_from(order) for order in orders]
        with self._lock:
            self._faults = faults
            self._left = [fault.times for fault in faults]
            self._dice = [random.Random(fault.seed) for fault in faults]

    def shown(self) -> list[Json]:
        """The faults in force, with the hits each has left; defaults left out."""
        usual = Fault()
        with self._lock:
            return [
                {
                    "mode": fault.mode,
                    **{
                        name: getattr(fault, name)
                        for name in Fault.__dataclass_fields__
                        if getattr(fault, name) != getattr(usual, name)
                    },
                    "times": left,
                }
                for fault, left in zip(self._faults, self._left, strict=True)
                if left != 0
            ]

    def strike(self, kind: str, body: bytes) -> Strike:
        """Throws the dice for one call."""
        strike = Strike()
        if not self._faults:
            return strike
        with self._lock:
            for number, fault in enumerate(self._faults):
                if not self._hits(number, fault, kind, body):
                    continue
                strike.latency += fault.latency
                strike.latency_after += fault.latency_after
                if strike.fault is None and fault.mode:
                    strike.fault = fault
                left = self._left[number]
                if left is not None:
                    self._left[number] = left - 1
        return strike

    def _hits(self, number: int, fault: Fault, kind: str, body: bytes) -> bool:
        return (
            self._left[number] != 0
            and (kind in fault.only or "any" in fault.only)
            and (not fault.match or fault.match.encode() in body)
            and self._dice[number].random() < fault.probability
        )
