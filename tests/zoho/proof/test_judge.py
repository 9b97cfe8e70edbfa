"""What counts as lost between what was sent and what Zoho shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zoho.fit.metadata import Field
from zoho.models import Cause
from zoho.proof.judge import compare
from zoho.proof.plan import readable

Kind = Cause.Kind
FIELDS = {
    "City": Field("City", length=5),
    "Phone": Field("Phone", "phone", outside=True, layout="Web"),
    "Fax": Field("Fax", read_only=True),
    "Opt_Out": Field("Opt_Out", "boolean"),
    "Courses": Field("Courses", "multiselectpicklist"),
}


def lost(sent: dict[str, Any], found: dict[str, Any], *hidden: str) -> list[tuple[str, Kind]]:
    return [(one.field, one.kind) for one in compare(sent, found, FIELDS, hidden)]


@pytest.mark.parametrize("empty", [None, "", "  ", [], {}])
def test_what_is_empty_there_is_lost(empty: Any) -> None:
    assert lost({"City": "Rome"}, {"City": empty}) == [("City", Kind.EMPTY)]
    assert lost({"City": "Rome"}, {}) == [("City", Kind.EMPTY)]


@pytest.mark.parametrize("value", [False, 0, 0.0, "0", "no", [""], {"id": None}])
def test_what_is_false_or_nought_is_there(value: Any) -> None:
    assert lost({"Opt_Out": True}, {"Opt_Out": value}) == []


@pytest.mark.parametrize(
    ("field", "kind"),
    [("Phone", Kind.OUTSIDE), ("Fax", Kind.READ_ONLY), ("Gone", Kind.DROPPED)],
)
def test_what_is_known_of_the_reason_is_said(field: str, kind: Kind) -> None:
    assert lost({field: "1"}, {field: None}) == [(field, kind)]


@pytest.mark.parametrize(
    ("sent", "found", "is_cut"),
    [
        ("Roma Termini", "Roma ", True),
        ("Roma Termini", "Roma", True),  # Zoho drops the blank at the end
        ("Roma Termini", "Rom", False),  # the field had room: somebody wrote that
        ("Roma Termini", "Milan", False),
        ("Berlin", "Berli", True),
        ("Berlin", "Berlin", False),
        ("Berlin", "BERLI", False),
        ("Rome  ", "Rome", False),
        ("ab😀cd", "ab😀c", True),  # five units of UTF-16
        ("abcd😀", "abcd", True),  # half a sign has no room
        ("abcd😀", "abc", False),
        ("Berlin", "Berl", False),  # the fifth letter had room
        ("Rom Termini", "Rom", False),
        ("Bern 😀", "Bern", True),
        (["a", "b"], ["a"], False),
        (12, 1, False),
    ],
)
def test_a_value_is_cut_where_its_exact_beginning_fills_the_field(
    sent: Any, found: Any, is_cut: bool
) -> None:
    assert lost({"City": sent}, {"City": found}) == ([("City", Kind.CUT)] if is_cut else [])


@pytest.mark.parametrize(
    ("found", "kind"),
    [("ab-1", None), ("AB-1", None), ("x", Kind.REPLACED), (7, Kind.REPLACED), ("", Kind.EMPTY)],
)
def test_another_reference_is_a_finding_and_another_value_is_none(
    found: Any, kind: Kind | None
) -> None:
    sent, shown = {"City": "ab-1", "Courses": "y"}, {"City": found, "Courses": "z"}

    said = compare(sent, shown, FIELDS, (), reference="City")

    assert [(one.field, one.kind) for one in said] == ([("City", kind)] if kind else [])


def test_what_zoho_does_not_show_in_any_record_is_not_judged() -> None:
    assert lost({"City": "Rome", "Fax": "1"}, {"Fax": None}, "City") == [("Fax", Kind.READ_ONLY)]


def test_what_was_sent_empty_or_is_no_field_is_not_read() -> None:
    record = {
        "City": "Rome",
        "Opt_Out": False,
        "Fax": "",
        "Phone": None,
        "Courses": [],
        "$approved": False,
        "Wizard": {"id": "1"},
        "Lead_Ref": "x",
    }

    assert readable(record, {"Lead_Ref"}) == {"City": "Rome", "Opt_Out": False}


VALUES = st.one_of(st.text(max_size=8), st.booleans(), st.integers(), st.lists(st.text(max_size=2)))


@given(record=st.dictionaries(st.sampled_from([*FIELDS, "Other"]), VALUES))
@example(record={"City": "0𐀀𐀀 "})
def test_a_record_lacks_nothing_of_itself(record: dict[str, Any]) -> None:
    sent = readable(record)

    assert compare(sent, record, FIELDS, ()) == []
    assert {one.field for one in compare(sent, {}, FIELDS, ())} == set(sent)
