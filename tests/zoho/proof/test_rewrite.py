"""What a repair writes into a record: each kind of lost value beside each other, without a Zoho."""

from __future__ import annotations

from typing import Any

import pytest

from zoho.fit.metadata import Field, Record
from zoho.fit.text import size
from zoho.models import Cause, Loss, ReadBack
from zoho.proof.read_back import Judge
from zoho.proof.rewrite import Rewrite, has_line, rewrite

FIELDS = {
    "City": Field("City", type="text", length=100),
    "Zip_Code": Field("Zip_Code", type="text", length=30, read_only=True),
    "Lead_Ref": Field("Lead_Ref", type="text", length=40, outside=True),
    "Description": Field("Description", type="textarea", length=60),
    "Notes": Field("Notes", type="textarea", length=30),
}
SENT = {"City": "Bern", "Zip_Code": "101", "Lead_Ref": "f00", "Last_Name": "Lovelace"}
EMPTY: Record = {"id": "1", **dict.fromkeys(FIELDS)}


def judge() -> Judge:
    made = Judge(None, ())
    made.described, made.reference = FIELDS, "Lead_Ref"
    return made


def rewritten(record: Record, *lost: str, tried: Any = (), sent: Any = None) -> Rewrite:
    row = ReadBack(sent=SENT | (sent or {}))
    losses = [Loss(field=name, cause=Cause(kind=Cause.Kind.EMPTY)) for name in lost]
    return rewrite(row, EMPTY | record, losses, judge(), tried)


@pytest.mark.parametrize(
    ("record", "lost", "changes", "words", "left"),
    [
        ({}, ["City"], {"City": "Bern"}, "City", []),
        ({}, ["Zip_Code"], {"Description": "Zip Code: 101"}, "Zip_Code → Description", []),
        ({}, ["Lead_Ref"], {}, "", ["Lead_Ref"]),
        ({}, ["City", "Lead_Ref"], {"City": "Bern"}, "City", ["Lead_Ref"]),
        ({"City": "Thun"}, ["City", "Lead_Ref"], {}, "", ["Lead_Ref"]),
        ({"City": "Thun"}, ["City"], {}, "", []),
        (
            {"Description": "x" * 50},
            ["City", "Zip_Code"],
            {"City": "Bern", "Notes": "Zip Code: 101"},
            "City; Zip_Code → Notes",
            [],
        ),
        (
            {"Description": "x" * 50, "Notes": "y" * 20},
            ["City", "Zip_Code", "Lead_Ref"],
            {"City": "Bern"},
            "City",
            ["Lead_Ref", "Zip_Code"],
        ),
    ],
)
def test_what_can_be_written_is_and_only_the_rest_is_left(
    record: Record, lost: list[str], changes: Record, words: str, left: list[str]
) -> None:
    todo = rewritten(record, *lost)

    assert (todo.changes, todo.words(), todo.left) == (changes, words, left)
    assert all(name in todo.failed for name in left)
    assert set(left) <= set(todo.expected), "what is left is still looked for"


@pytest.mark.parametrize(
    ("text", "line", "there"),
    [
        ("Zip Code: 101", "Zip Code: 101", True),
        ("Hi\nZip Code: 101\nBye", "Zip Code: 101", True),
        ("Hi\r\nZip Code: 101 \r\nBye", "Zip Code: 101", True),
        ("Hi\nStreet: A\nB", "Street: A\nB", True),
        ("Hi\nStreet: A\nBC", "Street: A\nB", False),
        ("Zip Code: 10115", "Zip Code: 101", False),
        ("My Zip Code: 101", "Zip Code: 101", False),
        ("Old Zip Code: 10115 thanks", "Zip Code: 101", False),
        ("", "Zip Code: 101", False),
    ],
)
def test_a_line_is_there_only_from_end_to_end(text: str, line: str, there: bool) -> None:
    assert has_line(text, line) is there
    zip_code = line.partition(": ")[2]
    if line.startswith("Zip"):
        todo = rewritten({"Description": text}, "Zip_Code", sent={"Zip_Code": zip_code})
        assert ("Description" not in todo.changes) is there


@pytest.mark.parametrize(
    ("record", "tried", "words"),
    [
        ({"City": "Bern"}, ["City"], "City"),
        ({"City": "Bern"}, [], ""),
        ({"City": "Thun"}, ["City"], ""),
        ({"Description": "Zip Code: 101"}, ["Zip_Code"], "Zip_Code → Description"),
        ({"Description": "Zip Code: 101"}, [], ""),
        (
            {"City": "Bern", "Description": "Zip Code: 101"},
            ["City", "Zip_Code"],
            "City; Zip_Code → Description",
        ),
    ],
)
def test_what_a_call_with_a_lost_answer_wrote_is_ours(
    record: Record, tried: list[str], words: str
) -> None:
    lost = ["City" if "City" in record else "Zip_Code", *(["Zip_Code"] if len(tried) > 1 else [])]

    todo = rewritten(record, *lost, tried=tried)

    assert (todo.changes, todo.words()) == ({}, words)


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("signs", [10, 20, 22, 23, 24, 40, 45, 46])
def test_what_is_appended_fits_as_the_installation_counts(
    settings: Any, twice: bool, signs: int
) -> None:
    settings.ZOHO_EMOJI_COUNTS_TWICE = twice

    todo = rewritten({"Description": "😀" * signs, "Notes": "y" * 30}, "Zip_Code")

    fits = signs * (1 + twice) + len("\nZip Code: 101") <= 60
    assert ("Description" in todo.changes, todo.left) == (fits, [] if fits else ["Zip_Code"])
    assert size(todo.changes.get("Description", "")) <= 60
