"""Records that fit their fields: what moves, what is said about it, and what fails."""

from __future__ import annotations

from typing import Any

import pytest

from leads.data import Reading
from leads.reasons import Reason
from tests.zoho.fields import fields, plan
from zoho.fit.metadata import Field
from zoho.mapping.mapper import read_rules
from zoho.mapping.record import Fitted, Plan, to_record
from zoho.mapping.rules import LEAVE_OUT

REPAIRED_TAG = "Tag: a tag longer than 25 characters, cut, as the site's options name it"


def by_rule(data: dict[str, Any], *rules: dict[str, Any], **values: Any) -> Fitted:
    return to_record(data, plan(rules=read_rules(rules), **values))


def test_known_fields_go_to_their_zoho_fields_and_the_rest_to_description() -> None:
    data = {
        "contact_name": "Ada King Lovelace", "email": "ada@example.org", "phone": "+44 20 7946",
        "company": "Engines", "street": "1 Main St", "city": "London", "state": "LDN",
        "zip": "N1", "country": "UK", "message": "Hello", "budget": 5000, "utm": {"source": "x"},
    }  # fmt: skip
    fitted = to_record(data)

    assert fitted == Fitted(
        {
            "First_Name": "Ada King", "Last_Name": "Lovelace", "Email": "ada@example.org",
            "Phone": "+44 20 7946", "Company": "Engines", "Street": "1 Main St",
            "City": "London", "State": "LDN", "Zip_Code": "N1", "Country": "UK",
            "Description": 'Hello\nbudget: 5000\nutm: {"source": "x"}',
        },
        [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "first", "last", "description"),
    [
        ({"contact_name": "Ada"}, None, "Ada", None),
        ({"first_name": "Ada", "last_name": "Lovelace"}, "Ada", "Lovelace", None),
        ({"first_name": "Ada", "contact_name": "Ada Lovelace"}, "Ada", "Lovelace", None),
        (
            {"first_name": "A", "last_name": "B", "contact_name": "C D", "x": 1},
            "A",
            "B",
            "contact_name: C D\nx: 1",
        ),
        ({"first_name": "Ada", "last_name": "B", "contact_name": "B Ada"}, "Ada", "B", None),
    ],
)
def test_names(data: dict[str, Any], first: str, last: str, description: str) -> None:
    record = to_record(data).record

    names = record.get("First_Name"), record.get("Last_Name"), record.get("Description")
    assert names == (first, last, description)


def test_a_long_postcode_joins_the_street() -> None:
    fitted = to_record({"last_name": "A", "street": "Main St 1", "zip": "Springfield 12345"})

    assert fitted.record["Street"] == "Main St 1, Springfield 12345"
    assert "Zip_Code" not in fitted.record
    assert fitted.repairs == ["zip: longer than 10 characters, moved to Street"]


def test_with_a_full_street_the_postcode_goes_to_description() -> None:
    fitted = to_record({"last_name": "A", "street": "x" * 240, "zip": "Springfield 12345"})

    assert fitted.record["Description"] == "zip: Springfield 12345"
    assert fitted.repairs == [
        "zip: longer than 10 characters, moved to Description (Street is full)"
    ]


@pytest.mark.parametrize("change", [{"read_only": True}, {"type": "textarea"}])
def test_without_a_usable_street_the_postcode_goes_to_description(change: dict[str, Any]) -> None:
    fitted = by_rule(
        {"zip": "Springfield 12345"},
        {"source": "zip", "target": "Zip_Code"},
        fields=fields(Street=change),
    )

    assert fitted.record == {"Description": "zip: Springfield 12345"}


def test_a_postcode_that_must_not_be_empty_keeps_its_beginning() -> None:
    fitted = by_rule(
        {"zip": "Springfield 12345 Springfield 12345"},
        {"source": "zip", "target": "Zip_Code"},
        fields=fields(Zip_Code={"mandatory": True}),
    )

    assert fitted.record["Zip_Code"] == "Springfield 12345 Springfield"
    assert fitted.failure is None


def test_a_long_company_keeps_its_beginning_and_is_whole_in_description() -> None:
    company = "Engine " * 43
    fitted = to_record({"last_name": "A", "company": company})

    assert len(fitted.record["Company"]) <= 200
    assert fitted.record["Description"] == f"company: {company.strip()}"
    assert fitted.repairs == [
        "company: longer than 200 characters, cut; the whole value is in Description"
    ]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("Unknown", "Unknown is not a field of the module"),
        ("Full_Name", "Full_Name is not ours to fill"),
        ("Short", "Short is not ours to fill"),
    ],
)
def test_what_cannot_be_set_goes_to_description(target: str, why: str) -> None:
    fitted = by_rule({"x": "a"}, {"source": "x", "target": target}, reserved=frozenset({"Short"}))

    assert fitted.record == {"Description": "x: a"}
    assert fitted.repairs == [f"x: {why}, moved to Description"]


