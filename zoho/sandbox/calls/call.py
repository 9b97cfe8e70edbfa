"""One API call on its way through: the request and everything its handler may use."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from zoho.sandbox.calls import envelope
from zoho.sandbox.calls.switches import Switches
from zoho.sandbox.errors import Refusal, error, refuse
from zoho.sandbox.organisation.catalogue import Catalogue, Module
from zoho.sandbox.wire import Json, Request, read_json

MOST_RECORDS = 100


@dataclass(slots=True)
class Call:
    """A handler's whole world. `args` are the parts of the path, `now` is Unix time."""

    request: Request
    args: dict[str, str]
    db: sqlite3.Connection
    catalogue: Catalogue
    switches: Switches
    now: float

    def module(self, in_data: bool = False) -> Module:
        """The module the path names."""
        return self.catalogue.get(self.args["module"], in_data)

    def form(self) -> dict[str, str]:
        """Query and form body as one; the body wins."""
        return {**self.request.query, **dict(parse_qsl(self.request.body.decode("latin-1")))}

    def json(self) -> Json:
        """The body as an object, or a refusal."""
        try:
            body = read_json(self.request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self._unreadable()
        return body

    def _unreadable(self) -> Refusal:
        code = self.switches["unreadable_body"]
        if code == "INTERNAL_ERROR":
            return refuse(500, code)
        if code == "MANDATORY_NOT_FOUND":
            return refuse(400, code, {"api_name": "data", "json_path": "$.data"})
        return refuse(400, code, {"expected_data_type": "jsonobject"}, "body")

    def rows(self, module: Module) -> tuple[list[Any], Json]:
        """The 1 to 100 entries of `data`, and the other top-level keys of the body."""
        body = self.json()
        rows = body.pop("data", None)
        if rows is None or rows == []:
            raise self._no_data(rows)
        if not isinstance(rows, list):
            raise envelope.not_a("jsonarray", "data")
        if len(rows) > MOST_RECORDS:
            raise self._too_many(len(rows))
        envelope.check(body, module, self.switches)
        return rows, body

    def _no_data(self, rows: Any) -> Refusal:  # noqa: ARG002 - a part of one interface
        details = {"api_name": "data", "json_path": "$.data"}
        if self.switches["missing_data"] == "MANDATORY_NOT_FOUND":
            return refuse(400, "MANDATORY_NOT_FOUND", details)
        return envelope.not_a("jsonarray", "data")

    def _too_many(self, records: int) -> Refusal:
        details = {"maximum_length": MOST_RECORDS, "api_name": "data"}
        if self.switches["over_100"] == "INVALID_DATA":
            return Refusal(400, error("INVALID_DATA", details), records)
        return Refusal(400, {"data": [error("LIMIT_EXCEEDED", details)]}, records)
