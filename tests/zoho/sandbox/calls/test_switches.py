"""What is unsure about Zoho can be had either way. Switches told elsewhere are not told again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho.sandbox.running import RunningSandbox
from zoho.sandbox.calls.switches import SWITCHES

LEAD = {"Last_Name": "Berg", "Lead_Ref": "r"}


def test_token_answers_can_count_milliseconds(sandbox: RunningSandbox) -> None:
    sandbox.switch(expires_in_ms=True)

    told = sandbox.token_call().json

    assert (told["expires_in"], told["expires_in_sec"]) == (3_600_000, 3600)


def test_a_redirect_mismatch_has_two_names(sandbox: RunningSandbox) -> None:
    sandbox.switch(redirect_error="redirect_uri_mismatch")
    order = {"redirect_uri": "https://a.example/back"}
    code = sandbox.control("POST", "grants", order).json["code"]

    told = sandbox.token_call(grant_type="authorization_code", code=code, redirect_uri="x").json

    assert told == {"error": "redirect_uri_mismatch"}


def test_an_unknown_token_has_two_codes(sandbox: RunningSandbox) -> None:
    sandbox.switch(unknown_token_code="INVALID_OAUTHTOKEN")

    reply = sandbox.call("GET", "/crm/v8/org", None, {"Authorization": "Zoho-oauthtoken x"})

    assert (reply.status, reply.json["code"]) == (401, "INVALID_OAUTHTOKEN")


def test_a_missing_scope_has_an_older_message(sandbox: RunningSandbox) -> None:
    sandbox.switch(scope_message="invalid oauth scope to access this URL")
    code = sandbox.control("POST", "grants", {"scope": "ZohoCRM.org.READ"}).json["code"]
    token = sandbox.token_call(grant_type="authorization_code", code=code).json["access_token"]

    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    told = sandbox.call("GET", "/crm/v8/users", None, headers).json

    assert told["message"] == "invalid oauth scope to access this URL"


@pytest.mark.parametrize(
    ("code", "status"), [("MANDATORY_NOT_FOUND", 400), ("INTERNAL_ERROR", 500)]
)
def test_an_unreadable_body_can_mean_other_errors(
    sandbox: RunningSandbox, code: str, status: int
) -> None:
    sandbox.switch(unreadable_body=code)

    reply = sandbox.crm("POST", "Leads", b"{")

    assert (reply.status, reply.json["code"]) == (status, code)


def test_too_long_can_name_the_type(sandbox: RunningSandbox) -> None:
    sandbox.switch(too_long_names_type=True)

    [item] = sandbox.insert({"Last_Name": "x" * 81}).json["data"]

    assert item["details"]["expected_data_type"] == "text"
    assert item["details"]["maximum_length"] == 80


def test_a_duplicate_can_lack_its_second_id(sandbox: RunningSandbox) -> None:
    sandbox.switch(duplicate_names_id=False)
    sandbox.insert(LEAD)

    [item] = sandbox.insert(LEAD).json["data"]

    assert "id" not in item["details"]
    assert item["details"]["duplicate_record"]["id"]


def test_several_duplicates_have_two_messages(sandbox: RunningSandbox) -> None:
    mobile = {"api_name": "Mobile", "data_type": "phone", "unique": True}
    sandbox.control("PUT", "fields", {"fields": [mobile]})
    sandbox.switch(several_duplicates="Duplicate data in multiple fields")
    lead = {**LEAD, "Mobile": "1"}
    sandbox.insert(lead)

    [item] = sandbox.insert(lead).json["data"]

    assert item["message"] == "Duplicate data in multiple fields"


def test_a_record_in_approval_has_two_states(sandbox: RunningSandbox) -> None:
    sandbox.switch(unapproved_state="approval_process_pending")

    [item] = sandbox.insert({**LEAD, "$approved": False}).json["data"]

    assert item["details"]["$approval_state"] == "approval_process_pending"


@pytest.mark.parametrize("name", SWITCHES)
def test_every_switch_takes_its_values_and_nothing_else(sandbox: RunningSandbox, name: str) -> None:
    default, others, _ = SWITCHES[name]
    values: list[Any] = [default, *(others or ())]

    assert [sandbox.switch(**{name: value}).status for value in values] == [200] * len(values)
    assert sandbox.switch(**{name: ["no such value"]}).status == 400
