"""Zoho's answer → one Outcome a record, for any status and any bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leads.delivery.gateway import Outcome, Verdict
from leads.reasons import Reason
from zoho.api.answers import read_answer
from zoho.api.faults import BY_CODE

EXAMPLES = Path(__file__).parents[1] / "examples"
REF = "Lead_Ref"
V, R = Verdict, Reason


def read(status: int, content: Any, count: int = 1, field: str = REF) -> list[Outcome]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_answer(status, body, count, field)


def fault(code: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "details": details, "message": "words", "status": "error"}


def success(record: str = "61000") -> dict[str, Any]:
    return {"code": "SUCCESS", "details": {"id": record}, "message": "record added"}


def kinds(outcomes: list[Outcome]) -> list[tuple[Verdict, Reason | None]]:
    return [(outcome.verdict, outcome.reason) for outcome in outcomes]


# --- Zoho's own examples ---------------------------------------------------------------------

STORED = (V.STORED, None)
SEEN_IN_EXAMPLES = {
    "insert_one": [STORED],
    "insert_batch_partial": None,
    "insert_duplicate": [STORED],
    "insert_duplicate_two_fields": [STORED],
    "insert_bad_email": [(V.REFUSED, R.WRONG_PATTERN)],
    "insert_too_long": [(V.REFUSED, R.TOO_LONG)],
    "insert_wrong_type": [(V.REFUSED, R.WRONG_TYPE)],
    "insert_mandatory_missing": [(V.REFUSED, R.MANDATORY_MISSING)],
    "insert_invalid_module": [(V.SITE_FAULT, R.WRONG_MODULE)],
    "insert_no_permission": [(V.SITE_FAULT, R.NO_PERMISSION)],
    "insert_over_100": [(V.BATCH_REFUSED, R.BATCH_TOO_LARGE)] * 101,
    "auth_invalid_token": [(V.DESTINATION_FAULT, R.TOKEN_REFUSED)],
    "auth_missing_header": [(V.DESTINATION_FAULT, R.NOT_AUTHENTICATED)],
    "auth_scope_mismatch": [(V.DESTINATION_FAULT, R.SCOPE_MISSING)],
    "invalid_url": [(V.DESTINATION_FAULT, R.WRONG_ADDRESS)],
    "too_many_requests": [(V.THROTTLED, R.THROTTLED)],
    "internal_error": [(V.UNKNOWN, R.SERVER_ERROR)],
    "maintenance": [(V.UNKNOWN, R.SERVICE_UNAVAILABLE)],
    "upsert_insert_and_update": None,
    "upsert_partial": None,
}


def example_of(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return content


@pytest.mark.parametrize(("name", "expected"), SEEN_IN_EXAMPLES.items())
def test_what_zohos_examples_mean(name: str, expected: list[Any] | None) -> None:
    seen = example_of(name)
    items = seen["response"].get("data", [{}])
    count = len(expected) if expected else len(items)

    outcomes = read(seen["status"], seen["response"], count)

    if expected is None:
        stored = [item["code"] == "SUCCESS" for item in items]
        assert [outcome.verdict is V.STORED for outcome in outcomes] == stored
    else:
        assert kinds(outcomes) == expected


OTHERS = sorted({path.stem for path in EXAMPLES.glob("*.json")} - SEEN_IN_EXAMPLES.keys())


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_example_is_taken_for_a_delivery(name: str) -> None:
    seen = example_of(name)

    outcomes = read(seen["status"], seen["response"], 3)

    assert len(outcomes) == 3
    assert V.STORED not in {outcome.verdict for outcome in outcomes}


def test_the_record_of_an_own_duplicate_is_named() -> None:
    seen = example_of("insert_duplicate")

    (outcome,) = read(seen["status"], seen["response"])

    assert outcome.already_there
    assert outcome.zoho_id == "6100000000000456001"


# --- The record is judged, not the response --------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400, 500, 503])
def test_a_success_is_one_whatever_the_status(status: int) -> None:
    (outcome,) = read(status, {"data": [success()]})

    assert (outcome.verdict, outcome.zoho_id, outcome.status) == (V.STORED, "61000", status)
    assert not outcome.already_there


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_a_refusal_is_one_whatever_the_status(status: int) -> None:
    assert kinds(read(status, {"data": [fault("INVALID_DATA", api_name="Email")]})) == [
        (V.REFUSED, R.INVALID_VALUE)
    ]


@pytest.mark.parametrize("code", BY_CODE)
def test_each_known_code_has_its_meaning_alone_and_among_others(code: str) -> None:
    alone = read(400, {"data": [fault(code)]})
    among = read(207, {"data": [success(), fault(code), success("61001")]}, 3)

    assert kinds(alone) == [BY_CODE[code]]
    assert kinds(among) == [STORED, BY_CODE[code], STORED]


def test_a_code_that_nobody_knows_is_a_refusal_in_zohos_words() -> None:
    (outcome,) = read(400, {"data": [fault("NEW_CODE", api_name="City")]})

    assert (outcome.verdict, outcome.reason, outcome.field) == (V.REFUSED, R.REFUSED, "City")
    assert outcome.text == "NEW_CODE · words · field City"
    assert '"NEW_CODE"' in outcome.answer


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"maximum_length": 100}, R.TOO_LONG),
        ({"supported_values": ["a"]}, R.NOT_IN_LIST),
        ({"expected_data_type": "email"}, R.WRONG_PATTERN),
        ({"expected_data_type": "integer"}, R.WRONG_TYPE),
        ({}, R.INVALID_VALUE),
    ],
)
def test_invalid_data_says_what_is_invalid(details: dict[str, Any], reason: Reason) -> None:
    (outcome,) = read(400, {"data": [fault("INVALID_DATA", api_name="City", **details)]})

    assert (outcome.reason, outcome.field) == (reason, "City")


def test_a_fault_of_a_request_option_is_the_sites() -> None:
    item = fault("INVALID_DATA", api_name="lar_id", json_path="$.lar_id")

    assert kinds(read(400, item)) == [(V.SITE_FAULT, R.WRONG_OPTION)]
    assert kinds(read(400, {"data": [item]})) == [(V.SITE_FAULT, R.WRONG_OPTION)]
    assert kinds(read(400, item, 3)) == [(V.SITE_FAULT, R.WRONG_OPTION)] * 3


def test_several_faults_of_one_record_are_all_named() -> None:
    bundle = fault(
        "MULTIPLE_OR_MULTI_ERRORS",
        errors=[fault("MANDATORY_NOT_FOUND", api_name="A"), fault("INVALID_DATA", api_name="B")],
    )

    (outcome,) = read(400, {"data": [bundle]})

    assert outcome.reason == R.SEVERAL_ERRORS
    assert "field A" in outcome.text
    assert "field B" in outcome.text


def test_a_bundle_of_one_fault_is_that_fault() -> None:
    bundle = fault("MULTIPLE_OR_MULTI_ERRORS", errors=[fault("INVALID_DATA", api_name="B")])

    assert kinds(read(400, {"data": [bundle]})) == [(V.REFUSED, R.INVALID_VALUE)]


@pytest.mark.parametrize("details", [{}, {"id": ""}, {"id": None}, {"id": True}, {"id": ["6"]}])
def test_a_success_without_a_record_is_unknown(details: dict[str, Any]) -> None:
    item = {"code": "SUCCESS", "details": details}

    assert kinds(read(201, {"data": [item]})) == [(V.UNKNOWN, R.UNREADABLE_ANSWER)]


def test_an_id_that_is_a_number_is_one() -> None:
    assert read(201, {"data": [success(6100000000000456001)]})[0].zoho_id == "6100000000000456001"  # type: ignore[arg-type]  # a number, where Zoho says texts


# --- Duplicates ------------------------------------------------------------------------------


def duplicate(field: str, record: str = "61000", **more: Any) -> dict[str, Any]:
    return fault("DUPLICATE_DATA", api_name=field, duplicate_record={"id": record}, **more)


def test_a_duplicate_on_our_reference_is_a_delivery() -> None:
    (outcome,) = read(400, {"data": [duplicate(REF)]})

    assert (outcome.verdict, outcome.zoho_id, outcome.already_there) == (V.STORED, "61000", True)


def test_the_id_may_stand_beside_the_record() -> None:
    item = fault("DUPLICATE_DATA", api_name=REF, id="61000")

    assert read(400, {"data": [item]})[0].zoho_id == "61000"


def test_a_duplicate_on_another_field_is_a_refusal_that_names_the_record() -> None:
    (outcome,) = read(400, {"data": [duplicate("Email", "61007")]})

    assert (outcome.verdict, outcome.reason) == (V.REFUSED, R.DUPLICATE_RECORD)
    assert (outcome.field, outcome.duplicate_id) == ("Email", "61007")
    assert "61007" in outcome.text


def test_a_duplicate_on_a_field_that_is_not_verified_is_a_refusal() -> None:
    assert kinds(read(400, {"data": [duplicate(REF)]}, field="")) == [
        (V.REFUSED, R.DUPLICATE_RECORD)
    ]


def test_our_reference_counts_wherever_it_stands_in_a_bundle() -> None:
    bundle = fault(
        "MULTIPLE_OR_MULTI_ERRORS",
        errors=[duplicate("Mobile", "61007"), duplicate(REF, "61000")],
    )

    (outcome,) = read(400, {"data": [bundle]})

    assert (outcome.verdict, outcome.zoho_id) == (V.STORED, "61000")


def test_another_fault_on_our_field_is_no_delivery() -> None:
    item = fault("INVALID_DATA", api_name=REF, duplicate_record={"id": "61000"})

    assert read(400, {"data": [item]})[0].verdict is V.REFUSED


@pytest.mark.parametrize(
    ("module", "verdict"),
    [
        ("", Verdict.STORED),
        ("Leads", Verdict.STORED),
        ("Contacts", Verdict.REFUSED),
        ("Accounts", Verdict.REFUSED),
        ("Custom_1", Verdict.REFUSED),
    ],
)
def test_a_record_of_another_module_with_our_reference_is_for_a_person(
    module: str, verdict: Verdict
) -> None:
    """It was linked to as a lead, and the read-back called it deleted."""
    record = {"id": "999", "module": {"api_name": module}}
    item = fault("DUPLICATE_DATA", api_name=REF, duplicate_record=record)
    body = json.dumps({"data": [item]}).encode()

    [outcome] = read_answer(400, body, 1, REF, module="Leads")

    assert outcome.verdict is verdict
    if verdict is Verdict.REFUSED:
        assert outcome.reason is Reason.OUTCOME_UNKNOWN
        assert (outcome.duplicate_id, outcome.duplicate_module) == ("999", module)


@pytest.mark.parametrize("details", [{}, {"id": ""}, {"duplicate_record": {}}, {"id": ["6"]}])
def test_our_duplicate_of_no_named_record_is_for_a_person(details: dict[str, Any]) -> None:
    item = fault("DUPLICATE_DATA", api_name=REF, **details)

    assert kinds(read(400, {"data": [item]})) == [(Verdict.REFUSED, Reason.OUTCOME_UNKNOWN)]


def test_our_duplicate_without_a_record_is_not_taken_for_a_delivery() -> None:
    assert read(400, {"data": [fault("DUPLICATE_DATA", api_name=REF)]})[0].verdict is V.REFUSED


# --- Which record is meant -------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 5])
def test_an_answer_about_another_number_of_records_is_unknown_for_all(count: int) -> None:
    outcomes = read(201, {"data": [success(), success("61001")]}, count)

    assert kinds(outcomes) == [(V.UNKNOWN, R.UNREADABLE_ANSWER)] * count


def test_a_path_that_names_another_record_makes_all_unknown() -> None:
    items = [success(), fault("INVALID_DATA", json_path="$.data[0].Email")]

    assert kinds(read(207, {"data": items}, 2)) == [(V.UNKNOWN, R.UNREADABLE_ANSWER)] * 2


def test_a_path_inside_a_bundle_counts_too() -> None:
    bundle = fault("MULTIPLE_OR_MULTI_ERRORS", errors=[duplicate(REF, json_path="$.data[0].Ref")])

    assert (
        kinds(read(207, {"data": [success(), bundle]}, 2)) == [(V.UNKNOWN, R.UNREADABLE_ANSWER)] * 2
    )


def test_a_path_that_names_the_record_at_its_place_is_fine() -> None:
    items = [success(), fault("INVALID_DATA", json_path="$.data[1].Email")]

    assert kinds(read(207, {"data": items}, 2)) == [STORED, (V.REFUSED, R.INVALID_VALUE)]


def test_one_item_for_many_records_that_is_about_the_call_is_for_all() -> None:
    assert (
        kinds(read(400, {"data": [fault("INVALID_MODULE")]}, 3))
        == [(V.SITE_FAULT, R.WRONG_MODULE)] * 3
    )


# --- Answers about the whole call ------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (400, fault("INVALID_DATA", expected_data_type="jsonarray"), R.BATCH_REFUSED),
        (400, fault("MANDATORY_NOT_FOUND"), R.BATCH_REFUSED),
        (403, fault("SOMETHING_NEW"), R.ACCOUNT_REFUSED),
        (401, fault("WHATEVER"), R.TOKEN_REFUSED),
        (401, b"", R.TOKEN_REFUSED),
        (429, b"<html>", R.THROTTLED),
        (429, fault("RATE_LIMIT_EXCEEDED"), R.THROTTLED),
        (400, fault("TOO_MANY_REQUESTS"), R.THROTTLED),
        (200, fault("INVALID_TOKEN"), R.TOKEN_REFUSED),
        (500, b"<html>", R.SERVER_ERROR),
        (502, b"", R.SERVER_ERROR),
        (500, fault("INVALID_DATA"), R.SERVER_ERROR),
    ],
)
def test_what_an_answer_about_the_call_means(status: int, content: Any, expected: Reason) -> None:
    assert {outcome.reason for outcome in read(status, content, 2)} == {expected}


@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 404])
@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in</html>", b'{"data": [', b"null", b"[]", b'{"data": {}}', b"\xff"]
)
def test_what_is_no_answer_is_unknown(status: int, body: bytes) -> None:
    assert kinds(read(status, body, 2)) == [(V.UNKNOWN, R.UNREADABLE_ANSWER)] * 2


def test_a_page_that_is_no_answer_is_kept_clipped_and_printable() -> None:
    (outcome,) = read(200, b"<html>\x00" + b"x" * 100_000)

    assert outcome.answer.startswith("<html>\ufffd")
    assert len(outcome.answer) == 2000


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(60, 60.0), (0.5, 0.5), (10**9, 3600.0), (10**400, 3600.0), (0, None), (-1, None)]
    + [("60", None), (True, None), (None, None)],
    ids=lambda value: str(value)[:12],
)
def test_how_long_zoho_asks_to_wait(seconds: Any, wait: float | None) -> None:
    assert read(429, fault("TOO_MANY_REQUESTS", retry_after=seconds))[0].wait == wait


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_wait_that_is_no_number_is_none_or_the_longest(number: str) -> None:
    body = b'{"code": "X", "details": {"retry_after": ' + number.encode() + b"}}"

    assert read(429, body)[0].wait in (None, 3600.0)


# --- Any bytes whatever ----------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
CODES = st.sampled_from([*BY_CODE, "SUCCESS", "MULTIPLE_OR_MULTI_ERRORS", "X", 1, None, ["a"]])
DETAILS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "api_name": st.just(REF) | JSON,
        "json_path": st.sampled_from(["$.data[0].A", "$.data[9]", "$.lar_id"]) | JSON,
        "duplicate_record": JSON | st.fixed_dictionaries({"id": JSON}),
        "retry_after": JSON,
        "maximum_length": JSON,
        "errors": st.lists(JSON | st.fixed_dictionaries({"code": CODES, "details": JSON})),
    },
)
ITEMS = JSON | st.fixed_dictionaries(
    {"code": CODES, "details": DETAILS}, optional={"message": JSON}
)
ANSWERS = ITEMS | st.fixed_dictionaries({"data": st.lists(ITEMS, max_size=3)})


def check(status: int, body: bytes, count: int, field: str) -> None:
    outcomes = read_answer(status, body, count, field)

    assert len(outcomes) == count
    for outcome in outcomes:
        assert (outcome.reason is None) is (outcome.verdict is V.STORED)
        assert bool(outcome.zoho_id) is (outcome.verdict is V.STORED)
        assert len(outcome.zoho_id) <= 40
        assert len(outcome.field) <= 100
        assert len(outcome.text) <= 500
        assert len(outcome.answer) <= 2000
        words = "".join((outcome.zoho_id, outcome.field, outcome.text, outcome.answer))
        assert "\x00" not in words
        words.encode()  # no lone surrogate
        json.dumps(outcome.wait, allow_nan=False)


@given(
    st.integers(100, 599), st.binary(max_size=200), st.integers(1, 100), st.sampled_from([REF, ""])
)
@example(200, b"[" * 100_000, 1, REF)
@example(200, b'{"data": [{"code": "X", "details": ' + b"[" * 900 + b"]" * 900 + b"}]}", 1, REF)
@example(400, b'{"data": [{"code": "X", "message": "\\ud800\\u0000"}]}', 1, REF)
def test_any_bytes_are_an_outcome_a_record(
    status: int, body: bytes, count: int, field: str
) -> None:
    check(status, body, count, field)


@given(st.sampled_from([200, 201, 207, 400, 401, 403, 429, 500]), ANSWERS, st.integers(1, 3))
def test_any_json_is_an_outcome_a_record(status: int, content: Any, count: int) -> None:
    check(status, json.dumps(content).encode(), count, REF)
