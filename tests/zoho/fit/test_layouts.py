"""Layouts: what a record that names one may fill, for any layout, and what to do with the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.data import as_text
from leads.reasons import Reason
from zoho.fit.layouts import Layouts, compact_layouts
from zoho.fit.metadata import STANDARD_LEADS
from zoho.mapping.mapper import read_rules
from zoho.mapping.record import Fitted, Plan, to_record
from zoho.mapping.rules import DEFAULT_RULES

DATA = {
    "last_name": "Lovelace",
    "phone": "+49 30 1",
    "city": "Berlin",
    "zip": "10115",
    "company": "Engines",
    "message": "hello",
}
REFERENCE = frozenset({"Lead_Ref"})


def layout(*names: str, **more: Any) -> dict[str, Any]:
    kept = {"name": "Web", "fields": list(names), "required": [], "read_only": []}
    return {"7": kept | more}


def fitted(layouts: dict[str, Any], data: dict[str, Any] | None = None, **plan: Any) -> Fitted:
    values: dict[str, Any] = {"extras": {"Layout": {"id": "7"}}, "layouts": Layouts(layouts)} | plan
    return to_record(DATA if data is None else data, Plan(**values))


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"layouts": None}, {"layouts": {}}])
def test_what_is_no_list_of_layouts_is_none(answer: Any) -> None:
    assert compact_layouts(answer) is None


@pytest.mark.parametrize(
    "sections",
    [
        None,
        "x",
        [None],
        [{"fields": None}],
        [{"fields": ["City"]}],
        [{"fields": [{"api_name": 5}]}],
        [{"fields": [{"api_name": "City", "type": "unused"}]}],
        [{"type": "unused", "fields": [{"api_name": "City"}]}],
    ],
)
def test_odd_sections_and_unused_ones_hold_no_field(sections: Any) -> None:
    found = compact_layouts({"layouts": [1, {"name": "x"}, {"id": "7", "sections": sections}]})

    assert found == {"7": {"name": "7", "fields": [], "required": [], "read_only": []}}


def test_what_is_kept_of_a_layout() -> None:
    fields = [
        {"api_name": "City", "required": False, "read_only": True},
        {"api_name": "Company", "required": True},
    ]
    answer = {"layouts": [{"id": 7, "name": "Web", "sections": [{"fields": fields}]}]}

    assert compact_layouts(answer) == {
        "7": {
            "name": "Web",
            "fields": ["City", "Company"],
            "required": ["Company"],
            "read_only": ["City"],
        }
    }


def test_a_value_outside_the_layout_is_a_repair() -> None:
    made = fitted(layout("Last_Name", "Phone", "Description", "Company"))

    assert made.failure is None
    assert "City" not in made.record
    assert "city: Berlin" in made.record["Description"]
    assert "city: City is not in the layout “Web”, moved to Description" in made.repairs


@pytest.mark.parametrize(
    "chosen", [{"id": "7"}, "7", 7], ids=["an object", "its id", "its id as a number"]
)
def test_a_rule_may_choose_the_layout(chosen: Any) -> None:
    rules = [*DEFAULT_RULES, {"source": "layout", "target": "Layout"}]

    made = fitted(
        layout("Last_Name", "Description"),
        DATA | {"layout": chosen},
        rules=read_rules(rules),
        extras={},
        reserved=REFERENCE,
    )

    assert "City" not in made.record
    assert made.layout_known


def test_without_a_layout_all_fields_are_taken() -> None:
    made = fitted(layout("Last_Name"), extras={}, reserved=REFERENCE)

    assert made.record["City"] == "Berlin"
    assert made.layout_known


def test_a_layout_that_was_not_read_is_no_ground_for_a_repair_and_none_for_sending_twice() -> None:
    made = fitted({}, reserved=REFERENCE)

    assert made.record["City"] == "Berlin"
    assert not made.layout_known


@pytest.mark.parametrize("more", [{}, {"fields": ["Last_Name"], "read_only": ["Lead_Ref"]}])
def test_a_layout_that_does_not_take_the_reference_is_told(more: dict[str, Any]) -> None:
    fields = STANDARD_LEADS | {"Lead_Ref": STANDARD_LEADS["City"]}
    names = ["Last_Name", "Lead_Ref"] if more else ["Last_Name"]
    described = {"Lead_Ref": STANDARD_LEADS["City"].__class__("Lead_Ref")}
    made = fitted(
        layout(*names) | {"7": layout(*names)["7"] | more | {"fields": names}},
        {"last_name": "Byron"},
        fields=fields | described,
        reserved=REFERENCE,
    )

    assert made.reserved == frozenset()


def test_the_layouts_own_mandatory_fields_are_asked_for() -> None:
    made = fitted(layout("Last_Name", "Company", required=["Company"]), {"last_name": "Byron"})

    assert made.failure is not None
    assert made.failure.reason == Reason.MANDATORY_MISSING
    assert (
        made.failure.text == "The layout “Web” requires Company, and the lead has no value for it."
    )


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (["Last_Name", "Phone"], {}),
        (["Last_Name", "Phone", "Description"], {"read_only": ["Description"]}),
    ],
)
def test_without_a_place_for_it_a_lead_is_held(names: list[str], more: dict[str, Any]) -> None:
    made = fitted(layout(*names, **more))

    assert made.failure is not None
    assert "The layout “Web” has no field of several lines" in made.failure.text
    assert fitted(layout(*names, **more), {"last_name": "Byron"}).failure is None


def test_a_long_postcode_does_not_move_into_a_street_outside_the_layout() -> None:
    made = fitted(
        layout("Last_Name", "Zip_Code", "Description"),
        {"last_name": "Byron", "zip": "12345 Springfield, MA"},
    )

    assert made.record["Description"] == "zip: 12345 Springfield, MA"
    assert made.failure is None


NAMES = st.sets(st.sampled_from(sorted(STANDARD_LEADS)))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)


@given(
    names=NAMES,
    read_only=NAMES,
    data=st.dictionaries(st.sampled_from([*DATA, "other", "email"]), TEXTS),
)
def test_for_any_layout_every_character_is_where_the_layout_takes_it_or_the_lead_is_held(
    names: set[str], read_only: set[str], data: dict[str, Any]
) -> None:
    layouts = layout(*names, read_only=sorted(read_only))
    data = {"last_name": "Byron"} | data
    made = fitted(layouts, data)
    taken = (names | {"Layout", "Last_Name"}) - read_only

    if made.failure is None:
        assert set(made.record) <= taken
        said = "\n".join(as_text(value) for value in made.record.values())
        words = [word for value in data.values() for word in as_text(value).split()]
        assert [word for word in words if word not in said] == []