def test_the_first_rule_with_a_value_wins_and_the_other_value_is_kept() -> None:
    rules = [
        {"source": "a", "target": "Company"},
        {"source": "b", "target": "Company"},
        {"source": "", "target": "Source", "transform": "constant", "argument": "Web site"},
    ]

    assert by_rule({"b": "B"}, *rules).record == {"Company": "B", "Source": "Web site"}
    assert by_rule({"a": "A", "b": "B"}, *rules).record["Description"] == "b: B"


def test_of_a_used_object_the_rest_is_kept_by_its_path() -> None:
    data = {"utm": {"source": "ad", "medium": "mail", "deep": {"x": 1}}, "items": [], "e": {}}
    fitted = by_rule(
        data,
        {"source": "utm.source", "target": "Source"},
        {"source": "items[0].name", "target": "Short"},
        {"source": "e.x", "target": "Short"},
    )

    assert fitted.record == {
        "Source": "ad",
        "Description": 'utm.medium: mail\nutm.deep: {"x": 1}\ne: {}',
    }


def test_the_site_may_leave_out_what_no_rule_uses() -> None:
    fitted = by_rule(
        {"x": "A1", "y": "b"},
        {
            "source": "x",
            "target": "Source",
            "transform": "table",
            "argument": {"values": {"a1": "Web site"}},
        },
        rest=LEAVE_OUT,
    )

    assert fitted.record == {"Source": "Web site", "Description": "x: A1"}
    assert fitted.repairs == ["y: left out, as the site's mapping says"]


def test_a_mandatory_field_without_a_value_fails_by_its_name() -> None:
    failure = to_record({"email": "ada@example.org"}).failure

    assert failure is not None
    assert (failure.reason, failure.field) == (Reason.MANDATORY_MISSING, "Last_Name")


def test_a_mandatory_field_whose_value_does_not_fit_fails_with_what_is_wrong() -> None:
    failure = by_rule(
        {"mail": "none"},
        {"source": "mail", "target": "A_email"},
        fields=fields(A_email={"mandatory": True}),
    ).failure

    assert failure is not None
    assert (failure.reason, failure.field) == (Reason.INVALID_VALUE, "A_email")
    assert "4 characters" in failure.text


@pytest.mark.parametrize("reserved", [frozenset({"Short"}), frozenset[str]()])
def test_our_own_and_the_sites_values_count_as_filled(reserved: frozenset[str]) -> None:
    fitted = by_rule(
        {},
        fields=fields(Short={"mandatory": True}),
        extras={} if reserved else {"Short": "a"},
        reserved=reserved,
    )

    assert fitted.failure is None


def test_a_rule_wins_over_the_sites_option() -> None:
    fitted = by_rule(
        {"boss": "42"},
        {"source": "boss", "target": "A_ownerlookup"},
        extras={"A_ownerlookup": {"id": "1"}, "Tag": [{"name": "web"}]},
    )

    assert fitted.record == {"A_ownerlookup": {"id": "42"}, "Tag": [{"name": "web"}]}


@pytest.mark.parametrize(
    ("names", "sent", "repairs"),
    [
        (["web"], ["web"], []),
        (["x" * 25], ["x" * 25], []),
        (["web", "x" * 26], ["web", "x" * 25], [REPAIRED_TAG]),
        (["x" * 26, "x" * 27], ["x" * 25], [REPAIRED_TAG]),
    ],
)
def test_a_long_tag_of_the_options_is_cut_with_a_repair(
    names: list[str], sent: list[str], repairs: list[str]
) -> None:
    extras = {"Tag": [{"name": name} for name in names]}

    fitted = by_rule(
        {"company": "Engines"}, {"source": "company", "target": "Company"}, extras=extras
    )

    assert [tag["name"] for tag in fitted.record["Tag"]] == sent
    assert fitted.repairs == repairs
    assert fitted.from_options == {"Tag"}


def test_what_a_rule_filled_is_the_leads_own_though_the_options_say_the_same() -> None:
    rule = {"source": "boss", "target": "A_ownerlookup"}

    fitted = by_rule({"boss": "42"}, rule, extras={"A_ownerlookup": {"id": "42"}})

    assert fitted.from_options == frozenset()


