"""What happens to records beside the API: layouts, workflows, conversion, merging."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho.sandbox.running import RunningSandbox

WEB = "6100000000000777001"


def define(sandbox: RunningSandbox, **order: Any) -> None:
    assert sandbox.control("PUT", "fields", {"module": "Leads"} | order).status == 200


def insert(sandbox: RunningSandbox, envelope: dict[str, Any] | None = None, **row: Any) -> str:
    body = {"data": [{"Last_Name": "Berg"} | row]} | (envelope or {})
    [item] = sandbox.crm("POST", "Leads", body).json["data"]
    return str(item["details"]["id"])


def record(sandbox: RunningSandbox, one: str, query: str = "") -> Any:
    reply = sandbox.crm("GET", f"Leads/{one}{query}")
    return reply.json["data"][0] if reply.status == 200 else None


@pytest.mark.parametrize(
    ("layout", "lost"),
    [
        ({}, {}),
        ({"fields": ["Last_Name", "City"]}, {"Phone": "1"}),
        (
            {"fields": ["Last_Name", "City", "Phone"], "without": ["Description"]},
            {"Description": "x"},
        ),
        ({"without": ["City"]}, {"City": "Oslo"}),
    ],
)
def test_a_layout_loses_what_it_lacks(
    sandbox: RunningSandbox, layout: dict[str, Any], lost: dict[str, Any]
) -> None:
    define(sandbox, layouts=[{"id": WEB, "name": "Web"} | layout])
    sent: dict[str, Any] = {"City": "Oslo", "Phone": "1", "Description": "x"}

    found = record(sandbox, insert(sandbox, Layout={"id": WEB}, **sent))

    assert {name: value for name, value in sent.items() if found[name] is None} == lost


@pytest.mark.parametrize(
    ("envelope", "phone"),
    [({}, "+49 30 1"), ({"trigger": ["workflow"]}, "+49 30 1"), ({"trigger": []}, "1")],
)
def test_a_workflow_changes_values_unless_the_call_says_not(
    sandbox: RunningSandbox, envelope: dict[str, Any], phone: str
) -> None:
    work = {"name": "Dial out", "set": {"Phone": "+49 30 1"}, "clear": ["Fax"]}
    define(sandbox, workflows=[work | {"when": {"City": "Oslo"}}])

    found = record(sandbox, insert(sandbox, envelope, Phone="1", Fax="2", City="Oslo"))
    other = record(sandbox, insert(sandbox, envelope, Phone="1", City="Bergen"))

    assert (found["Phone"], found["Fax"]) == (phone, None if phone != "1" else "2")
    assert other["Phone"] == "1"


def test_a_converted_record_is_shown_to_those_who_ask_for_such(sandbox: RunningSandbox) -> None:
    one, other = insert(sandbox, Lead_Ref="a"), insert(sandbox)

    assert sandbox.control("POST", "convert", {"ids": [one, "61"]}).json == {"converted": 1}

    assert record(sandbox, one) is None
    assert record(sandbox, one, "?converted=both")["id"] == one
    ids = f"Leads?ids={one},{other}&fields=Last_Name"
    for query, there in (
        ("", [other]),
        ("&converted=true", [one]),
        ("&converted=both", [one, other]),
    ):
        rows = sandbox.crm("GET", ids + query).json["data"]
        assert [row["id"] for row in rows] == there
    asked = {"select_query": f"select id from Leads where id in ('{one}', '{other}')"}
    rows = sandbox.crm("POST", "coql", asked).json["data"]
    assert [row["id"] for row in rows] == [other]


def test_a_converted_record_takes_no_update_and_keeps_its_reference(
    sandbox: RunningSandbox,
) -> None:
    one = insert(sandbox, Lead_Ref="a")
    sandbox.control("POST", "convert", {"ids": [one]})

    [update] = sandbox.crm("PUT", f"Leads/{one}", {"data": [{"City": "Oslo"}]}).json["data"]
    again = {"data": [{"Last_Name": "Berg", "Lead_Ref": "a"}]}
    [repeat] = sandbox.crm("POST", "Leads", again).json["data"]

    assert update["code"] == "INVALID_DATA"
    assert repeat["details"]["duplicate_record"]["id"] == one


def test_merging_leaves_one_record_with_what_both_had(sandbox: RunningSandbox) -> None:
    one, other = insert(sandbox, City="Oslo"), insert(sandbox, City="Rome", Phone="1")

    order = {"into": one, "ids": [other]}
    assert sandbox.control("POST", "merge", order).json == {"merged": 1}

    assert record(sandbox, other) is None
    found = record(sandbox, one)
    assert (found["City"], found["Phone"]) == ("Oslo", "1")
    assert sandbox.control("POST", "merge", order).status == 400
