"""Search: what finds what, what is refused, and what Zoho's index does not know yet."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.zoho.sandbox.running import Reply, RunningSandbox

ROWS: list[dict[str, Any]] = [
    {
        "Last_Name": "Berg",
        "Company": "ABC",
        "Email": "ines.berg@example.org",
        "Phone": "+49 431 123-456",
        "No_of_Employees": 5,
        "Email_Opt_Out": True,
        "Lead_Source": "Web site",
    },
    {
        "Last_Name": "Burns,B (jr.)",
        "Company": "ABC Inc.",
        "Secondary_Email": "b@example.org",
        "Mobile": "(555) 123-4567",
        "No_of_Employees": 50,
        "Lead_Source": "Web",
    },
    {"Last_Name": "Özil\\", "Company": "Zylker", "Description": "asked about roofs"},
]


@pytest.fixture
def leads(sandbox: RunningSandbox) -> RunningSandbox:
    sandbox.switch(search_lag=0)
    sandbox.insert(*ROWS)
    return sandbox


def search(sandbox: RunningSandbox, module: str = "Leads", **query: Any) -> Reply:
    return sandbox.crm("GET", f"{module}/search?{urlencode(query)}")


def names(reply: Reply) -> list[str]:
    return sorted(row["Last_Name"] for row in reply.json["data"]) if reply.content else []


BERG, BURNS, OEZIL = (row["Last_Name"] for row in ROWS)
CRITERIA = [
    ("(Company:equals:ABC)", [BERG, BURNS]),
    ("(Company:equals:abc inc)", [BURNS]),
    ("(Company:starts_with:Zy)", [OEZIL]),
    ("(Company:in:ABC,Zylker)", [BERG, OEZIL]),
    ("(Company:not_equal:Zylker)", [BERG, BURNS]),
    ("((Company:equals:ABC) and (Last_Name:starts_with:Bu))", [BURNS]),
    ("((Company:equals:Zylker)or(Last_Name:equals:Berg))", [BERG, OEZIL]),
    ("(Last_Name:equals:Berg)or(Last_Name:starts_with:öz)", [BERG, OEZIL]),
    (
        "(((Company:equals:ABC) and (No_of_Employees:less_than:9))or(Company:equals:Zyl))",
        [BERG, OEZIL],
    ),
    (r"(Last_Name:equals:Burns\,B)", [BURNS]),
    (r"(Last_Name:equals:\(jr.\))", [BURNS]),
    (r"(Last_Name:equals:l\\)", [OEZIL]),
    ("(No_of_Employees:equals:5)", [BERG]),
    ("(No_of_Employees:between:5,49)", [BERG]),
    ("(No_of_Employees:greater_equal:5)", [BERG, BURNS]),
    ("(Email_Opt_Out:equals:true)", [BERG]),
    ("(Lead_Source:equals:Web)", [BURNS]),
    ("(Lead_Source:in:Web,Web site)", [BERG, BURNS]),
    ("(Owner:equals:6100000000000101001)", [BERG, BURNS, OEZIL]),
    ("(Created_Time:greater_than:2020-01-01T00:00:00+00:00)", [BERG, BURNS, OEZIL]),
    ("(Email:equals:ines.berg@example.org)", [BERG]),
    ("(id:equals:61)", []),
]


@pytest.mark.parametrize(("criteria", "expected"), CRITERIA)
def test_criteria_find_their_records(
    leads: RunningSandbox, criteria: str, expected: list[str]
) -> None:
    assert names(search(leads, criteria=criteria)) == sorted(expected)


def test_ids_are_told_apart_to_the_last_digit(leads: RunningSandbox) -> None:
    made = leads.insert(*[{"Last_Name": n} for n in "AB"]).json["data"]

    found = search(leads, criteria=f"(id:equals:{made[0]['details']['id']})")

    assert names(found) == ["A"]


def test_equals_can_mean_equals(leads: RunningSandbox) -> None:
    leads.switch(search_equals="exact")

    assert names(search(leads, criteria="(Company:equals:ABC)")) == [BERG]


PLAIN = [
    ("email", "ines.berg@example.org", [BERG]),
    ("email", "@EXAMPLE.org", [BERG, BURNS]),
    ("phone", "5551234567", [BURNS]),
    ("phone", "555-123", [BURNS]),
    ("phone", "123", [BERG, BURNS]),
    ("word", "roofs", [OEZIL]),
    ("word", "ÖZIL", [OEZIL]),
    ("word", "nowhere", []),
]


@pytest.mark.parametrize(("param", "text", "expected"), PLAIN)
def test_a_parameter_looks_into_all_such_fields(
    leads: RunningSandbox, param: str, text: str, expected: list[str]
) -> None:
    assert names(search(leads, **{param: text})) == sorted(expected)


def test_only_the_highest_of_several_parameters_counts(leads: RunningSandbox) -> None:
    more = {"word": "roofs", "phone": "5551234567", "email": "ines"}

    assert names(search(leads, **more)) == [BERG]
    assert names(search(leads, **more, criteria="(Company:equals:Zyl)")) == [OEZIL]


def test_a_fresh_record_is_not_found_but_by_coql(sandbox: RunningSandbox) -> None:
    sandbox.insert(ROWS[0])
    query = "select id from Leads where Email = 'ines.berg@example.org'"

    assert search(sandbox, email="ines").status == 204
    assert sandbox.crm("POST", "coql", {"select_query": query}).status == 200


def test_pages_and_fields_can_be_chosen(leads: RunningSandbox) -> None:
    reply = search(leads, criteria="(Company:not_equal:x)", fields="Company", per_page=2)

    assert [sorted(row) for row in reply.json["data"]] == [["Company", "id"]] * 2
    assert reply.json["info"] == {"per_page": 2, "count": 2, "page": 1, "more_records": True}


def test_what_is_found_can_be_sorted(leads: RunningSandbox) -> None:
    leads.switch(search_sorted=True)

    reply = search(
        leads, email="example", sort_by="No_of_Employees", sort_order="asc", fields="Last_Name"
    )

    assert [row["Last_Name"] for row in reply.json["data"]] == [BERG, BURNS]
    assert reply.json["info"]["sort_by"] == "No_of_Employees"


def test_records_can_be_told_by_their_approval(leads: RunningSandbox) -> None:
    leads.insert({"Last_Name": "Neu", "Company": "ABC", "$approved": False})
    found = search(leads, word="abc", approval_state="webform_unapproved")

    assert names(found) == ["Neu"]
    assert search(leads, word="abc", converted="true").status == 204


ELEVEN = "and".join(["(City:equals:a)"] * 11)
BROKEN = [
    ({"criteria": "Company:equals:ABC"}, "INVALID_QUERY"),
    ({"criteria": "(Company:equals:ABC"}, "INVALID_QUERY"),
    ({"criteria": "(Company:equals:ABC))"}, "INVALID_QUERY"),
    ({"criteria": "(Company:equals:(ABC))"}, "INVALID_QUERY"),
    ({"criteria": "(Company:equals:)"}, "INVALID_QUERY"),
    ({"criteria": "(Company:like:ABC)"}, "INVALID_QUERY"),
    ({"criteria": "(Colour:equals:ABC)"}, "INVALID_QUERY"),
    ({"criteria": "(Email_Opt_Out:greater_than:1)"}, "INVALID_QUERY"),
    ({"criteria": "(No_of_Employees:equals:many)"}, "INVALID_QUERY"),
    ({"criteria": "(No_of_Employees:between:1)"}, "INVALID_QUERY"),
    ({"criteria": "(" * 3000}, "INVALID_QUERY"),
    ({"criteria": "(" * 3001}, "INVALID_REQUEST"),
    ({"criteria": f"({ELEVEN})"}, "LIMIT_EXCEEDED"),
    ({"criteria": f"(City:in:{','.join(['a'] * 101)})"}, "LIMIT_EXCEEDED"),
    ({"word": "a"}, "INVALID_REQUEST"),
    ({"phone": "call"}, "INVALID_REQUEST"),
    ({"word": "abc", "page": 11}, "LIMIT_REACHED"),
    ({"word": "abc", "sort_by": "Colour"}, "INVALID_REQUEST"),
    ({"word": "abc", "fields": "id," * 51}, "LIMIT_EXCEEDED"),
    ({"word": " "}, "EXPECTED_PARAM_MISSING"),
]


@pytest.mark.parametrize(("query", "code"), BROKEN)
def test_a_search_that_makes_no_sense_is_refused(
    leads: RunningSandbox, query: dict[str, Any], code: str
) -> None:
    reply = search(leads, **query)

    assert (reply.status, reply.json["code"]) == (400, code)


def test_a_search_in_an_unknown_module_is_refused(sandbox: RunningSandbox) -> None:
    assert search(sandbox, "Leeds", word="abc").json["code"] == "INVALID_MODULE"


def test_search_needs_a_scope_of_its_own(sandbox: RunningSandbox) -> None:
    code = sandbox.control("POST", "grants", {"scope": "ZohoCRM.modules.leads.ALL"}).json["code"]
    token = sandbox.token_call(grant_type="authorization_code", code=code).json["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}

    assert sandbox.call("GET", "/crm/v8/Leads/search?word=abc", None, headers).status == 401
    assert sandbox.call("GET", "/crm/v8/Leads?fields=id", None, headers).status == 204
