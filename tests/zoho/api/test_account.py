"""Refusals to add records that are about the account, and those that only look like it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.delivery.gateway import Outcome, Verdict
from leads.reasons import Reason
from zoho.api import faults
from zoho.api.answers import read_answer, read_other

HOLDS = (Verdict.DESTINATION_FAULT, Verdict.SITE_FAULT)
NOT_OF_A_RECORD = (*HOLDS, Verdict.THROTTLED, Verdict.UNKNOWN)


def refusal(code: str, message: str = "", **details: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "details": details, "status": "error"}


def read(status: int, answer: Any, count: int = 8) -> list[Outcome]:
    return read_answer(status, json.dumps(answer).encode(), count, "Lead_Ref")


ACCOUNT = [
    ("FEATURE_NOT_SUPPORTED", "", Reason.PLAN_LACKS),
    ("NOT_SUPPORTED_IN_EDITION", "", Reason.PLAN_LACKS),
    ("LICENSE_EXPIRED", "", Reason.PLAN_LACKS),
    ("LICENCE_LIMIT_EXCEEDED", "", Reason.PLAN_LACKS),
    ("CRM_TRIAL_EXPIRED", "", Reason.PLAN_LACKS),
    ("SUBSCRIPTION_ENDED", "", Reason.PLAN_LACKS),
    ("STORAGE_LIMIT_EXCEEDED", "", Reason.STORAGE_FULL),
    ("DATA_STORAGE_FULL", "", Reason.STORAGE_FULL),
    ("API_ACCESS_DENIED", "", Reason.API_ACCESS_OFF),
    ("API_DISABLED", "", Reason.API_ACCESS_OFF),
    ("USER_INACTIVE", "", Reason.ACCOUNT_REFUSED),
    ("ORGANIZATION_SUSPENDED", "", Reason.ACCOUNT_REFUSED),
    ("BRAND_NEW", "not available in your edition", Reason.PLAN_LACKS),
    ("BRAND_NEW", "Your storage is used up", Reason.STORAGE_FULL),
    ("LIMIT_EXCEEDED", "storage limit reached", Reason.STORAGE_FULL),
]


@pytest.mark.parametrize("count", [1, 8, 100])
@pytest.mark.parametrize("status", [400, 402, 403])
@pytest.mark.parametrize(("code", "message", "reason"), ACCOUNT)
def test_a_refusal_of_the_account_holds_the_destination(
    code: str, message: str, reason: Reason, status: int, count: int
) -> None:
    item = refusal(code, message)
    told_of_all = [item, {"data": [item] * count}]
    if status == 400 and code == "BRAND_NEW":  # in the result of one record words prove nothing
        told_of_all = [item]

    for answer in told_of_all:
        outcomes = read(status, answer, count)
        assert {(o.verdict, o.reason) for o in outcomes} == {(Verdict.DESTINATION_FAULT, reason)}
        assert code in outcomes[0].text


@pytest.mark.parametrize("code", ["SOMETHING_NEW", "NOT_ALLOWED", "LIMIT_EXCEEDED", "CRM_42"])
@pytest.mark.parametrize("count", [1, 8])
def test_any_other_403_for_all_holds_it_too(code: str, count: int) -> None:
    for answer in (refusal(code), {"data": [refusal(code)] * count}):
        outcomes = read(403, answer, count)
        assert {(o.verdict, o.reason) for o in outcomes} == {
            (Verdict.DESTINATION_FAULT, Reason.ACCOUNT_REFUSED)
        }


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("NO_PERMISSION", Reason.NO_PERMISSION),
        ("AUTHORIZATION_FAILED", Reason.NOT_PRIVILEGED),
        ("INVALID_MODULE", Reason.WRONG_MODULE),
        ("MODULE_NOT_SUPPORTED", Reason.WRONG_MODULE),
        ("LAYOUT_NOT_ACCESSIBLE", Reason.WRONG_OPTION),
        ("INVALID_LAYOUT", Reason.WRONG_OPTION),
        ("ASSIGNMENT_RULE_INACTIVE", Reason.WRONG_OPTION),
        ("WIZARD_NOT_FOUND", Reason.WRONG_OPTION),
        ("PERMISSION_DENIED", Reason.NO_PERMISSION),
        ("CREATE_PERMISSION_DENIED", Reason.NO_PERMISSION),
    ],
)
@pytest.mark.parametrize("count", [1, 8])
def test_a_code_about_what_the_site_asks_for_holds_the_site(
    code: str, reason: Reason, count: int
) -> None:
    outcomes = read(403, refusal(code), count)

    assert {(o.verdict, o.reason) for o in outcomes} == {(Verdict.SITE_FAULT, reason)}


def test_a_profile_without_api_access_holds_the_destination() -> None:
    item = refusal("NO_PERMISSION", permissions=["Crm_Implied_Api_Access"])

    [outcome] = read(403, item, 1)

    assert (outcome.verdict, outcome.reason) == (
        Verdict.DESTINATION_FAULT,
        Reason.API_ACCESS_OFF,
    )


@pytest.mark.parametrize(
    "item",
    [
        refusal("FEATURE_NOT_SUPPORTED", api_name="Tag"),
        refusal("STORAGE_LIMIT_EXCEEDED", json_path="$.data[0].Photo"),
        refusal("DUPLICATE_DATA", "in your edition", api_name="Email"),
        refusal("INVALID_DATA", "trial", api_name="City", maximum_length=3),
    ],
)
def test_what_names_a_field_is_that_records(item: dict[str, Any]) -> None:
    assert read(400, {"data": [item]}, 1)[0].verdict is Verdict.REFUSED


def test_one_record_among_others_is_held_and_the_others_are_stored() -> None:
    stored = {"code": "SUCCESS", "details": {"id": "61"}}

    outcomes = read(207, {"data": [stored, refusal("STORAGE_LIMIT_EXCEEDED")]}, 2)

    assert [o.verdict for o in outcomes] == [Verdict.STORED, Verdict.DESTINATION_FAULT]


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_failed_may_have_stored_whatever_its_code(status: int) -> None:
    assert {o.verdict for o in read(status, refusal("LICENSE_EXPIRED"))} == {Verdict.UNKNOWN}


@pytest.mark.parametrize("body", [b"", b"<html>Forbidden</html>", b"null"])
def test_a_403_that_is_no_word_of_zohos_is_unknown(body: bytes) -> None:
    """A firewall that dislikes one lead must not stop all others."""
    outcome = read_answer(403, body, 2, "")[0]
    assert outcome.verdict is Verdict.UNKNOWN
    assert not outcome.adds, "and makes no second record"


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize("status", [402, 403])
@pytest.mark.parametrize(
    "content",
    [{}, {"message": "Forbidden"}, {"error": "x"}, {"code": ""}, {"code": None}, {"code": 7}],
    ids=str,
)
def test_a_forbidden_call_without_a_code_is_a_refusal_of_the_account(
    content: dict[str, Any], status: int, count: int
) -> None:
    """It was taken for an answer that got lost, and the leads for records that may be there."""
    outcomes = read(status, content, count)

    assert {o.verdict for o in outcomes} == {Verdict.DESTINATION_FAULT}
    assert not any(o.adds for o in outcomes)


def test_results_of_records_count_whatever_the_status_is() -> None:
    stored = {"code": "SUCCESS", "details": {"id": "61"}}

    assert read(403, {"data": [stored]}, 1)[0].verdict is Verdict.STORED
    assert read(403, {"data": [stored]}, 2)[0].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("code", [code for code, _message, _reason in ACCOUNT])
def test_no_answer_to_another_call_says_so(code: str) -> None:
    outcome = read_other(403, json.dumps(refusal(code)).encode())

    assert outcome.verdict not in HOLDS


def test_a_record_alone_is_never_too_many() -> None:
    outcome = read(400, refusal("LIMIT_EXCEEDED"), 1)[0]

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.REFUSED)


@given(st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), min_size=1, max_size=20))
def test_a_403_never_fails_leads_one_by_one(code: str) -> None:
    """Eight leads, fifteen calls, all failed as “refused”: seen with FEATURE_NOT_SUPPORTED."""
    verdicts = {outcome.verdict for outcome in read(403, refusal(code))}

    assert verdicts <= {*HOLDS, Verdict.THROTTLED, Verdict.UNKNOWN}


OF_RECORDS = sorted(
    code for code, (verdict, _reason) in faults.BY_CODE.items() if verdict not in NOT_OF_A_RECORD
)


@pytest.mark.parametrize("code", OF_RECORDS)
@pytest.mark.parametrize("details", [{}, {"api_name": "City", "json_path": "$.data[0].City"}])
@pytest.mark.parametrize("count", [1, 8, 100])
def test_a_call_forbidden_as_a_whole_holds_the_leads_whatever_its_code(
    code: str, details: dict[str, Any], count: int
) -> None:
    """INVALID_DATA as one object with a 403 failed every lead by itself, with 128 calls."""
    outcomes = read(403, refusal(code, **details), count)

    assert {(o.verdict, o.reason) for o in outcomes} == {
        (Verdict.DESTINATION_FAULT, Reason.ACCOUNT_REFUSED)
    }


@pytest.mark.parametrize("count", [1, 8])
def test_a_forbidden_option_holds_its_site(count: int) -> None:
    item = refusal("INVALID_DATA", api_name="lar_id", json_path="$.lar_id")

    assert {o.verdict for o in read(403, item, count)} == {Verdict.SITE_FAULT}


RULES = ["Enter a valid license number", "No trial here", "storage size", "Your edition", "licence"]
CODES_OF_RECORDS = [
    "RECORD_BLOCKED",
    "EMAIL_DOMAIN_BLOCKED",
    "INACTIVE_PRODUCT",
    "DEACTIVATED_RECORD",
    "INVALID_PLAN",
    "PLAN_MISMATCH",
    "LAYOUT_RULE_VIOLATION",
    "INVALID_OPTION_VALUE",
    "INVALID_OWNER",
    "ROLE_MISMATCH",
    "RECORD_ACCESS_DENIED",
    "ACCOUNT_NOT_FOUND",
    "TRIAL_PRODUCT",
    "STORAGE_SIZE_INVALID",
    "TRIGGER_FAILED",
    "MODULE_RECORD_LOCKED",
    "LICENSE_NUMBER_INVALID",
]


@pytest.mark.parametrize("status", [200, 202, 207, 400])
@pytest.mark.parametrize("count", [1, 2, 8])
@pytest.mark.parametrize(
    "item",
    [
        *(refusal(code) for code in CODES_OF_RECORDS),
        *(refusal("FUNCTION_VALIDATION_FAILED", message) for message in RULES),
        *(refusal("NOT_ALLOWED", message) for message in RULES),
        *(refusal("PROCESSING_ERROR", message) for message in RULES),
        *(refusal("INVALID_DATA", message) for message in RULES),
    ],
    ids=lambda item: f"{item['code']} {item['message']}",
)
def test_the_result_of_one_record_is_that_records(
    item: dict[str, Any], count: int, status: int
) -> None:
    """A validation rule's own words held everybody, and told staff to buy a licence."""
    outcomes = read(status, {"data": [item] * count}, count)

    assert {o.verdict for o in outcomes} <= {Verdict.REFUSED, Verdict.REFUSED_FOR_NOW}
