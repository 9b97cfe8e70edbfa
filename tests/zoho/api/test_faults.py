"""Zoho's catalogue of errors: each code has a reason, and the answer's evidence with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.delivery.gateway import Outcome, Verdict
from leads.reasons import Reason
from zoho.api import faults
from zoho.api.answers import read_answer
from zoho.api.options import TOP


def read(status: int, answer: Any, count: int = 1, reference: str = "Lead_Ref") -> list[Outcome]:
    return read_answer(status, json.dumps(answer).encode(), count, reference)


def refusal(code: str, message: str = "", **details: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "details": details, "status": "error"}


def read_one(item: dict[str, Any], status: int = 400) -> Outcome:
    return read(status, {"data": [item]})[0]


IN_THE_WAY: dict[str, Any] = {"api_name": "Email", "duplicate_record": {"id": "61"}}
CODES: list[tuple[dict[str, Any], Verdict, Reason, str]] = [
    (refusal("MANDATORY_NOT_FOUND", api_name="A"), Verdict.REFUSED, Reason.MANDATORY_MISSING, "A"),
    (refusal("INVALID_DATA", api_name="A"), Verdict.REFUSED, Reason.INVALID_VALUE, "A"),
    (
        refusal("INVALID_DATA", api_name="A", maximum_length=30),
        Verdict.REFUSED,
        Reason.TOO_LONG,
        "A",
    ),
    (
        refusal("INVALID_DATA", api_name="A", expected_data_type="integer"),
        Verdict.REFUSED,
        Reason.WRONG_TYPE,
        "A",
    ),
    (
        refusal("INVALID_DATA", api_name="A", expected_data_type="phone"),
        Verdict.REFUSED,
        Reason.WRONG_PATTERN,
        "A",
    ),
    (
        refusal("INVALID_DATA", api_name="A", supported_values=["x", "y"]),
        Verdict.REFUSED,
        Reason.NOT_IN_LIST,
        "A",
    ),
    (
        refusal("INVALID_DATA", "Given Probability is not valid", api_name="Probability"),
        Verdict.REFUSED,
        Reason.WRONG_PROBABILITY,
        "Probability",
    ),
    (
        refusal("INVALID_DATA", "Wizard connections supplied do not form a valid path"),
        Verdict.SITE_FAULT,
        Reason.WRONG_WIZARD_PATH,
        "",
    ),
    (
        refusal("INVALID_DATA", "Wizard connection id is invalid"),
        Verdict.SITE_FAULT,
        Reason.WRONG_WIZARD_PATH,
        "",
    ),
    (refusal("DUPLICATE_DATA", **IN_THE_WAY), Verdict.REFUSED, Reason.DUPLICATE_RECORD, "Email"),
    (
        refusal("DEPENDENT_FIELD_MISSING", api_name="A", dependee={"api_name": "B"}),
        Verdict.REFUSED,
        Reason.DEPENDENT_MISSING,
        "A",
    ),
    (
        refusal("DEPENDENT_MISMATCH", "Call Duration can not be zero.", api_name="Call_Duration"),
        Verdict.REFUSED,
        Reason.DEPENDENT_MISMATCH,
        "Call_Duration",
    ),
    (
        refusal("EXPECTED_FIELD_MISSING", expected_fields=[{"api_name": "A"}, {"api_name": "B"}]),
        Verdict.REFUSED,
        Reason.EXPECTED_MISSING,
        "A, B",
    ),
    (
        refusal("AMBIGUITY_DURING_PROCESSING", ambiguity_due_to=[{"api_name": "A"}, "B", 7, []]),
        Verdict.REFUSED,
        Reason.AMBIGUOUS,
        "A, B, 7",
    ),
    (
        refusal("DEPENDENT_SERVICE_ERROR", dependency_error="NO_PERMISSION"),
        Verdict.REFUSED,
        Reason.SERVICE_REFUSES,
        "",
    ),
    (
        refusal("DEPENDENT_SERVICE_ERROR", dependency_error="LIMIT_EXCEEDED"),
        Verdict.REFUSED_FOR_NOW,
        Reason.SERVICE_FULL,
        "",
    ),
    (
        refusal("DEPENDENT_SERVICE_ERROR", dependency_error="PROCESSING_ERROR"),
        Verdict.REFUSED_FOR_NOW,
        Reason.DEPENDENT_SERVICE,
        "",
    ),
    (
        refusal("LIMIT_EXCEEDED", "Only 50 participants can be added to an event."),
        Verdict.REFUSED,
        Reason.TOO_MANY_ITEMS,
        "",
    ),
    (
        refusal("LIMIT_EXCEEDED", maximum_length=100, api_name="data"),
        Verdict.BATCH_REFUSED,
        Reason.BATCH_TOO_LARGE,
        "data",
    ),
    (refusal("NOT_ALLOWED", api_name="A"), Verdict.REFUSED, Reason.NOT_ALLOWED, "A"),
    (refusal("NOT_APPROVED"), Verdict.REFUSED, Reason.NOT_APPROVED, ""),
    (refusal("RECORD_LOCKED"), Verdict.REFUSED_FOR_NOW, Reason.RECORD_LOCKED, ""),
    (refusal("ALREADY_MODIFIED"), Verdict.REFUSED_FOR_NOW, Reason.ALREADY_MODIFIED, ""),
    (refusal("INVALID_MODULE"), Verdict.SITE_FAULT, Reason.WRONG_MODULE, ""),
    (
        refusal("INVALID_DATA", json_path="$.lar_id", api_name="lar_id"),
        Verdict.SITE_FAULT,
        Reason.WRONG_OPTION,
        "lar_id",
    ),
    (
        refusal("INVALID_DATA", json_path="$.data[0].Layout.id", api_name="id"),
        Verdict.REFUSED,
        Reason.INVALID_VALUE,
        "id",
    ),
]

CALLS: list[tuple[int, str, Verdict, Reason]] = [
    (400, "INVALID_REQUEST_METHOD", Verdict.DESTINATION_FAULT, Reason.WRONG_METHOD),
    (400, "AUTHORIZATION_FAILED", Verdict.SITE_FAULT, Reason.NOT_PRIVILEGED),
    (403, "NO_PERMISSION", Verdict.SITE_FAULT, Reason.NO_PERMISSION),
    (404, "INVALID_URL_PATTERN", Verdict.DESTINATION_FAULT, Reason.WRONG_ADDRESS),
    (401, "OAUTH_SCOPE_MISMATCH", Verdict.DESTINATION_FAULT, Reason.SCOPE_MISSING),
    (401, "INVALID_TOKEN", Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    (401, "INVALID_OAUTHTOKEN", Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    (401, "AUTHENTICATION_FAILURE", Verdict.DESTINATION_FAULT, Reason.NOT_AUTHENTICATED),
    (401, "SOMETHING_NEW", Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    (429, "TOO_MANY_REQUESTS", Verdict.THROTTLED, Reason.THROTTLED),
    (429, "RATE_LIMIT_EXCEEDED", Verdict.THROTTLED, Reason.THROTTLED),
    (429, "", Verdict.THROTTLED, Reason.THROTTLED),
    (500, "INTERNAL_ERROR", Verdict.UNKNOWN, Reason.SERVER_ERROR),
    (500, "NO_PERMISSION", Verdict.UNKNOWN, Reason.SERVER_ERROR),
    (502, "SERVICE_UNAVAILABLE", Verdict.UNKNOWN, Reason.SERVICE_UNAVAILABLE),
    (200, "INTERNAL_ERROR", Verdict.UNKNOWN, Reason.SERVER_ERROR),
    (400, "LIMIT_EXCEEDED", Verdict.BATCH_REFUSED, Reason.BATCH_TOO_LARGE),
    (400, "SOMETHING_NEW", Verdict.BATCH_REFUSED, Reason.BATCH_REFUSED),
    (200, "SOMETHING_NEW", Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER),
    (400, "", Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER),
]


@pytest.mark.parametrize(("item", "verdict", "reason", "field"), CODES)
def test_a_record_s_code_has_its_reason_and_names_the_field(
    item: dict[str, Any], verdict: Verdict, reason: Reason, field: str
) -> None:
    outcome = read_one(item)

    assert (outcome.verdict, outcome.reason, outcome.field) == (verdict, reason, field)
    assert item["code"] in outcome.text


@pytest.mark.parametrize(("status", "code", "verdict", "reason"), CALLS)
def test_a_call_s_code_has_its_reason(
    status: int, code: str, verdict: Verdict, reason: Reason
) -> None:
    outcomes = read(status, refusal(code), count=2)

    assert [(o.verdict, o.reason) for o in outcomes] == [(verdict, reason)] * 2


def test_every_code_and_case_of_the_catalogue_is_a_different_reason() -> None:
    alike = {"TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"}, {"INVALID_TOKEN", "INVALID_OAUTHTOKEN"}
    by_reason: dict[Reason, set[str]] = {}
    for code, (_verdict, reason) in faults.BY_CODE.items():
        by_reason.setdefault(reason, set()).add(code)
    assert all(len(codes) == 1 or codes in alike for codes in by_reason.values())
    for cases in faults.CASES.values():
        reasons = [ruling[1] for _words, _test, ruling in cases]
        assert len(set(reasons)) == len(reasons)


def test_an_unknown_code_keeps_zoho_s_words() -> None:
    outcome = read_one(refusal("BRAND_NEW", "never seen before", api_name="Moon"))

    assert (outcome.reason, outcome.field) == (Reason.REFUSED, "Moon")
    assert outcome.text == "BRAND_NEW · never seen before · field Moon"


def test_what_a_person_needs_is_in_the_words() -> None:
    assert "belongs to B" in read_one(CODES[10][0]).text
    assert "supported values x, y" in read_one(CODES[5][0]).text
    assert "maximum length 30" in read_one(CODES[2][0]).text
    denied = read(403, refusal("NO_PERMISSION", permissions=["Crm_Implied_Create_Leads"]))
    assert "permission Crm_Implied_Create_Leads" in denied[0].text
    rule = {"name": "Referral", "id": "1"}
    assert "layout rule Referral" in read_one(refusal("MANDATORY_NOT_FOUND", layout_rule=rule)).text


def test_a_single_record_refused_by_a_top_level_object_is_judged_by_it() -> None:
    [outcome] = read(400, refusal("MANDATORY_NOT_FOUND", api_name="Last_Name"))

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.MANDATORY_MISSING)


# --- What the site's options set --------------------------------------------------------------


def read_with(chosen: set[str], item: dict[str, Any]) -> Outcome:
    body = json.dumps({"data": [{"code": "SUCCESS", "details": {"id": "6"}}, item]}).encode()
    return read_answer(207, body, 2, "Lead_Ref", [set(), chosen])[1]


PATHS = [
    ("Owner", "$.data[1].Owner"),
    ("Owner", "$.data[1].Owner.id"),
    ("Tag", "$.data[1].Tag[0].name"),
    ("$approved", "$.data[1].$approved"),
    ("$approved", "$.data[1]['$approved']"),
    ("Layout", "$.data[1].Layout.id"),
    ("Wizard", "$.data[1].Wizard"),
    ("$wizard_connection_path", "$.data[1].$wizard_connection_path[0]"),
]


@pytest.mark.parametrize("code", ["INVALID_DATA", "NOT_ALLOWED", "BRAND_NEW", "DUPLICATE_DATA"])
@pytest.mark.parametrize(("key", "path"), PATHS)
def test_what_lies_under_a_key_that_options_set_is_the_sites(
    key: str, path: str, code: str
) -> None:
    outcome = read_with({key}, refusal(code, json_path=path, api_name="id"))

    assert (outcome.verdict, outcome.reason) == (Verdict.SITE_FAULT, Reason.WRONG_OPTION)


@pytest.mark.parametrize("path", ["$.data[1].Owner", "$.data[1].Tag[0].name"])
def test_the_same_key_is_the_leads_where_its_mapping_fills_it(path: str) -> None:
    assert read_with(set(), refusal("INVALID_DATA", json_path=path)).verdict is Verdict.REFUSED


@pytest.mark.parametrize("path", ["$.data[1].Owner_Name", "$.data[1].Email", "$.data[1]"])
def test_a_field_that_is_called_alike_is_the_leads(path: str) -> None:
    outcome = read_with({"Owner", "Tag"}, refusal("INVALID_DATA", json_path=path))

    assert outcome.verdict is Verdict.REFUSED


TOP_KEYS = [
    "$.lar_id",
    "$.trigger",
    "$.trigger[0]",
    "$.apply_feature_execution[0].name",
    "$.skip_feature_execution",
]


@pytest.mark.parametrize("path", TOP_KEYS)
@pytest.mark.parametrize("status", [400, 403])
def test_what_lies_beside_the_records_is_the_sites(path: str, status: int) -> None:
    item = refusal("INVALID_DATA", json_path=path)
    for answer in (item, {"data": [item]}):
        outcomes = read(status, answer, count=3)
        assert {o.verdict for o in outcomes} == {Verdict.SITE_FAULT}


@pytest.mark.parametrize("key", TOP)
def test_a_key_beside_the_records_may_be_named_without_its_path(key: str) -> None:
    assert read(400, refusal("INVALID_DATA", api_name=key), count=3)[0].verdict is (
        Verdict.SITE_FAULT
    )


def test_a_fault_of_the_site_comes_before_those_of_the_lead() -> None:
    parts = [
        refusal("INVALID_DATA", json_path="$.data[1].Owner"),
        refusal("MANDATORY_NOT_FOUND", json_path="$.data[1].Company"),
    ]

    outcome = read_with({"Owner"}, bundle(*parts))

    assert outcome.verdict is Verdict.SITE_FAULT


# --- Bundles and duplicates -------------------------------------------------------------------


def bundle(*parts: Any) -> dict[str, Any]:
    return refusal("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request", errors=parts)


def test_a_bundle_tells_each_part() -> None:
    outcome = read_one(bundle(CODES[0][0], refusal("DUPLICATE_DATA", **IN_THE_WAY), "no object"))

    assert (outcome.reason, outcome.field) == (Reason.SEVERAL_ERRORS, "A, Email")
    assert "MANDATORY_NOT_FOUND" in outcome.text
    assert "record 61" in outcome.text
    assert outcome.duplicate_id == "61"


def test_a_bundle_of_one_kind_is_that_kind() -> None:
    phone = {"api_name": "Phone", "duplicate_record": {"id": "61"}}
    outcome = read_one(bundle(*(refusal("DUPLICATE_DATA", **x) for x in (IN_THE_WAY, phone))))

    assert (outcome.reason, outcome.field) == (Reason.DUPLICATE_RECORD, "Email, Phone")
    assert outcome.duplicate_id == "61"


def test_two_records_in_the_way_are_none_that_could_be_updated() -> None:
    other = {"api_name": "Phone", "duplicate_record": {"id": "62"}}
    outcome = read_one(bundle(*(refusal("DUPLICATE_DATA", **x) for x in (IN_THE_WAY, other))))

    assert outcome.duplicate_id == ""


def test_our_reference_anywhere_in_a_bundle_is_a_delivery() -> None:
    ours = refusal("DUPLICATE_DATA", api_name="Lead_Ref", id="77")

    outcome = read_one(bundle(refusal("DUPLICATE_DATA", **IN_THE_WAY), ours))

    assert (outcome.verdict, outcome.zoho_id, outcome.already_there) == (
        Verdict.STORED,
        "77",
        True,
    )


def test_a_reference_field_that_is_not_verified_proves_nothing() -> None:
    item = refusal("DUPLICATE_DATA", api_name="Lead_Ref", id="77")

    [outcome] = read(400, {"data": [item]}, reference="")

    assert outcome.verdict is Verdict.REFUSED


# --- What does not fit together ---------------------------------------------------------------


def test_results_for_another_number_of_records_are_believed_for_none() -> None:
    stored = {"code": "SUCCESS", "details": {"id": "61"}}

    assert {o.verdict for o in read(201, {"data": [stored] * 2}, count=3)} == {Verdict.UNKNOWN}


def test_a_path_that_contradicts_the_place_makes_all_unknown() -> None:
    items = [{"code": "SUCCESS", "details": {"id": "61"}}] * 2
    items[1] = refusal("INVALID_DATA", json_path="$.data[0].Email")

    assert {o.verdict for o in read(207, {"data": items}, count=2)} == {Verdict.UNKNOWN}


def test_success_without_an_id_is_unknown() -> None:
    assert read_one({"code": "SUCCESS"}, 201).reason == Reason.UNREADABLE_ANSWER


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(30, 30.0), (10**400, 3600.0), (True, None), (0, None), ("30", None), (float("nan"), None)],
)
def test_zoho_says_how_long_to_wait(asked: Any, wait: float | None) -> None:
    assert read(429, refusal("TOO_MANY_REQUESTS", retry_after=asked))[0].wait == wait


# --- Anything ---------------------------------------------------------------------------------

words = st.sampled_from([*faults.BY_CODE, "SUCCESS", "data", "Lead_Ref", "email", "$.data[0].A"])
keys = st.sampled_from(
    ["code", "message", "details", "data", "errors", "api_name", "json_path", "id", "retry_after"]
    + ["duplicate_record", "maximum_length", "expected_fields", "dependee", "permissions"]
)
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words,
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | keys, inner),
    max_leaves=30,
)
statuses = st.integers(100, 999)
counts = st.integers(0, 100)


def deep(depth: int) -> bytes:
    return b'{"data":[{"code":"X","details":{"a":' + b"[" * depth + b"]" * depth + b"}}]}"


@pytest.mark.parametrize("depth", range(0, 1000, 7))
def test_no_depth_raises(depth: int) -> None:
    assert len(read_answer(400, deep(depth), 1, "Lead_Ref")) == 1


def test_what_is_too_deep_to_be_written_again_keeps_its_code() -> None:
    nested: list[Any] = []
    for _level in range(100_000):
        nested = [nested]

    assert faults.clip({"code": "X", "details": {"a": nested}}) == "X"


@given(statuses, json_like, counts)
def test_no_json_raises_and_what_comes_out_fits_the_columns(
    status: int, answer: Any, count: int
) -> None:
    for body in (answer, {"data": answer}, {"data": [answer] * count}):
        outcomes = read(status, body, count)
        assert len(outcomes) == count
        for outcome in outcomes:
            fits(outcome)


def fits(outcome: Outcome) -> None:
    """A verdict with a reason, an id where stored, and texts that a database takes."""
    stored = outcome.verdict is Verdict.STORED
    assert stored == (outcome.reason is None) == bool(outcome.zoho_id)
    assert len(outcome.field) <= 100
    assert len(outcome.text) <= 500
    assert len(outcome.zoho_id) <= 40
    assert len(outcome.duplicate_id) <= 40
    for text in (outcome.field, outcome.text, outcome.answer, outcome.zoho_id):
        text.encode()
        assert "\x00" not in text


# --- The module of the record in the way ---------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "named"),
    [
        ({"api_name": "Contacts", "id": "1"}, "Contacts"),
        ("Accounts", "Accounts"),
        ({"id": "1"}, ""),
        (None, ""),
        ({"api_name": ["x"]}, ""),
    ],
)
def test_the_module_of_a_duplicate_is_kept(module: Any, named: str) -> None:
    record = {"id": "61", "module": module}

    outcome = read_one(refusal("DUPLICATE_DATA", api_name="Email", duplicate_record=record))

    assert (outcome.duplicate_id, outcome.duplicate_module) == ("61", named)
    assert (f"record 61 of {named}" if named else "record 61") in outcome.text


@pytest.mark.parametrize(
    ("path", "is_option"),
    [
        ("$.trigger[0]", True),
        ("$['trigger'][0]", True),
        ("trigger[0]", True),
        ("$.data[0].Owner.id", True),
        ("data[0].Owner.id", True),
        ("$['data'][0]['Owner']['id']", True),
        ("data[0].City", False),
        ("$['data'][0]['City']", False),
        ("$.data", False),
        ("City", False),
    ],
)
def test_a_path_blames_an_option_however_it_is_written(path: str, is_option: bool) -> None:
    item = {"code": "INVALID_DATA", "details": {"json_path": path}}

    assert faults.is_about_an_option(item, {"Owner"}) is is_option
