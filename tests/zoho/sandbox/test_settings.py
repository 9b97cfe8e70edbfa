"""What the organisation tells of itself: users, layouts, assignment rules, modules, fields."""

from __future__ import annotations

from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tests.zoho.sandbox.running import RunningSandbox


def users(sandbox: RunningSandbox, kind: str) -> list[str]:
    reply = sandbox.crm("GET", f"users?type={kind}")
    return [user["first_name"] for user in reply.json["users"]] if reply.content else []


KINDS = [
    ("AllUsers", ["Mara", "Jonas", "Aylin", "Tom", "Rosa"]),
    ("ActiveUsers", ["Mara", "Jonas", "Aylin"]),
    ("ActiveConfirmedUsers", ["Mara", "Jonas"]),
    ("NotConfirmedUsers", ["Aylin"]),
    ("DeactiveUsers", ["Tom"]),
    ("DeletedUsers", ["Rosa"]),
    ("AdminUsers", ["Mara"]),
    ("ActiveConfirmedAdmins", ["Mara"]),
    ("CurrentUser", ["Mara"]),
]


@pytest.mark.parametrize(("kind", "names"), KINDS)
def test_users_are_told_by_type(sandbox: RunningSandbox, kind: str, names: list[str]) -> None:
    assert users(sandbox, kind) == names


def test_an_unknown_type_of_users_is_refused(sandbox: RunningSandbox) -> None:
    assert sandbox.crm("GET", "users?type=Robots").json["code"] == "INVALID_REQUEST"


def test_users_come_in_pages_and_alone(sandbox: RunningSandbox) -> None:
    reply = sandbox.crm("GET", "users?per_page=2&page=3")
    [alone] = sandbox.crm("GET", "users/6100000000000101002").json["users"]

    assert [user["first_name"] for user in reply.json["users"]] == ["Rosa"]
    assert reply.json["info"]["more_records"] is False
    assert sandbox.crm("GET", "users?page=9").status == 204
    assert alone["full_name"] == "Jonas Petersen"
    assert sandbox.crm("GET", "users/1").status == 204


def test_a_layout_tells_its_fields_and_which_it_requires(sandbox: RunningSandbox) -> None:
    [layout] = sandbox.crm("GET", "settings/layouts?module=Leads").json["layouts"]

    required = [f["api_name"] for f in layout["sections"][0]["fields"] if f["required"]]
    assert (layout["id"], layout["name"]) == ("6100000000000091055", "Standard")
    assert required == ["Last_Name", "Company"]


def test_one_layout_can_be_asked_for(sandbox: RunningSandbox) -> None:
    path = "settings/layouts/{}?module=Leads"

    assert sandbox.crm("GET", path.format("6100000000000091055")).status == 200
    assert sandbox.crm("GET", path.format("1")).json["code"] == "INVALID_DATA"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("settings/layouts", "REQUIRED_PARAM_MISSING"),
        ("settings/layouts?module=Leeds", "INVALID_MODULE"),
        ("settings/automation/assignment_rules?module=Leeds", "INVALID_MODULE"),
    ],
)
def test_settings_want_a_module_there_is(sandbox: RunningSandbox, path: str, code: str) -> None:
    reply = sandbox.crm("GET", path)

    assert (reply.status, reply.json["code"]) == (400, code)


def test_assignment_rules_are_told_for_one_module_or_all(sandbox: RunningSandbox) -> None:
    path = "settings/automation/assignment_rules"
    rule = {"name": "Big ones"}
    sandbox.control("PUT", "fields", {"module": "Deals", "assignment_rules": [rule]})

    every = sandbox.crm("GET", path).json["assignment_rules"]

    assert [one["name"] for one in every] == ["Web leads by country", "Big ones"]
    assert sandbox.crm("GET", f"{path}?module=Accounts").status == 204


def test_modules_are_not_told_again_while_they_stay_the_same(sandbox: RunningSandbox) -> None:
    asked = {**sandbox.auth, "If-Modified-Since": formatdate(usegmt=True)}
    old = {**sandbox.auth, "If-Modified-Since": "2020-01-01T00:00:00+00:00"}

    assert sandbox.call("GET", "/crm/v8/settings/modules", None, asked).status == 304
    assert sandbox.call("GET", "/crm/v8/settings/modules", None, old).status == 200


def test_built_in_modules_and_others_are_told_apart(sandbox: RunningSandbox) -> None:
    sandbox.control("PUT", "fields", {"module": "Visits", "fields": []})

    modules = sandbox.crm("GET", "settings/modules").json["modules"]

    told = {one["api_name"]: one["generated_type"] for one in modules}
    assert (told["Tasks"], told["Visits"]) == ("default", "custom")


