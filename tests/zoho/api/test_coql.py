"""Questions in Zoho's query language: what is asked, and what any answer means."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leads.clock import Deadline
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall
from leads.reasons import Reason
from tests.zoho.wire import INVALID_TOKEN, Play, Wire, hang_up, reply, truncated
from zoho.api import coql
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.models import Connection

ASK = "POST /crm/v8/coql"
LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


@pytest.fixture
def caller(connection: Connection) -> Caller:
    return Caller(connection, Deadline(5))


def ask(caller: Caller) -> coql.QueryRows:
    return coql.select(caller, ["id", "Email"], "Leads", "Email = 'a'", "order by id asc")


def failure(caller: Caller) -> Outcome:
    with pytest.raises(CallFailed) as caught:
        ask(caller)
    return caught.value.outcome


# --- The answer ------------------------------------------------------------------------------


def test_a_question_is_one_request_and_the_answer_its_rows(caller: Caller, wire: Wire) -> None:
    rows = [{"id": "1", "Email": "a"}]
    wire.on(ASK, reply(200, {"data": rows, "info": {"more_records": False}}))

    page = ask(caller)

    (request,) = wire.seen(ASK)
    query = "select id, Email from Leads where Email = 'a' order by id asc limit 200"
    assert request.json == {"select_query": query}
    assert page == coql.QueryRows(rows, more=False)


def test_the_question_is_a_call_on_record_that_carries_no_lead(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(204))

    ask(caller)

    call = ApiCall.objects.get()
    assert (call.kind, call.leads, call.status) == ("read", 0, 204)
    assert call.ended_at is not None


def test_204_is_no_row(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(204))

    assert ask(caller) == coql.QueryRows([], more=False)


@pytest.mark.parametrize(
    ("info", "more"),
    [({"more_records": True}, True), ({"more_records": "yes"}, False), (None, False), ([], False)],
)
def test_there_are_more_rows_only_when_zoho_says_so(
    caller: Caller, wire: Wire, info: Any, more: bool
) -> None:
    wire.on(ASK, reply(200, {"data": [{"id": "1"}], "info": info}))

    assert ask(caller).more is more


def test_what_is_no_row_is_passed_over(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(200, {"data": [None, "x", {"id": "1"}, 4]}))

    assert ask(caller).rows == [{"id": "1"}]


@pytest.mark.parametrize(
    ("play", "verdict", "reason"),
    [
        (reply(400, {"code": "SYNTAX_ERROR", "status": "error"}), Verdict.NOT_SENT, None),
        (reply(403, {"code": "NO_PERMISSION", "status": "error"}), None, Reason.NO_PERMISSION),
        (INVALID_TOKEN, Verdict.DESTINATION_FAULT, None),
        (reply(429, {"code": "TOO_MANY_REQUESTS"}), Verdict.THROTTLED, Reason.THROTTLED),
        (reply(500, {"code": "INTERNAL_ERROR", "status": "error"}), None, None),
        (reply(503, b"<html>busy</html>"), None, None),
        (hang_up, Verdict.NOT_SENT, Reason.NO_ANSWER),
        (truncated, Verdict.NOT_SENT, Reason.NO_ANSWER),
        (reply(200, b"<html>login</html>"), Verdict.NOT_SENT, None),
        (reply(200, b"\xff\x00"), Verdict.NOT_SENT, None),
        (reply(200, b""), Verdict.NOT_SENT, None),
        (reply(200, []), Verdict.NOT_SENT, None),
        (reply(200, {"data": {"id": "1"}}), Verdict.NOT_SENT, None),
        (reply(200, {"data": None}), Verdict.NOT_SENT, None),
    ],
)
def test_a_question_that_failed_has_sent_no_lead(
    caller: Caller, wire: Wire, play: Play, verdict: Verdict | None, reason: Reason | None
) -> None:
    wire.on(ASK, play)

    outcome = failure(caller)

    assert outcome.verdict is (verdict or outcome.verdict)
    assert outcome.reason == (reason or outcome.reason)
    assert outcome.reason
    waits = (Verdict.THROTTLED, Verdict.DESTINATION_FAULT, Verdict.SITE_FAULT, Verdict.NOT_SENT)
    assert outcome.verdict in waits


def test_a_question_past_its_deadline_has_sent_no_lead(connection: Connection) -> None:
    assert failure(Caller(connection, Deadline(0))).verdict is Verdict.NOT_SENT


# --- The values ------------------------------------------------------------------------------


def read_back(condition: str, field: str) -> list[str]:
    """The values of a condition as Zoho reads them; fails where one of them ends too early."""
    head, values = condition[: len(field) + 5], condition[len(field) + 5 : -1]
    assert (head, condition[-1]) == (f"{field} in (", ")")
    assert LITERAL.sub("?", values).replace("?, ", "").replace("?", "") == ""
    return [re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL) for one in LITERAL.findall(values)]


@given(st.lists(st.text(), min_size=1, max_size=5))
@example(["o'neil@example.com"])
@example(["') or (id is not null"])
@example(["\\') or id > '0", "\\", "\\\\'", "'", "''"])
@example(["a\nb\r\n\tc", "\x00", "\u2028"])
def test_no_value_leaves_its_quotes(values: list[str]) -> None:
    assert read_back(coql.one_of("Email", values), "Email") == values


def test_a_value_travels_as_it_is(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(204))
    value = "a  b\n'c\\"

    coql.select(caller, ["id"], "Leads", coql.one_of("Email", [value]))

    (request,) = wire.seen(ASK)
    assert "Email in ('a  b\n\\'c\\\\')" in request.json["select_query"]


def test_criteria_are_bracketed_in_pairs() -> None:
    assert coql.both("a", "b") == "(a and b)"
    assert coql.both("a", "b", "c", "d") == "(((a and b) and c) and d)"


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (50, [50]), (101, [50, 50, 1])])
def test_values_are_asked_about_fifty_at_a_time(count: int, sizes: list[int]) -> None:
    assert [len(some) for some in coql.fifties(map(str, range(count)))] == sizes
