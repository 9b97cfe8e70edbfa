"""A small part of COQL, Zoho's query language: read, checked, and put to SQLite.

    select a, b from Module where CONDITION [order by f [asc|desc], …] [limit n [offset m] | m, n]

CONDITION: =, !=, <, <=, >, >=, [not] like, [not] in (…), is [not] null, joined by and/or with
brackets. As in Zoho, `where` is required and three or more criteria must be bracketed in pairs.
"""

from __future__ import annotations

import json
import re
from typing import Any

from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import Refusal, refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.organisation.fields import LOOKUPS
from zoho.sandbox.records import storage
from zoho.sandbox.wire import Reply, reply_json

USUAL_ROWS, MOST_ROWS = 200, 2000
MOST_COLUMNS, MOST_IN = 50, 50

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|''|\\.)*')|(?P<number>-?\d+(?:\.\d+)?(?!\w))"
    r"|(?P<word>[\w$.]+)|(?P<sign><=|>=|!=|[=<>(),]))",
    re.DOTALL,
)
_COMPARED = {"=", "!=", "<", "<=", ">", ">="}
_CONSTANTS = {"true": 1, "false": 0}


def query(call: Call) -> Reply:
    """200 with the rows, 204 when there is none, 400 for a query that cannot be read."""
    body = call.json()
    text = body.get("select_query")
    if not isinstance(text, str):
        place = {"api_name": "select_query", "json_path": "$.select_query"}
        raise refuse(400, "MANDATORY_NOT_FOUND", place)
    parsed = _Query(text, call)
    limit = parsed.limit
    sql = (
        # Only bound values and field names of the module are in the parts.
        f"SELECT body FROM records WHERE module = ? AND ({parsed.where})"  # noqa: S608
        f" AND {storage.NOT_CONVERTED}"
        f" ORDER BY {parsed.order} LIMIT {limit + 1} OFFSET {parsed.offset}"
    )
    rows = call.db.execute(sql, [parsed.module.api_name, *parsed.values]).fetchall()
    credits = 1 if limit <= 200 else 2 if limit <= 1000 else 3
    if not rows:
        return Reply(204, credits=credits, notes=body)
    found = [
        storage.shown(parsed.module, json.loads(row["body"]), parsed.columns)
        for row in rows[:limit]
    ]
    info = {"count": len(found), "more_records": len(rows) > limit}
    return reply_json(200, {"data": found, "info": info}, credits=credits, notes=body)


