"""Records by their ids: a hundred a call, fifty fields a call, each call a credit of the day's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from leads.clock import database_now
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import client, rests
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit.metadata import Record
from zoho.proof.budget import spend

MODIFIED = "Modified_Time"
"""Zoho's field of the last change."""
MOST_IDS = 100
MOST_FIELDS = 50
PAGE = 200
MOST_PAGES = 5
"""How far the list of deleted records is read; Zoho looks for none in it by id."""
CONVERTS = "Leads"
"""The module whose records become contacts, and are then shown only to who asks for such."""
HALF_SHOWN = Sentence(_("Zoho showed some fields of a record, and not the others."))()


class Refused(CallFailed):
    """Zoho answered, and showed no records."""


@dataclass
class Shown:
    """What Zoho shows of some records, by id, and the fields that it shows of any of them."""

    records: dict[str, Record] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)

    def add(self, rows: Iterable[Record]) -> None:
        """Take in some fields of the records."""
        for row in rows:
            self.records.setdefault(str(row.get("id")), {}).update(row)
            self.fields |= row.keys()


class Reader:
    """Reads records of one module, within the credits or, for a person, `over` them."""

    def __init__(self, caller: Caller, module: str, over: bool = False) -> None:
        self.caller = caller
        self.module = module
        self.over = over
        self.what = rests.name(rests.RECORDS, module)

    def read(self, ids: Sequence[str], names: Iterable[str]) -> Shown:
        """What there is of these fields in at most a hundred records. Raises CallFailed.

        When a record was changed last is asked with its first fields: whoever changes it before
        its others are read changes it after that.
        """
        shown, answers = Shown(), []
        ordered = sorted(set(names) - {"id"}, key=lambda name: (name != MODIFIED, name))
        for some in batches(ordered or ["id"], MOST_FIELDS):
            answers.append(self.ask(ids, some))
            shown.add(answers[-1])
        if any(len(_ids(rows)) < len(shown.records) for rows in answers):
            raise self.half_shown()
        return shown

    def half_shown(self) -> Refused:
        """Where a record was not in every answer: what it lacks may be there all the same."""
        outcome = Outcome(Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER, text=HALF_SHOWN)
        rests.failed(self.caller.connection, self.what, outcome, database_now())
        return Refused(outcome)

    def converted(self, ids: Sequence[str]) -> set[str]:
        """Which of these records were converted. Raises CallFailed."""
        if self.module != CONVERTS or not ids:
            return set()
        rows = self.ask(ids, ["id"], converted_question(self.module), converted="true")
        return _ids(rows)

    def deleted(self, ids: Sequence[str]) -> set[str]:
        """Which of these records are in Zoho's list of what was deleted, newest first, as far
        as some pages reach. Raises CallFailed.
        """
        found: set[str] = set()
        for page in range(1, MOST_PAGES + 1 if ids else 1):
            params = {"type": "all", "page": str(page), "per_page": str(PAGE)}
            rows = self.call(deleted_question(self.module), params, "/deleted")
            found |= _ids(rows) & {*ids}
            if len(rows) < PAGE or len(found) == len({*ids}):
                break
        return found

    def ask(
        self, ids: Sequence[str], names: Sequence[str], what: str = "", **more: str
    ) -> list[Record]:
        """One call about records by their ids. Raises CallFailed."""
        params = {"ids": ",".join(ids), "fields": ",".join(names), **more}
        return self.call(what or self.what, params)

    def call(self, what: str, params: dict[str, str], below: str = "") -> list[Record]:
        """One call. Raises CallFailed; the question, `what`, rests then, and no other."""
        connection = self.caller.connection
        spend(connection, over=self.over)
        path = f"/crm/v8/{self.module}{below}"
        try:
            # A call about a hundred people is no one's: erasing one of them would not find it.
            answer = self.caller.ask(ApiCall.Kind.READ, "GET", path, secret=True, params=params)
            rows = _rows(answer)
            if rows is None:
                raise Refused(read_other(answer.status, answer.body))
        except CallFailed as failure:
            rests.failed(connection, what, failure.outcome, database_now())
            raise
        rests.worked(connection, what)
        return rows


def _ids(rows: Iterable[Record]) -> set[str]:
    return {str(row.get("id")) for row in rows}


def converted_question(module: str) -> str:
    """What the question is called by which a module's records were converted."""
    return rests.name(rests.RECORDS, f"converted {module}")


def deleted_question(module: str) -> str:
    """What the question is called by which a module's records were deleted."""
    return rests.name(rests.RECORDS, f"deleted {module}")


def _rows(answer: client.ZohoAnswer) -> list[Record] | None:
    """The records of an answer; None where it is none."""
    if answer.status == 204:
        return []
    content: Any = answer.json()
    rows = content.get("data") if isinstance(content, dict) else None
    if answer.status != 200 or not isinstance(rows, list):
        return None
    return [row for row in rows if isinstance(row, dict) and row.get("id")]


def batches(names: Sequence[str], size: int) -> Iterator[list[str]]:
    """The names, so many at a time."""
    for start in range(0, len(names), size):
        yield list(names[start : start + size])
