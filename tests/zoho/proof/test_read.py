"""Records of more fields than a call may ask for: two answers about one record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock

import pytest

from leads.clock import Deadline
from leads.reasons import Reason
from zoho.api import rests
from zoho.api.caller import Caller
from zoho.api.rests import RECORDS
from zoho.fit.metadata import Record
from zoho.models import Connection, Rest
from zoho.proof.read import MODIFIED, Reader, Refused

NAMES = [f"Field_{number}" for number in range(60)]
IDS = ["1", "2"]


def row(record: str, names: Sequence[str]) -> Record:
    return {"id": record, **dict.fromkeys(names, "x")}


class Answers:
    """What Zoho shows, call by call: of which records."""

    def __init__(self, *shown: list[str]) -> None:
        self.shown = list(shown)
        self.asked: list[list[str]] = []

    def __call__(self, _ids: Any, names: Sequence[str], *_more: Any) -> list[Record]:
        self.asked.append(list(names))
        return [row(record, names) for record in self.shown.pop(0)]


def read(connection: Connection, answers: Answers, names: Sequence[str]) -> dict[str, Record]:
    reader = Reader(Caller(connection, Deadline(10)), "Leads")
    with mock.patch.object(reader, "ask", answers):
        return reader.read(IDS, names).records


def test_both_answers_make_one_record(connection: Connection) -> None:
    records = read(connection, Answers(IDS, IDS), NAMES)

    assert {record: len(found) for record, found in records.items()} == {"1": 61, "2": 61}


@pytest.mark.parametrize("shown", [(["1", "2"], ["1"]), (["1"], ["1", "2"]), (["1"], ["2"])])
def test_a_record_of_which_a_half_is_shown_is_asked_for_again(
    connection: Connection, shown: tuple[list[str], list[str]]
) -> None:
    """Its other values counted as lost."""
    with pytest.raises(Refused) as raised:
        read(connection, Answers(*shown), NAMES)

    assert rests.is_passing(raised.value.outcome)
    rest = Rest.objects.get(connection=connection, what=rests.name(RECORDS, "Leads"))
    assert (rest.refused, raised.value.outcome.reason) == (False, Reason.UNREADABLE_ANSWER)


@pytest.mark.parametrize("shown", [([], []), (["1"], ["1"])])
def test_one_that_no_answer_shows_is_not_there(
    connection: Connection, shown: tuple[list[str], list[str]]
) -> None:
    assert list(read(connection, Answers(*shown), NAMES)) == shown[0]


def test_the_last_change_is_asked_with_the_first_fields(connection: Connection) -> None:
    """With the others it would hide a change between the two answers, which was written over."""
    answers = Answers(IDS, IDS)

    read(connection, answers, [*NAMES, MODIFIED])

    assert [MODIFIED in names for names in answers.asked] == [True, False]
    assert [len(names) for names in answers.asked] == [50, 11]
