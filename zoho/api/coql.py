"""COQL, Zoho's query language: unlike its search it sees a record as soon as it is stored.

At most 50 values stand in one `in`, and three or more criteria must be bracketed in pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall
from leads.reasons import Reason
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed

MOST_VALUES = 50
"""Values that one `in` takes."""
CHEAP_ROWS = 200
"""Rows that cost one credit; Zoho charges two for up to 1,000 and three for up to 2,000."""

Row = dict[str, Any]


@dataclass(frozen=True)
class QueryRows:
    """Rows of a query, and whether there are more."""

    rows: list[Row]
    more: bool


def select(
    caller: Caller, fields: Iterable[str], module: str, where: str, tail: str = ""
) -> QueryRows:
    """The rows of `module` for which `where` is true. One credit. Raises CallFailed.

    `tail` orders them; at most 200 come at once.
    """
    query = f"select {', '.join(fields)} from {module} where {where} {tail} limit {CHEAP_ROWS}"  # noqa: S608 - Zoho's own language; values pass through `literal`
    answer = caller.ask(ApiCall.Kind.READ, "POST", "/crm/v8/coql", json={"select_query": query})
    if answer.status == 204:
        return QueryRows([], False)
    content = answer.json()
    rows = content.get("data") if isinstance(content, dict) else None
    if answer.status != 200 or not isinstance(rows, list):
        raise CallFailed(nothing_sent(read_other(answer.status, answer.body)))
    info = content.get("info")
    more = isinstance(info, dict) and info.get("more_records") is True
    return QueryRows([row for row in rows if isinstance(row, dict)], more)


def nothing_sent(outcome: Outcome) -> Outcome:
    """What a question that failed means for leads that wait for its answer: none was sent."""
    passing = (Verdict.THROTTLED, Verdict.DESTINATION_FAULT, Verdict.SITE_FAULT)
    if outcome.verdict in passing:
        return outcome
    return replace(outcome, verdict=Verdict.NOT_SENT, reason=outcome.reason or Reason.REFUSED)


def one_of(field: str, values: Iterable[str]) -> str:
    """`field in (…)`."""
    return f"{field} in ({', '.join(map(literal, values))})"


def both(first: str, second: str, *others: str) -> str:
    """All criteria at once, bracketed in pairs."""
    joined = f"({first} and {second})"
    for other in others:
        joined = f"({joined} and {other})"
    return joined


def literal(text: str) -> str:
    """A text as COQL reads it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def fifties(values: Iterable[str]) -> Iterator[list[str]]:
    """The values, as many at a time as one `in` takes."""
    left = iter(values)
    while some := list(islice(left, MOST_VALUES)):
        yield some
