"""What is wrong with a site's rules and options, in words; the default ones; the metadata kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.zoho.fields import fields
from zoho.api.options import faults, split
from zoho.fit.metadata import Field, compact, read_fields
from zoho.mapping.rules import BY_MODULE, default_rules, uncovered, validate
from zoho.sandbox.organisation.catalogue import Catalogue

GOOD = {"source": "utm.source", "target": "Source", "transform": "trim"}


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (GOOD, None),
        ({**GOOD, "transform": ""}, None),
        ({"target": "Source", "transform": "constant", "argument": "Web"}, None),
        ({"source": ["a", "b"], "target": "Source", "transform": "join"}, None),
        ("x", "Rule 1: It must be an object"),
        ({**GOOD, "more": 1}, "Rule 1: It must be an object"),
        ({**GOOD, "transform": "turn"}, "There is no transform “turn”."),
        ({**GOOD, "transform": ["turn"]}, "There is no transform"),
        ({**GOOD, "source": ""}, "Say which field of the lead it reads."),
        ({**GOOD, "source": ["a", "b"]}, "This transform reads one field only."),
        ({**GOOD, "source": "a..b"}, "“a..b” is no path"),
        ({**GOOD, "source": "a]b"}, "“a]b” is no path"),
        ({**GOOD, "source": "fields[name][value]"}, None),
        ({**GOOD, "source": "contact[Name]"}, None),
        ({**GOOD, "source": "topics[]"}, None),
        ({**GOOD, "source": "Choose [one]"}, None),
        ({**GOOD, "transform": "constant", "argument": "x"}, "This transform takes no source."),
        ({**GOOD, "target": ""}, "Say which Zoho field it fills."),
        ({**GOOD, "target": "Nowhere"}, "Zoho's module has no field Nowhere."),
        ({**GOOD, "target": "Full_Name"}, "Zoho does not let Full_Name be set."),
        ({**GOOD, "argument": "x"}, "It takes no argument."),
    ],
)
def test_a_rule_is_checked(rule: Any, fault: str | None) -> None:
    found = validate([rule], fields())

    assert found == [] if fault is None else [fault in found[0], len(found)] == [True, 1]


@pytest.mark.parametrize("name", ["a..b", "e.g.", "[x", "]", ".", "a[b].c[d]", "?"])
def test_any_name_that_the_site_sends_is_a_path(name: str) -> None:
    assert validate([{**GOOD, "source": name}], fields(), {name}) == []


def test_before_anything_was_read_no_target_is_wrong() -> None:
    assert validate([{**GOOD, "target": "Anything"}], {}) == []
    assert validate({}, {}) == ["The rules must be a list."]


@pytest.mark.parametrize("module", [*BY_MODULE, "CustomModule1"])
def test_default_rules_fill_fields_of_their_module(module: str) -> None:
    custom = [{"api_name": "Name", "mandatory": True}, {"api_name": "Email", "data_type": "email"}]
    catalogue = Catalogue()
    if module not in BY_MODULE:
        catalogue.define(module, {"fields": custom})
    described = read_fields(compact(json.loads(catalogue.get(module).metadata)) or {})

    assert validate(default_rules(module), described) == []
    # A deal's stage is the site's own choice.
    assert uncovered(default_rules(module), described) == (["Stage"] if module == "Deals" else [])


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({}, ""),
        ({"trigger": []}, ""),
        ({"trigger": ["workflow"], "lar_id": "42"}, ""),
        ({"apply_feature_execution": [{"name": "layout_rules"}]}, ""),
        ({"skip_feature_execution": [{"name": "cadences"}]}, ""),
        ({"Layout": {"id": "1"}, "Owner": {"id": "1"}, "Tag": [{"name": "a"}]}, ""),
        ({"$approved": False, "Wizard": "1", "$wizard_connection_path": ["1"]}, ""),
        ({"Wizard": {"id": "1"}}, ""),
        ([], "must be a JSON object"),
        ({"data": []}, "There is no option data."),
        ({"trigger": ["lunch"]}, "trigger must be a list out of workflow"),
        ({"trigger": "workflow"}, "trigger must be"),
        ({"lar_id": 42}, "lar_id must be the id"),
        ({"lar_id": "x"}, "lar_id must be the id"),
        ({"apply_feature_execution": []}, "apply_feature_execution must be"),
        ({"apply_feature_execution": [{"name": "x"}]}, "apply_feature_execution must be"),
        ({"Layout": "1"}, "Layout must be"),
        ({"Tag": ["a"]}, "Tag must be"),
        ({"$approved": "no"}, "$approved must be true or false"),
        ({"$wizard_connection_path": []}, "$wizard_connection_path must be"),
    ],
)
def test_request_options_are_checked(options: Any, fault: str) -> None:
    found = " ".join(faults(options))

    assert fault in found if fault else not found


def test_request_options_travel_beside_the_records_or_on_each() -> None:
    top, record = split({"trigger": [], "Layout": {"id": "1"}, "other": 1})

    assert (top, record) == ({"trigger": []}, {"Layout": {"id": "1"}})


# --- Metadata -----------------------------------------------------------------------------------

EXAMPLE = json.loads((Path(__file__).parents[1] / "examples" / "fields_leads.json").read_text())


def test_of_a_field_only_what_fitting_needs_is_kept() -> None:
    found = compact(EXAMPLE["response"])

    assert found is not None
    assert found["Lead_Source"] == {
        "type": "picklist",
        "json_type": "string",
        "length": 120,
        "unique": False,
        "mandatory": False,
        "read_only": False,
        "custom": False,
        "label": "Lead Source",
        "values": [["-None-", "-None-"], ["Web site", "Web site"], ["Trade fair", "Trade fair"]],
    }
    assert found["Lead_Ref"]["unique"]
    assert found["Created_Time"]["read_only"]


@pytest.mark.parametrize("answer", [None, [], {}, {"fields": {}}])
def test_what_describes_no_fields(answer: Any) -> None:
    assert compact(answer) is None


def test_odd_field_objects_are_passed_over() -> None:
    odd = [
        "x",
        {"api_name": 5},
        {"api_name": "A", "operation_type": {"api_create": False}, "lookup": {"module": None}},
        {
            "api_name": "B",
            "lookup": {"module": {"api_name": "Accounts"}},
            "pick_list_values": [{"display_value": "a"}, 5],
        },
    ]
    found = compact({"fields": odd})

    assert found is not None
    assert list(found) == ["A", "B"]
    assert found["A"]["read_only"]
    assert (found["B"]["lookup"], found["B"]["values"]) == ("Accounts", [["a", "a"]])


def test_the_organisations_limits_win_over_the_usual_ones() -> None:
    found = read_fields(
        {
            "Mine": {"type": "text", "length": 40, "decimal_place": 2},
            "Usual": {"type": "textarea", "length": 0, "decimal_place": 12},
            "Bare": {"length": True},
        }
    )

    assert (found["Mine"].length, found["Mine"].decimals) == (40, 2)
    assert (found["Usual"].length, found["Usual"].decimals) == (2000, 9)
    assert found["Bare"] == Field("Bare", label="Bare")
