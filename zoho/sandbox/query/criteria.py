"""Search criteria: `((Company:equals:ABC)and(First_Name:starts_with:M))`, read and tried.

Brackets, commas and backslashes inside a value are escaped with a backslash. A comparison of
texts ignores case. `equals` finds parts of texts, as Zoho's does, unless a switch says otherwise;
in pick lists and all that is no text it compares whole values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zoho.sandbox.errors import Refusal, refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.organisation.fields import LOOKUPS, Field
from zoho.sandbox.wire import Json

MOST_CRITERIA, MOST_IN = 10, 100
Test = Callable[[Json], bool]

_ORDER = ("greater_equal", "greater_than", "less_equal", "less_than", "between")
_WHOLE = ("equals", "not_equal")
# Data type → the operators Zoho's page lists for it; types it does not list cannot be searched.
OPERATORS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("date", "datetime"), (*_WHOLE, *_ORDER, "in")),
    **dict.fromkeys(
        ("integer", "currency", "double", "bigint", "percent"), (*_WHOLE, *_ORDER, "in")
    ),
    "boolean": _WHOLE,
    "textarea": (*_WHOLE, "starts_with"),
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup"), (*_WHOLE, "in")),
    **dict.fromkeys(("picklist", "autonumber"), (*_WHOLE, "in")),
    **dict.fromkeys(("text", "email", "phone", "website"), (*_WHOLE, "starts_with", "in")),
    "multiselectpicklist": (*_WHOLE, "in", "starts_with"),
}
TEXTS = frozenset({"text", "textarea", "email", "phone", "website"})
NUMBERS = frozenset({"integer", "currency", "double", "bigint", "percent"})

_DIGITS = re.compile(r"-?[0-9]{1,400}")
_OPEN = re.compile(r"\s*\(\s*")
_HEAD = re.compile(r"\s*([\w$.]+)\s*:\s*(\w+)\s*:")
_JOIN = re.compile(r"\s*(and|or)\s*(?=\()", re.IGNORECASE)
_VALUE = re.compile(r"(?:\\.|[^()\\])*", re.DOTALL)
_CLOSE = re.compile(r"\s*\)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED_COMMA = re.compile(r"((?:\\.|[^\\,])*)(?:,|$)", re.DOTALL)


def read(text: str, module: Module, exact: bool) -> Test:
    """What decides whether a record fits. Refuses what cannot be read."""
    reader = _Reader(text, module, exact)
    test = reader.group()
    if reader.at < len(text.rstrip()):
        raise reader.broken()
    return test


def _invalid(reason: str, **details: Any) -> Refusal:
    return refuse(400, "INVALID_QUERY", {"reason": reason, **details})


@dataclass
class _Reader:
    text: str
    module: Module
    exact: bool
    at: int = 0
    criteria: int = 0

    def accept(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def broken(self) -> Refusal:
        return _invalid("the criteria cannot be read", near=self.text[self.at : self.at + 20])

    def group(self, depth: int = 0) -> Test:
        """Criteria in brackets, joined by and/or from left to right."""
        test = self.member(depth)
        while join := self.accept(_JOIN):
            test = _joined(join[1].lower(), test, self.member(depth))
        return test

    def member(self, depth: int) -> Test:
        if not self.accept(_OPEN) or depth > MOST_CRITERIA:
            raise self.broken()
        test = self.group(depth + 1) if self.text[self.at : self.at + 1] == "(" else self.one()
        if not self.accept(_CLOSE):
            raise self.broken()
        return test

    def one(self) -> Test:
        self.criteria += 1
        if self.criteria > MOST_CRITERIA:
            raise refuse(400, "LIMIT_EXCEEDED", {"param_name": "criteria", "limit": MOST_CRITERIA})
        head, value = self.accept(_HEAD), self.accept(_VALUE)
        if not head or not value:
            raise self.broken()
        name, operator = head[1], head[2].lower()
        field = self.module.fields.get(name)
        if field is None:
            raise _invalid("the field is not available for search", api_name=name)
        allowed = OPERATORS.get(field.data_type, ())
        if name == "id":
            allowed = OPERATORS["bigint"]
        if operator not in allowed:
            raise _invalid("invalid operator found", api_name=name, operator=operator)
        return _test(field, operator, value[0], self.exact)


def _joined(word: str, left: Test, right: Test) -> Test:
    if word == "and":
        return lambda record: left(record) and right(record)
    return lambda record: left(record) or right(record)


def _test(field: Field, operator: str, raw: str, exact: bool) -> Test:
    """One criterion, compiled for its field."""
    parts = [part for part in _UNESCAPED_COMMA.findall(raw.strip()) if part]
    several = operator in ("in", "between")
    wanted = [_comparable(field, _ESCAPED.sub(r"\1", one).strip()) for one in parts]
    if not several:
        wanted = [_comparable(field, _ESCAPED.sub(r"\1", raw.strip()))]
    if len(wanted) > MOST_IN:
        raise refuse(400, "LIMIT_EXCEEDED", {"param_name": "criteria", "limit": MOST_IN})
    if {None, ""} & {*wanted} or not wanted or (operator == "between" and len(wanted) != 2):
        raise _invalid("invalid value found", api_name=field.api_name, operator=operator)
    compare = COMPARE[operator]
    if operator in _WHOLE and field.data_type in TEXTS and not exact:
        compare = CONTAINS[operator]

    def test(record: Json) -> bool:
        values = [_comparable(field, one) for one in _values(record.get(field.api_name))]
        if operator == "not_equal":
            return all(compare(value, wanted) for value in values if value is not None)
        return any(compare(value, wanted) for value in values if value is not None)

    return test


def _values(stored: Any) -> list[Any]:
    return stored if isinstance(stored, list) else [stored]


def _comparable(field: Field, value: Any) -> Any:
    """A value of this field as it is compared; None for what cannot be."""
    if value is None:
        return None
    kind = field.data_type
    if kind in LOOKUPS:
        return str(value.get("id") if isinstance(value, dict) else value)
    if kind == "boolean":
        return str(value).lower()
    try:
        if kind in NUMBERS:
            # Ids have more digits than a float can tell apart.
            return int(value) if _DIGITS.fullmatch(str(value)) else float(value)
        if kind == "datetime":
            # Days without a time come from callers who mean the whole of it.
            found = datetime.fromisoformat(value)
            return found.timestamp() if found.tzinfo or "T" in value else None
        if kind == "date":
            return datetime.fromisoformat(value).date().isoformat()
    except (ValueError, TypeError, OverflowError):
        return None
    return str(value).casefold()


COMPARE: dict[str, Callable[[Any, list[Any]], bool]] = {
    "equals": lambda value, wanted: bool(value == wanted[0]),
    "not_equal": lambda value, wanted: bool(value != wanted[0]),
    "starts_with": lambda value, wanted: value.startswith(wanted[0]),
    "in": lambda value, wanted: value in wanted,
    "greater_equal": lambda value, wanted: bool(value >= wanted[0]),
    "greater_than": lambda value, wanted: bool(value > wanted[0]),
    "less_equal": lambda value, wanted: bool(value <= wanted[0]),
    "less_than": lambda value, wanted: bool(value < wanted[0]),
    "between": lambda value, wanted: bool(wanted[0] <= value <= wanted[1]),
}
CONTAINS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "equals": lambda value, wanted: wanted[0] in value,
    "not_equal": lambda value, wanted: wanted[0] not in value,
}