class _Query:
    """A recursive descent over the tokens; leaves SQL with its values apart."""

    def __init__(self, text: str, call: Call) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.values: list[Any] = []
        self.expect("select")
        self.columns = [self.word()]
        while self.accept(","):
            self.columns.append(self.word())
        self.expect("from")
        self.module: Module = call.catalogue.get(self.word())
        if len(self.columns) > MOST_COLUMNS:
            raise refuse(400, "LIMIT_EXCEEDED", {"clause": "select", "limit": MOST_COLUMNS})
        for column in self.columns:
            self.known(column)
        self.expect("where")
        self.where = self.condition()
        self.order = self.ordering()
        self.limit, self.offset = self.window()
        if self.at < len(self.tokens):
            raise self.broken()

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place][1] if place < len(self.tokens) else ""

    def accept(self, *words: str) -> str:
        """The next token in lower case if it is one of `words`, which then is used up."""
        found = self.peek().lower()
        if found not in words or not found:
            return ""
        self.at += 1
        return found

    def expect(self, word: str) -> None:
        if not self.accept(word):
            if word in ("select", "from", "where"):
                raise refuse(400, "SYNTAX_ERROR", {"clause": word}, "missing clause")
            raise self.broken()

    def broken(self) -> Refusal:
        return refuse(400, "SYNTAX_ERROR", {"near": self.peek()})

    def word(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "word":
            raise self.broken()
        self.at += 1
        return self.tokens[self.at - 1][1]

    def known(self, column: str) -> str:
        """`column` if the module has it."""
        if column not in self.module.fields:
            reason = "column given seems to be invalid"
            raise refuse(400, "INVALID_QUERY", {"reason": reason, "column": column})
        return column

    def condition(self) -> str:
        left, joins = self.criterion(), 0
        while join := self.accept("and", "or"):
            joins += 1
            if joins > 1:
                raise self.broken()
            left = f"({left} {join.upper()} {self.criterion()})"
        return left

    def criterion(self) -> str:
        if self.accept("("):
            inside = self.condition()
            self.expect(")")
            return inside
        column = self.known(self.word())
        if self.accept("is"):
            negated = "NOT " if self.accept("not") else ""
            self.expect("null")
            return f"{self.column(column)} IS {negated}NULL"
        negated = "NOT " if self.accept("not") else ""
        if self.accept("in"):
            return negated + self.one_of(column, self.literals())
        if self.accept("like"):
            return f"{self.column(column)} {negated}LIKE {self.bind(self.literal())}"
        sign = self.peek()
        if negated or sign not in _COMPARED:
            raise self.broken()
        self.at += 1
        value = self.literal()
        if sign in ("=", "!="):
            return ("NOT " if sign == "!=" else "") + self.one_of(column, [value])
        return f"{self.column(column)} {sign} {self.bind(value)}"

    def one_of(self, column: str, wanted: list[Any]) -> str:
        """`column` is one of `wanted`; through the index where the field has one."""
        if column == "id":
            return f"id IN ({self.bind_all([storage.record_id(str(value)) for value in wanted])})"
        field = self.module.fields[column]
        if field not in self.module.indexed:
            return f"{self.column(column)} COLLATE NOCASE IN ({self.bind_all(wanted)})"
        self.values += [self.module.api_name, column]
        keys = self.bind_all([field.key(value) for value in wanted])
        return (
            "id IN (SELECT record FROM keys WHERE module = ? AND field = ?"  # noqa: S608
            f" AND value IN ({keys}))"
        )

    def column(self, name: str) -> str:
        if name == "id":
            return "id"
        kind = self.module.fields[name].data_type
        inside = ".id" if kind in LOOKUPS else ""
        path = f'$."{name}"{inside}'
        return f"json_extract(body, {self.bind(path)})"

    def bind(self, value: Any) -> str:
        self.values.append(value)
        return "?"

    def bind_all(self, values: list[Any]) -> str:
        return ", ".join(self.bind(value) for value in values)

    def literals(self) -> list[Any]:
        self.expect("(")
        found = [self.literal()]
        while self.accept(","):
            found.append(self.literal())
        self.expect(")")
        if len(found) > MOST_IN:
            raise refuse(400, "LIMIT_EXCEEDED", {"clause": "in", "limit": MOST_IN})
        return found

    def literal(self) -> Any:
        if self.at >= len(self.tokens):
            raise self.broken()
        kind, token = self.tokens[self.at]
        if kind == "sign" or (kind == "word" and token.lower() not in _CONSTANTS):
            raise self.broken()
        self.at += 1
        if kind == "text":
            return re.sub(r"''|\\(.)", lambda m: m[1] or "'", token[1:-1], flags=re.DOTALL)
        if kind == "word":
            return _CONSTANTS[token.lower()]
        # What SQLite cannot hold as a whole number it compares as a broken one.
        return int(token) if "." not in token and len(token) <= 19 else float(token)

    def ordering(self) -> str:
        if not self.accept("order"):
            return "id"
        self.expect("by")
        parts = [self.one_order()]
        while self.accept(","):
            parts.append(self.one_order())
        return ", ".join([*parts, "id"])

    def one_order(self) -> str:
        column = self.column(self.known(self.word()))
        return f"{column} {(self.accept('asc', 'desc') or 'asc').upper()}"

    def window(self) -> tuple[int, int]:
        limit, offset = USUAL_ROWS, 0
        if self.accept("limit"):
            limit = self.whole()
            if self.accept(","):
                offset, limit = limit, self.whole()
        if self.accept("offset"):
            offset = self.whole()
        if limit > MOST_ROWS:
            raise refuse(400, "LIMIT_EXCEEDED", {"clause": "limit", "limit": MOST_ROWS})
        return limit, offset

    def whole(self) -> int:
        value = self.literal()
        if not isinstance(value, int) or not 0 <= value < 2**31:
            raise self.broken()
        return value


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise refuse(400, "SYNTAX_ERROR", {"near": text[at : at + 20]})
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found