# --- Description itself -----------------------------------------------------------------------

NAME = {"Last_Name": Field("Last_Name", length=80)}


def with_areas(data: dict[str, Any], **lengths: int) -> Fitted:
    areas = {name: Field(name, "textarea", length) for name, length in lengths.items()}
    return to_record(data, Plan(fields=NAME | areas))


def test_a_full_description_goes_on_in_another_text_area() -> None:
    fitted = with_areas({"message": "m" * 20, "a": "x" * 20, "b": "y"}, Description=30, More=30)

    assert fitted.record == {"Description": f"{'m' * 20}\nb: y", "More": f"a: {'x' * 20}"}
    assert fitted.failure is None


def test_a_message_too_long_for_description_goes_to_a_larger_area() -> None:
    fitted = with_areas({"message": "m" * 40}, Description=30, More=60)

    assert fitted.record == {"More": f"message: {'m' * 40}"}


def test_a_text_area_that_a_rule_fills_is_left_alone() -> None:
    areas = {n: Field(n, "textarea", 10) for n in ("Description", "More")}
    rules = read_rules([{"source": "more", "target": "More"}])
    fitted = to_record({"more": "x", "a": "1234567"}, Plan(rules, fields=areas))

    assert fitted.record == {"More": "x", "Description": "a: 1234567"}


def test_without_room_it_fails_with_field_limit_and_length_and_keeps_every_character() -> None:
    fitted = with_areas({"message": "m" * 29, "a": "x" * 40, "b": "y" * 50}, Description=30)

    assert fitted.failure is not None
    assert (fitted.failure.reason, fitted.failure.field) == (Reason.TOO_LONG, "Description")
    assert "at most 30 characters" in fitted.failure.text
    assert "a has 40" in fitted.failure.text
    assert fitted.record["Description"] == f"{'m' * 29}\na: {'x' * 40}\nb: {'y' * 50}"


def test_a_module_without_text_area_fails_only_when_something_must_move() -> None:
    assert with_areas({"last_name": "A"}).failure is None

    fitted = with_areas({"last_name": "A", "x": "b"})
    assert fitted.failure is not None
    assert (fitted.failure.reason, fitted.failure.field) == (Reason.INVALID_VALUE, "x")
    assert fitted.record["Description"] == "x: b"


def test_the_same_value_is_noted_once() -> None:
    rules = [{"source": "a", "target": name} for name in ("Unknown", "Full_Name")]

    assert by_rule({"a": "x"}, *rules).record == {"Description": "a: x"}


@pytest.mark.parametrize(
    "broken",
    [
        {"target": "Company", "transform": "nonsense", "source": "a"},
        {"target": 5, "source": "a"},
        {"target": "Company", "source": ["a", "b"]},
        {"target": "Company", "transform": "join"},
        {"target": "Company", "source": "a", "argument": "x"},
        {"target": "Company", "source": "a..b"},
    ],
)
def test_a_rule_that_cannot_be_understood_loses_nothing(broken: dict[str, Any]) -> None:
    assert by_rule({"a": "x"}, broken).record == {"Description": "a: x"}


# --- What a person filled in ---------------------------------------------------------------------

PERSON = {"id": "61", "name": "Jonas"}


@pytest.mark.parametrize(
    ("filled", "record", "kept"),
    [
        ({"Source": "Fair"}, {"Source": "Fair"}, "source: web"),
        ({"A_lookup": PERSON}, {"A_lookup": {"id": "61"}, "Source": "web"}, None),
        ({"A_subform": [{"a": 1}]}, {"A_subform": [{"a": 1}], "Source": "web"}, None),
        ({"Source": " ", "Courses": []}, {"Source": "web"}, None),
        ({"Hidden": "x"}, {"Hidden": "x", "Source": "web"}, "Hidden: x"),
        ({"Full_Name": "x"}, {"Source": "web"}, "Full_Name: x"),
        ({"A_date": "soon"}, {"Source": "web"}, "A_date: soon"),
    ],
)
def test_what_a_person_filled_in_wins_over_rules_and_nothing_is_lost(
    filled: dict[str, Any], record: dict[str, Any], kept: str | None
) -> None:
    rules = [{"source": "source", "target": "Source"}, {"source": "name", "target": "Last_Name"}]

    fitted = by_rule(Reading({"source": "web", "name": "A"}, filled), *rules)

    wanted = {"Last_Name": "A"} | record | ({"Description": kept} if kept else {})
    assert fitted.record == wanted
    assert fitted.failure is None
