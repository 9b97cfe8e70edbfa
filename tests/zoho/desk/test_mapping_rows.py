"""Stored rules as inputs, and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho.desk.mapping_rows import Draft, Row
from zoho.mapping.rules import BY_MODULE

TEXT = st.text(max_size=8)
TABLE = {"target": "Lead_Source", "source": "utm.source", "transform": "table"}


@pytest.mark.parametrize("module", BY_MODULE)
def test_the_default_rules_come_back_as_they_were(module: str) -> None:
    stored = BY_MODULE[module]

    assert Draft.of(stored).rules() == stored


@given(st.dictionaries(TEXT, TEXT, min_size=1), TEXT)
def test_any_value_table_comes_back_as_it_was(values: dict[str, str], fallback: str) -> None:
    argument = {"values": values} | ({"fallback": fallback} if fallback else {})

    assert Row.of(TABLE | {"argument": argument}).rule()["argument"] == argument


@given(st.lists(st.text("ab,[ ", min_size=1, max_size=4).filter(str.strip), min_size=2))
def test_any_list_of_sources_comes_back_as_it_was(sources: list[str]) -> None:
    stored = {"target": "City", "source": sources, "transform": "join"}

    assert Row.of(stored).rule() == stored


def test_a_value_table_is_entered_a_pair_a_line() -> None:
    row = Row("utm.source", "table", "ad = Advertisement\r\n\r\nnl=News\n* = Web site", "X")

    assert row.rule()["argument"] == {
        "values": {"ad": "Advertisement", "nl": "News"},
        "fallback": "Web site",
    }


@pytest.mark.parametrize("text", ["", "no sign", '{"values": ', "[]"])
def test_a_table_that_cannot_be_read_is_a_fault(text: str) -> None:
    (fault,) = Row("a", "table", text, "X").faults({})

    assert "one pair a line" in fault


def test_what_a_transform_does_not_use_is_not_stored() -> None:
    assert Row("email", "constant", "Web", "X").rule() == {
        "target": "X",
        "transform": "constant",
        "argument": "Web",
    }
    assert Row("email", "as_is", "left over", "X").rule() == {"target": "X", "source": "email"}


def test_an_unknown_transform_and_our_reference_are_faults() -> None:
    assert Row("a", "magic", "", "X").faults({}) == ["There is no transform “magic”."]
    assert "our reference" in Row("a", target="Lead_Ref").faults({}, {"Lead_Ref"})[0]


@pytest.mark.parametrize(
    ("deed", "order"),
    [
        ("up:1", "bac"),
        ("up:0", "abc"),
        ("down:1", "acb"),
        ("down:2", "abc"),
        ("remove:1", "ac"),
        ("remove:9", "abc"),
        ("up:-1", "abc"),
        ("up:", "abc"),
        ("nonsense", "abc"),
    ],
)
def test_rows_are_moved_by_buttons(deed: str, order: str) -> None:
    draft = Draft([Row(name) for name in "abc"]).after(deed)

    assert "".join(row.source for row in draft.rows) == order


def test_a_row_is_added_and_blank_ones_go() -> None:
    draft = Draft([Row("a"), Row()])

    assert draft.after("add").rows == [Row("a"), Row()]
    assert draft.after("rehearse").rows == [Row("a")]


def test_other_rules_have_another_name() -> None:
    one, other = Draft([Row("a", target="X")]), Draft([Row("b", target="X")])

    assert one.digest() != other.digest()
    assert one.digest() != Draft(one.rows, "leave_out").digest()
    assert json.dumps(one.rules())
