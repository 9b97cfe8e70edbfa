"""Every module Zoho's page 'Insert Records' names: its mandatory fields and its special rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho.sandbox.running import Reply, RunningSandbox

# The least each module takes, by Zoho's list of system-defined mandatory fields.
ITEM = [{"Product_Name": {"id": "6100000000000700001"}, "Quantity": 1}]
LEAST: dict[str, dict[str, Any]] = {
    "Leads": {"Last_Name": "Berg"},
    "Contacts": {"Last_Name": "Berg"},
    "Accounts": {"Account_Name": "Nordlicht"},
    "Deals": {"Deal_Name": "Roof", "Stage": "Qualification"},
    "Campaigns": {"Campaign_Name": "Spring"},
    "Tasks": {"Subject": "Call back"},
    "Cases": {"Case_Origin": "Phone", "Status": "New", "Subject": "Leak"},
    "Events": {
        "Event_Title": "Visit",
        "Start_DateTime": "2026-03-02T09:00:00+01:00",
        "End_DateTime": "2026-03-02T10:00:00+01:00",
    },
    "Calls": {
        "Subject": "First call",
        "Call_Type": "Outbound",
        "Call_Start_Time": "2026-03-02T09:00:00+01:00",
        "Call_Duration": "10:00",
    },
    "Solutions": {"Solution_Title": "Tighten it"},
    "Products": {"Product_Name": "Panel"},
    "Vendors": {"Vendor_Name": "Sole"},
    "Price_Books": {
        "Price_Book_Name": "Usual",
        "Pricing_Details": [{"from_range": 1, "to_range": 5, "discount": 0}],
    },
    "Quotes": {"Subject": "Q", "Quoted_Items": ITEM},
    "Sales_Orders": {"Subject": "S", "Ordered_Items": ITEM},
    "Purchase_Orders": {
        "Subject": "P",
        "Vendor_Name": {"id": "6100000000000700002"},
        "Purchased_Items": ITEM,
    },
    "Invoices": {"Subject": "I", "Invoiced_Items": ITEM},
    "Appointments": {},
    "Appointments_Rescheduled_History": {},
    "Services": {"Service_Name": "Survey"},
    "Notes": {"Note_Content": "Rang twice"},
}
MANDATORY = [
    (module, name)
    for module, row in LEAST.items()
    for name in row
    if module not in ("Services", "Notes")
]


def item(reply: Reply) -> dict[str, Any]:
    [found] = reply.json["data"]
    return dict(found)


@pytest.mark.parametrize("module", LEAST)
def test_a_module_takes_its_mandatory_fields_alone(sandbox: RunningSandbox, module: str) -> None:
    assert sandbox.insert(LEAST[module], module=module).status == 201
    assert sandbox.count(module) == 1


@pytest.mark.parametrize(("module", "name"), MANDATORY)
def test_a_module_misses_each_mandatory_field(
    sandbox: RunningSandbox, module: str, name: str
) -> None:
    row = {key: value for key, value in LEAST[module].items() if key != name}

    wrong = item(sandbox.insert(row, module=module))

    place = {"api_name": name, "json_path": f"$.data[0].{name}"}
    assert (wrong["code"], wrong["details"]) == ("MANDATORY_NOT_FOUND", place)


def test_newer_modules_are_known_by_their_suffix_too(sandbox: RunningSandbox) -> None:
    assert sandbox.insert(LEAST["Services"], module="Services__s").status == 201
    assert sandbox.count("Services") == 1


def test_a_module_the_api_does_not_serve_says_so(sandbox: RunningSandbox) -> None:
    wrong = item(sandbox.insert({}, module="Projects"))

    assert wrong["code"] == "INVALID_MODULE"
    assert wrong["message"] == "The given module is not supported in API"


@pytest.mark.parametrize("module", ["Tasks", "Calls", "Events"])
def test_some_modules_have_no_upsert(sandbox: RunningSandbox, module: str) -> None:
    reply = sandbox.crm("POST", f"{module}/upsert", {"data": [LEAST[module]]})

    assert (reply.status, item(reply)["code"]) == (400, "INVALID_MODULE")


RELATED = {"What_Id": {"id": "6100000000000700003"}}
DAILY = {"Recurring_Activity": {"RRULE": "FREQ=DAILY;INTERVAL=1;DTSTART=2026-03-02"}}
SPECIAL: list[tuple[str, dict[str, Any], str, str]] = [
    ("Calls", {"Call_Duration": "00:00"}, "DEPENDENT_MISMATCH", "Call_Duration"),
    ("Calls", {"Call_Duration": "0"}, "DEPENDENT_MISMATCH", "Call_Duration"),
    ("Calls", RELATED, "DEPENDENT_FIELD_MISSING", "$se_module"),
    ("Tasks", RELATED, "DEPENDENT_FIELD_MISSING", "$se_module"),
    ("Tasks", {"Remind_At": {"ACTION": "EMAIL"}}, "MANDATORY_NOT_FOUND", "Remind_At.TRIGGER"),
    ("Events", RELATED, "DEPENDENT_FIELD_MISSING", "$se_module"),
    ("Events", DAILY, "DEPENDENT_FIELD_MISSING", "Remind_At"),
    (
        "Events",
        {"Participants": [{"type": "email", "Email": f"{n}@a.bc"} for n in range(51)]},
        "LIMIT_EXCEEDED",
        "Participants",
    ),
    ("Deals", {"Probability": 101}, "INVALID_DATA", "Probability"),
    ("Deals", {"Probability": -1}, "INVALID_DATA", "Probability"),
    ("Quotes", {"Quoted_Items": []}, "MANDATORY_NOT_FOUND", "Quoted_Items"),
    ("Quotes", {"Quoted_Items": ["x"]}, "INVALID_DATA", "Quoted_Items"),
    ("Price_Books", {"Pricing_Details": [{"from_range": 1}]}, "MANDATORY_NOT_FOUND", "to_range"),
    ("Appointments", {"Job_Sheet_Required": "yes"}, "DEPENDENT_FIELD_MISSING", "Job_Sheet_Section"),
    ("Appointments", {"Job_Sheet_Section": {"a": 1}}, "DEPENDENT_MISMATCH", "Job_Sheet_Section"),
]


@pytest.mark.parametrize(("module", "more", "code", "name"), SPECIAL)
def test_a_special_rule_is_kept(
    sandbox: RunningSandbox, module: str, more: dict[str, Any], code: str, name: str
) -> None:
    wrong = item(sandbox.insert({**LEAST[module], **more}, module=module))

    assert (wrong["code"], wrong["details"]["api_name"]) == (code, name)


TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("Calls", {"Call_Type": "Missed", "Call_Duration": "00:00"}),
    ("Calls", {**RELATED, "$se_module": "Deals"}),
    ("Events", {**DAILY, "Remind_At": [{"unit": 15, "period": "minutes"}]}),
    ("Events", {"Participants": [{"type": "email", "Email": f"{n}@a.bc"} for n in range(50)]}),
    ("Deals", {"Probability": 100, "Pipeline": "whatever"}),
    ("Appointments", {"Status": "Completed", "Job_Sheet_Section": {"a": 1}}),
    ("Products", {"Record_Image": [{"File_Id__s": "2c1"}]}),
]


@pytest.mark.parametrize(("module", "more"), TAKEN)
def test_what_keeps_the_special_rules_is_taken(
    sandbox: RunningSandbox, module: str, more: dict[str, Any]
) -> None:
    assert sandbox.insert({**LEAST[module], **more}, module=module).status == 201


def test_subforms_lookups_and_their_module_pass_through(sandbox: RunningSandbox) -> None:
    lines = [{**ITEM[0], "Line_Tax": [{"percentage": 10, "name": "Vat"}]}]
    quote = {"Subject": "Q", "Quoted_Items": lines, "$line_tax": [{"percentage": 1.5}]}
    task = {"Subject": "T", **RELATED, "$se_module": "Leads"}

    sandbox.insert(quote, module="Quotes")
    sandbox.insert(task, module="Tasks")

    for module, sent in (("Quotes", quote), ("Tasks", task)):
        [kept] = sandbox.control("GET", f"records?module={module}").json["records"]
        assert {**kept, **sent} == kept


def test_an_event_can_always_need_a_reminder(sandbox: RunningSandbox) -> None:
    sandbox.switch(remind_at="always")

    wrong = item(sandbox.insert(LEAST["Events"], module="Events"))

    assert wrong["details"]["api_name"] == "Remind_At"


PIPELINES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "MANDATORY_NOT_FOUND", "Pipeline"),
    ({"Pipeline": "Unknown"}, "INVALID_DATA", "Pipeline"),
    ({"Pipeline": "Renewals", "Stage": "Proposal"}, "INVALID_DATA", "Stage"),
]


@pytest.mark.parametrize(("more", "code", "name"), PIPELINES)
def test_with_pipelines_a_deal_needs_one_and_its_stage(
    sandbox: RunningSandbox, more: dict[str, Any], code: str, name: str
) -> None:
    sandbox.switch(pipelines="on")

    wrong = item(sandbox.insert({**LEAST["Deals"], **more}, module="Deals"))

    assert (wrong["code"], wrong["details"]["api_name"]) == (code, name)


def test_lookups_can_be_checked(sandbox: RunningSandbox) -> None:
    account = sandbox.insert(LEAST["Accounts"], module="Accounts").json["data"][0]["details"]["id"]
    sandbox.switch(lookups="checked")
    rows = [
        {"Last_Name": "Berg", "Account_Name": {"id": name}} for name in (account, "61000000001")
    ]

    reply = sandbox.insert(*rows, module="Contacts")

    assert [one["code"] for one in reply.json["data"]] == ["SUCCESS", "INVALID_DATA"]


def test_a_record_can_be_deleted(sandbox: RunningSandbox) -> None:
    reply = sandbox.insert({"Last_Name": "A", "Lead_Ref": "r"}, {"Last_Name": "B"})
    first, second = (one["details"]["id"] for one in reply.json["data"])

    one = sandbox.crm("DELETE", f"Leads/{first}")
    some = sandbox.crm("DELETE", f"Leads?ids={first},{second}")

    assert (one.status, item(one)["message"]) == (200, "record deleted")
    assert (some.status, [i["code"] for i in some.json["data"]]) == (
        207,
        ["INVALID_DATA", "SUCCESS"],
    )
    assert sandbox.insert({"Last_Name": "A", "Lead_Ref": "r"}).status == 201


def test_a_deletion_needs_ids(sandbox: RunningSandbox) -> None:
    assert sandbox.crm("DELETE", "Leads").json["code"] == "REQUIRED_PARAM_MISSING"
    assert sandbox.crm("DELETE", f"Leads?ids={'1,' * 101}").json["code"] == "LIMIT_EXCEEDED"
