"""The part of COQL that the sandbox understands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho.sandbox.running import Reply, RunningSandbox

ROWS: list[dict[str, Any]] = [
    {"Last_Name": "Berg", "Lead_Ref": "r1", "City": "Kiel", "No_of_Employees": 5},
    {"Last_Name": "O'Neill", "Lead_Ref": "r2", "City": "Bonn", "No_of_Employees": 50},
    {"Last_Name": "Silva", "Lead_Ref": "R3", "Email": "s@example.org"},
]


def ask(sandbox: RunningSandbox, query: str) -> Reply:
    return sandbox.crm("POST", "coql", {"select_query": query})


def names(reply: Reply) -> list[str]:
    return [row["Last_Name"] for row in reply.json["data"]] if reply.content else []


CONDITIONS = [
    ("Lead_Ref = 'r1'", ["Berg"]),
    ("Lead_Ref = 'r3'", ["Silva"]),
    ("Lead_Ref in ('r1', 'r2', 'nobody')", ["Berg", "O'Neill"]),
    ("Lead_Ref != 'r1'", ["O'Neill", "Silva"]),
    ("Lead_Ref not in ('r1', 'r2')", ["Silva"]),
    ("Email = 'S@EXAMPLE.ORG'", ["Silva"]),
    ("Last_Name = 'O''Neill'", ["O'Neill"]),
    ("City is null", ["Silva"]),
    ("City is not null and No_of_Employees > 5", ["O'Neill"]),
    ("((City = 'Kiel' or City = 'Bonn') and No_of_Employees <= 5)", ["Berg"]),
    ("Last_Name like '%l%'", ["O'Neill", "Silva"]),
    ("Created_Time > '2020-01-01T00:00:00+00:00'", ["Berg", "O'Neill", "Silva"]),
    ("id is not null limit 1", ["Berg"]),
    ("id is not null limit 1 offset 1", ["O'Neill"]),
    ("id is not null limit 1, 2", ["O'Neill", "Silva"]),
    ("id is not null order by Last_Name desc", ["Silva", "O'Neill", "Berg"]),
    ("City = 'Nowhere'", []),
    (f"No_of_Employees = {'9' * 400}", []),
    ("id = 6100000000000000001", []),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_a_condition_finds_its_records(
    sandbox: RunningSandbox, condition: str, expected: list[str]
) -> None:
    sandbox.insert(*ROWS)

    assert names(ask(sandbox, f"select Last_Name from Leads where {condition}")) == expected


def test_nothing_found_has_no_content(sandbox: RunningSandbox) -> None:
    reply = ask(sandbox, "select id from Leads where Lead_Ref = 'x'")

    assert (reply.status, reply.content) == (204, b"")


def test_more_records_are_announced(sandbox: RunningSandbox) -> None:
    sandbox.insert(*ROWS)

    reply = ask(sandbox, "select id from Leads where id is not null limit 2")

    assert reply.json["info"] == {"count": 2, "more_records": True}


BROKEN = [
    ("select", "SYNTAX_ERROR"),
    ("delete from Leads", "SYNTAX_ERROR"),
    ("select id from Leads", "SYNTAX_ERROR"),
    ("select id from Leads where", "SYNTAX_ERROR"),
    ("select id from Leads where id = ", "SYNTAX_ERROR"),
    ("select id from Leads where id = '1' garbage", "SYNTAX_ERROR"),
    ("select id from Leads where City = 'a' and City = 'b' and City = 'c'", "SYNTAX_ERROR"),
    ("select id from Leads where City = 'a' ; drop table records", "SYNTAX_ERROR"),
    ("select id from Leeds where id is not null", "INVALID_MODULE"),
    ("select Colour from Leads where id is not null", "INVALID_QUERY"),
    ("select id from Leads where Colour = 'x'", "INVALID_QUERY"),
    ("select id from Leads where id is not null limit 2001", "LIMIT_EXCEEDED"),
    (f"select id from Leads where City in ({','.join(['1'] * 51)})", "LIMIT_EXCEEDED"),
]


@pytest.mark.parametrize(("query", "code"), BROKEN)
def test_a_query_that_cannot_be_read_is_refused(
    sandbox: RunningSandbox, query: str, code: str
) -> None:
    reply = ask(sandbox, query)

    assert (reply.status, reply.json["code"]) == (400, code)
