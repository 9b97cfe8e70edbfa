"""What a call says beside its records, and what a record says beside its fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho.sandbox.running import Reply, RunningSandbox

LEAD = {"Last_Name": "Berg"}
RULE, STANDARD = "6100000000000333001", "6100000000000091055"
JONAS, TOM = "6100000000000101002", "6100000000000101004"
WIZARD, SCREENS = "6100000000000510001", ["6100000000000511001", "6100000000000511002"]

WEB = {
    "name": "Web",
    "id": "6100000000000091077",
    "fields": ["Last_Name", "Email"],
    "mandatory": ["Email"],
}


def item(reply: Reply) -> dict[str, Any]:
    [found] = reply.json["data"]
    return dict(found)


def stored(sandbox: RunningSandbox) -> dict[str, Any]:
    [found] = sandbox.control("GET", "records").json["records"]
    return dict(found)


GOOD: list[dict[str, Any]] = [
    {"trigger": []},
    {"trigger": ["workflow", "approval", "blueprint", "pathfinder", "orchestration"]},
    {"lar_id": RULE},
    {"skip_feature_execution": [{"name": "cadences"}]},
    {"apply_feature_execution": [{"name": "layout_rules"}, {"name": "range_validation"}]},
]


@pytest.mark.parametrize("envelope", GOOD)
def test_an_envelope_zoho_knows_is_taken(sandbox: RunningSandbox, envelope: dict[str, Any]) -> None:
    assert sandbox.insert(LEAD, **envelope).status == 201
    assert sandbox.ledger()["last"][0]["notes"] == envelope


SKIP, APPLY = "skip_feature_execution", "apply_feature_execution"
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"trigger": "workflow"}, "INVALID_DATA", "$.trigger"),
    ({"trigger": ["workflow", "mail"]}, "INVALID_DATA", "$.trigger[1]"),
    ({"trigger": [[]]}, "INVALID_DATA", "$.trigger[0]"),
    ({"lar_id": 5}, "INVALID_DATA", "$.lar_id"),
    ({"lar_id": "1"}, "INVALID_DATA", "$.lar_id"),
    ({SKIP: [{"name": "assignment_rules"}]}, "INVALID_DATA", f"$.{SKIP}[0].name"),
    ({SKIP: [{}]}, "MANDATORY_NOT_FOUND", f"$.{SKIP}[0].name"),
    ({SKIP: ["cadences"]}, "MANDATORY_NOT_FOUND", f"$.{SKIP}[0].name"),
    ({SKIP: [{"name": "cadences", "action": "x"}]}, "INVALID_DATA", f"$.{SKIP}[0].action"),
    ({APPLY: [{"name": "layout_rules"}, {"name": []}]}, "INVALID_DATA", f"$.{APPLY}[1].name"),
    ({APPLY: {}}, "INVALID_DATA", f"$.{APPLY}"),
]


@pytest.mark.parametrize(("envelope", "code", "path"), WRONG)
def test_an_envelope_zoho_does_not_know_is_refused_as_a_whole(
    sandbox: RunningSandbox, envelope: dict[str, Any], code: str, path: str
) -> None:
    reply = sandbox.insert(LEAD, **envelope)

    assert (reply.status, reply.json["code"]) == (400, code)
    assert reply.json["details"]["json_path"] == path
    assert sandbox.count() == 0


def test_the_words_about_features_are_zohos(sandbox: RunningSandbox) -> None:
    said = sandbox.insert(LEAD, skip_feature_execution=[{"name": "x"}]).json["message"]
    missing = sandbox.insert(LEAD, skip_feature_execution=[{}]).json["message"]

    name = 'in the "skip_feature_execution" property'
    assert said == f'Invalid data has been provided for the "name" key {name}'
    assert missing == f"The required key is missing {name}"


LENIENT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"unknown_trigger": "ignored"}, {"trigger": ["mail"]}),
    ({"unknown_lar_id": "ignored"}, {"lar_id": "1"}),
    ({"skip_names": "as in the schema"}, {SKIP: [{"name": "connected_workflows"}]}),
]


@pytest.mark.parametrize(("switch", "envelope"), LENIENT)
def test_a_switch_lets_it_pass(
    sandbox: RunningSandbox, switch: dict[str, Any], envelope: dict[str, Any]
) -> None:
    sandbox.switch(**switch)

    assert sandbox.insert(LEAD, **envelope).status == 201


def test_an_assignment_rule_gives_the_lead_an_owner(sandbox: RunningSandbox) -> None:
    rule = {"name": "To Jonas", "id": "61001", "assignee": JONAS}
    sandbox.control("PUT", "fields", {"assignment_rules": [rule]})

    sandbox.insert(LEAD, lar_id="61001")

    assert stored(sandbox)["Owner"]["name"] == "Jonas Petersen"


def test_an_owner_named_is_kept(sandbox: RunningSandbox) -> None:
    sandbox.insert({**LEAD, "Owner": {"id": JONAS}}, lar_id=RULE)

    assert stored(sandbox)["Owner"] == {
        "name": "Jonas Petersen",
        "id": JONAS,
        "email": "jonas@example.org",
    }


@pytest.mark.parametrize("owner", ["6100000000000999999", TOM])
def test_an_owner_who_is_no_active_user_is_refused(sandbox: RunningSandbox, owner: str) -> None:
    wrong = item(sandbox.insert({**LEAD, "Owner": {"id": owner}}))

    assert (wrong["code"], wrong["details"]["api_name"]) == ("INVALID_DATA", "Owner")
    sandbox.switch(unknown_owner="ignored")
    assert sandbox.insert({**LEAD, "Owner": {"id": owner}}).status == 201


def test_an_unknown_layout_is_invalid_data(sandbox: RunningSandbox) -> None:
    wrong = item(sandbox.insert({**LEAD, "Layout": {"id": "61"}}))

    assert (wrong["code"], wrong["details"]["api_name"]) == ("INVALID_DATA", "Layout")


def test_a_layout_named_brings_its_own_mandatory_fields(sandbox: RunningSandbox) -> None:
    wrong = item(sandbox.insert({**LEAD, "Layout": {"id": STANDARD}}))

    assert (wrong["code"], wrong["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "Company")


def test_fields_outside_the_layout_are_dropped(sandbox: RunningSandbox) -> None:
    sandbox.control("PUT", "fields", {"layouts": [WEB]})
    sandbox.switch(unknown_fields="refused")
    lead = {**LEAD, "Email": "a@b.cd", "City": "Kiel", "Description": "x"}

    sandbox.insert({**lead, "Layout": {"id": WEB["id"]}})

    kept = stored(sandbox)
    assert "City" not in kept
    assert (kept["Email"], kept["Description"]) == ("a@b.cd", "x")
    assert kept["Layout"] == {"name": "Web", "id": WEB["id"]}


REFERRAL = {**LEAD, "Lead_Source": "Employee Referral"}
ASKED: dict[str, Any] = {"apply_feature_execution": [{"name": "layout_rules"}]}


def test_a_layout_rule_asks_for_a_field_when_applied(sandbox: RunningSandbox) -> None:
    wrong = item(sandbox.insert(REFERRAL, **ASKED))

    rule = {"name": "A referral names its company", "id": "6100000000000092001"}
    assert wrong["code"] == "MANDATORY_NOT_FOUND"
    assert wrong["details"] == {
        "layout_rule": rule,
        "api_name": "Company",
        "json_path": "$.data[0].Company",
    }


def test_a_layout_rule_sleeps_unless_applied_and_met(sandbox: RunningSandbox) -> None:
    assert sandbox.insert(REFERRAL).status == 201
    assert sandbox.insert(LEAD, **ASKED).status == 201
    assert sandbox.insert({**REFERRAL, "Company": "Nordlicht"}, **ASKED).status == 201


def test_a_record_to_be_approved_says_so(sandbox: RunningSandbox) -> None:
    made = item(sandbox.insert({**LEAD, "$approved": False}))

    assert made["details"]["$approval_state"] == "webform_unapproved"
    [shown] = sandbox.crm("GET", f"Leads/{made['details']['id']}").json["data"]
    assert shown["$approval_state"] == "webform_unapproved"


def test_a_record_is_approved_otherwise(sandbox: RunningSandbox) -> None:
    made = item(sandbox.insert({**LEAD, "$approved": True}))

    assert made["details"]["$approval_state"] == "approved"


@pytest.mark.parametrize("tags", [[{"name": "web"}], [{"id": "61"}], []])
def test_tags_are_kept(sandbox: RunningSandbox, tags: list[dict[str, str]]) -> None:
    sandbox.insert({**LEAD, "Tag": tags})

    assert stored(sandbox)["Tag"] == tags


PATH = "$wizard_connection_path"
WIZARDS: list[tuple[dict[str, Any], str, str]] = [
    ({"Wizard": "1", PATH: SCREENS}, "INVALID_DATA", "the id given seems to be invalid"),
    ({"Wizard": WIZARD}, "DEPENDENT_FIELD_MISSING", "required field not found"),
    ({"Wizard": WIZARD, PATH: "x"}, "INVALID_DATA", "invalid data"),
    ({"Wizard": WIZARD, PATH: ["1"]}, "INVALID_DATA", "Wizard connection id is invalid"),
    (
        {"Wizard": WIZARD, PATH: SCREENS[::-1]},
        "INVALID_DATA",
        "Wizard connections supplied do not form a valid path",
    ),
]


@pytest.mark.parametrize(("more", "code", "message"), WIZARDS)
def test_a_wizard_wants_a_way_through_its_screens(
    sandbox: RunningSandbox, more: dict[str, Any], code: str, message: str
) -> None:
    wrong = item(sandbox.insert({**LEAD, **more}))

    assert (wrong["code"], wrong["message"]) == (code, message)


@pytest.mark.parametrize("wizard", [WIZARD, {"id": WIZARD}])
def test_a_wizard_with_its_way_is_taken(sandbox: RunningSandbox, wizard: Any) -> None:
    assert sandbox.insert({**LEAD, "Wizard": wizard, PATH: SCREENS}).status == 201


SINCE = [
    ("2020-01-01T00:00:00+00:00", 412),
    ("Wed, 01 Jan 2020 00:00:00 GMT", 412),
    ("2099-01-01T00:00:00+00:00", 200),
    ("yesterday", 400),
]


@pytest.mark.parametrize(("since", "status"), SINCE)
def test_an_update_is_guarded_by_if_unmodified_since(
    sandbox: RunningSandbox, since: str, status: int
) -> None:
    record = item(sandbox.insert({**LEAD, "Lead_Ref": "r"}))["details"]["id"]
    headers = {**sandbox.auth, "If-Unmodified-Since": since}
    body = {"data": [{"Last_Name": "New", "Lead_Ref": "r"}]}

    by_id = sandbox.call("PUT", f"/crm/v8/Leads/{record}", body, headers)
    upsert = sandbox.call("POST", "/crm/v8/Leads/upsert", body, headers)

    assert (by_id.status, upsert.status) == (status, status)
    if status == 412:
        assert (item(by_id)["code"], item(upsert)["code"]) == ("ALREADY_MODIFIED",) * 2
        assert stored(sandbox)["Last_Name"] == "Berg"