SCOPES = [
    ("ZohoCRM.modules.custom.CREATE", "Visits", 400),
    ("ZohoCRM.modules.leads.CREATE", "Visits", 401),
    ("ZohoCRM.modules.pricebooks.ALL", "Price_Books", 400),
    ("ZohoCRM.modules.services.WRITE", "Services__s", 400),
]


@pytest.mark.parametrize(("scope", "module", "status"), SCOPES)
def test_scopes_have_their_own_names_for_modules(
    sandbox: RunningSandbox, scope: str, module: str, status: int
) -> None:
    sandbox.control("PUT", "fields", {"module": "Visits", "fields": []})
    code = sandbox.control("POST", "grants", {"scope": scope}).json["code"]
    token = sandbox.token_call(grant_type="authorization_code", code=code).json["access_token"]

    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    assert sandbox.call("POST", f"/crm/v8/{module}", b"{}", headers).status == status


FILE = """{
  "Leads": {
    "fields": [
      {"api_name": "Plan", "data_type": "picklist", "closed": true,
       "choices": ["Basic", {"display_value": "Plus", "actual_value": "pro"}]},
      {"api_name": "Consent", "data_type": "boolean", "mandatory": true}
    ],
    "drop": ["Fax"],
    "layouts": [
      {"name": "Full"},
      {"name": "Web", "id": "61002", "fields": ["Last_Name", "Plan"], "mandatory": ["Plan"],
       "rules": [{"name": "r", "when": {"Plan": "Plus"}, "mandatory": ["Email"]}]}
    ],
    "assignment_rules": [{"name": "To Jonas", "id": "61003", "assignee": "6100000000000101002"}],
    "wizards": [{"name": "New", "id": "61004", "connections": ["61005"]}]
  },
  "Visits": [{"api_name": "Name", "mandatory": true},
             {"api_name": "Lead", "data_type": "lookup", "lookup": "Leads"}]
}"""


@pytest.fixture
def defined(start: Any, store: Path, tmp_path: Path) -> RunningSandbox:
    file = tmp_path / "fields.json"
    file.write_text(FILE)
    running: RunningSandbox = start(store, "--fields", str(file))
    return running


ROWS: list[tuple[dict[str, Any], str | None]] = [
    ({"Last_Name": "B", "Consent": True}, None),
    ({"Last_Name": "B"}, "Consent"),
    ({"Last_Name": "B", "Consent": True, "Plan": "Plus"}, None),
    ({"Last_Name": "B", "Consent": True, "Plan": "pro"}, "Plan"),
    ({"Last_Name": "B", "Consent": True, "Layout": {"id": "61002"}}, "Plan"),
    ({"Last_Name": "B", "Consent": True, "Wizard": "61004"}, "$wizard_connection_path"),
]


def test_a_file_defines_all_there_is_to_a_module(defined: RunningSandbox) -> None:
    items = defined.insert(*(row for row, _ in ROWS), lar_id="61003").json["data"]

    assert [one["details"].get("api_name") for one in items] == [name for _, name in ROWS]
    kept = defined.control("GET", "records").json["records"][0]
    assert kept["Owner"]["name"] == "Jonas Petersen"


def test_closed_lists_can_compare_the_actual_values(defined: RunningSandbox) -> None:
    row = {"Last_Name": "B", "Consent": True}
    for which, taken in (("actual", [400, 201]), ("either", [201, 201])):
        defined.switch(picklist_values=which)
        replies = [defined.insert({**row, "Plan": plan}) for plan in ("Plus", "pro")]
        assert [reply.status for reply in replies] == taken


def test_a_field_tells_the_layouts_it_is_on(defined: RunningSandbox) -> None:
    fields = defined.crm("GET", "settings/fields?module=Leads").json["fields"]

    on = {f["api_name"]: [one["name"] for one in f["layout_associations"]] for f in fields}
    assert (on["Plan"], on["City"]) == (["Full", "Web"], ["Full"])
    assert "Fax" not in on


WRONG: list[dict[str, Any]] = [
    {"colour": "blue"},
    {"module": "no name"},
    {"drop": "Fax"},
    {"layouts": [{}]},
    {"layouts": [{"name": "x", "rules": [{"name": "y"}]}]},
    {"assignment_rules": [{"name": "x", "assignee": "1"}]},
    {"fields": [{"api_name": "X", "external": "both"}]},
    {"fields": [{"api_name": "X", "lookup": 5}]},
]


@pytest.mark.parametrize("order", WRONG)
def test_a_definition_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, order: dict[str, Any]
) -> None:
    assert sandbox.control("PUT", "fields", order).status == 400
