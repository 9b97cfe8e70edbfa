"""Reading back: what was sent is what Zoho holds, for the leads that were chosen for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from leads.clock import Deadline, database_now
from zoho.api import rests
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit import fields
from zoho.fit.description import text_areas
from zoho.fit.metadata import Field, Fields, Record
from zoho.models import Connection, ModuleFields, ReadBack
from zoho.proof.budget import NoCredits, spend
from zoho.proof.judge import Lost, compare, is_beginning
from zoho.proof.mark import mark_incomplete, mark_missing, mark_whole
from zoho.proof.plan import (
    READ_AFTER,
    SAMPLE_AFTER,
    is_empty,
    let_go_of_others,
    modules_due,
    settled,
    unread,
)
from zoho.proof.read import MOST_IDS, Reader, Refused, Shown, converted_question, deleted_question

CALL_SECONDS = 10.0
"""Time for the calls about one batch of records."""
LOOK_AGAIN = timedelta(hours=1)
"""How soon a record is read again of which Zoho does not show all that was sent."""
UNKNOWN_LENGTH = 1_000_000
"""Longer than any value: of such a field it is not said that it cut one."""
State = ReadBack.State


class Round:
    """One batch of records after the other, of one destination."""

    def __init__(self, connection: Connection, deadline: Deadline) -> None:
        self.connection = connection
        self.deadline = deadline
        self.began = database_now()

    def run(self, most: int = 10) -> int:
        """Read back what is due, in so many batches at most; how many leads were compared.

        Ends at the first question that Zoho does not answer: it rests then.
        """
        compared = 0
        for _ in range(most):
            rows = self.due() if self.deadline.allows(CALL_SECONDS) else []
            if not rows:
                break
            try:
                self.compare(rows)
            except CallFailed:
                break
            compared += len(rows)
        return compared

    def due(self) -> list[ReadBack]:
        """A hundred leads of one module: what is due, and what a full call takes along for it.

        A lead that is not settled, or was put off, takes no place of those behind it.
        """
        now = database_now()
        let_go_of_others(self.connection, now)
        waiting = settled(unread(self.connection)).filter(due_at__lte=now + SAMPLE_AFTER)
        for module in modules_due(self.connection, now):
            if rests.resting(self.connection, rests.name(rests.RECORDS, module), now):
                continue
            rows = waiting.filter(module=module).order_by("due_at", "pk")
            rows = rows.select_related("lead__site").defer("lead__body", "lead__data")
            if found := list(rows[:MOST_IDS]):
                return found
        return []

    def compare(self, rows: Sequence[ReadBack]) -> None:
        """Read the records of these leads and write down what was found. Raises CallFailed."""
        module = rows[0].module
        caller = Caller(self.connection, self.deadline.within(CALL_SECONDS))
        reader = Reader(caller, module)
        row = fields.known(self.connection, module)
        row, shown = self.read(reader, row, rows)
        asked = {name for one in rows for name in one.sent or {}}
        judged = asked - set((row.unreadable if row else None) or []) | shown.fields
        if row is not None and row.read_at < self.began and _is_odd(rows, shown, judged):
            row = read_anew(caller, row)
        hidden = asked - shown.fields if shown.records else set()
        hidden &= set(row.fields) if row else hidden
        keep_hidden(row, asked, hidden)
        self.settle(reader, rows, shown, Judge(row, hidden))

    def read(
        self, reader: Reader, row: ModuleFields | None, rows: Sequence[ReadBack]
    ) -> tuple[ModuleFields | None, Shown]:
        """The records, asked once more without the fields that are gone where Zoho refuses them."""
        ids = list(dict.fromkeys(one.record_id for one in rows))
        names = {name for one in rows for name in one.sent or {}}
        try:
            return row, reader.read(ids, names)
        except Refused as refused:
            if refused.outcome.status != 400 or row is None:
                raise
            row = read_anew(reader.caller, row)
            if not names - set(row.fields):
                raise
            return row, reader.read(ids, names & set(row.fields))

    def settle(self, reader: Reader, rows: Sequence[ReadBack], shown: Shown, judge: Judge) -> None:
        """Write down what became of each lead."""
        there = [one for one in rows if one.record_id in shown.records]
        found = [(one, judge.lost(one, shown.records[one.record_id])) for one in there]
        now = database_now()
        whole = [one for one, lost in found if not lost]
        open_ = [one for one in whole if judge.leaves_open(one)]
        put_off_unproved(open_, now)
        mark_whole([one for one in whole if one not in open_], now)
        mark_incomplete([(one, lost) for one, lost in found if lost], now)
        self.settle_gone(reader, [one for one in rows if one not in there])

    def settle_gone(self, reader: Reader, gone: Sequence[ReadBack]) -> None:
        """Ask what became of them; what Zoho does not answer for waits alone. A record that it
        calls neither converted nor deleted may only be hidden from us, and is looked at again.
        """
        module, left = reader.module, list(gone)
        for what, ask, state in (
            (converted_question(module), reader.converted, State.CONVERTED),
            (deleted_question(module), reader.deleted, State.GONE),
        ):
            named = self.answered(what, ask, left)
            if named is None:
                return
            mark_missing([one for one in left if one.record_id in named], state, database_now())
            left = [one for one in left if one.record_id not in named]
        put_off_unproved(left, database_now())

    def answered(
        self, what: str, ask: Callable[[list[str]], set[str]], rows: Sequence[ReadBack]
    ) -> set[str] | None:
        """Zoho's answer about these; None where it gives none, and they are put off."""
        rest = rests.resting(self.connection, what, database_now()) if rows else None
        try:
            if rest is None:
                return ask([one.record_id for one in rows])
        except CallFailed:
            rest = rests.resting(self.connection, what, database_now())
        put_off(rows, rest.until if rest else database_now() + READ_AFTER)
        return None


class Judge:
    """Compares leads with their records, by the metadata of today."""

    def __init__(self, row: ModuleFields | None, hidden: Iterable[str]) -> None:
        self.described = fields.described(row)
        self.layouts = fields.layouts(row)
        self.hidden = frozenset(hidden)
        self.reference = row.connection.reference_field if row else ""

    def fields(self, sent: Record) -> Fields:
        """The fields as the layout that the record names has them.

        Where nothing was read of them each is taken to be there and to have no end.
        """
        if self.described is None:
            return {name: Field(name, length=UNKNOWN_LENGTH) for name in sent}
        return self.layouts.fields(sent.get("Layout"), self.described)

    def areas(self, sent: Record) -> list[Field]:
        """Where the record has room for what fits nowhere else, best first."""
        return text_areas(self.fields(sent))

    def lost(self, row: ReadBack, record: Record) -> list[Lost]:
        """What of the lead is not in the record."""
        sent = row.sent or {}
        return compare(sent, record, self.fields(sent), self.hidden, self.reference)

    def leaves_open(self, row: ReadBack) -> bool:
        """Whether something was sent of which nothing can be said."""
        return not self.hidden.isdisjoint(row.sent or {})


def put_off_unproved(rows: Sequence[ReadBack], now: datetime) -> None:
    """Look again at these later, each time after as long as they are waiting, until their time is
    over (`forget_proofs`): what Zoho does not show proves nothing.
    """
    for row in rows:
        row.due_at = now + max(LOOK_AGAIN, now - row.created_at)
    ReadBack.objects.bulk_update(rows, ["due_at"])


def put_off(rows: Sequence[ReadBack], until: datetime) -> None:
    """Read these back when the question that is open about them is asked again."""
    ReadBack.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=until)


def read_anew(caller: Caller, row: ModuleFields, over: bool = False) -> ModuleFields:
    """The metadata of now, for a credit; what is known while Zoho does not say.

    A drift that this shows is told by the next reading in the hour, but for the fields of which the
    notice of the lost values says it.
    """
    what = rests.name(rests.FIELDS, row.module)
    if rests.resting(caller.connection, what, database_now()):
        return row
    try:
        spend(caller.connection, over=over)
    except NoCredits:
        return row
    try:
        return fields.read(caller, row.module, tell=False)
    except CallFailed as failure:
        rests.failed(caller.connection, what, failure.outcome, database_now())
        return row


def keep_hidden(row: ModuleFields | None, asked: set[str], hidden: set[str]) -> None:
    """Note which fields Zoho does not show us: one hint, and no mark on any lead."""
    if row is None:
        return
    known = set(row.unreadable or [])
    now = (known - asked) | hidden
    if now != known:
        ModuleFields.objects.filter(pk=row.pk).update(unreadable=sorted(now) or None)


def _is_odd(rows: Sequence[ReadBack], shown: Shown, judged: set[str]) -> bool:
    """Whether something looks lost, so that it matters which fields there are now. That a field is
    not shown is known of those that are not `judged`.
    """
    if shown.records and judged - shown.fields:
        return True
    pairs = ((one.sent or {}, shown.records.get(one.record_id)) for one in rows)
    return any(
        is_empty(found.get(name)) or is_beginning(value, found[name])
        for sent, found in pairs
        if found is not None
        for name, value in sent.items()
        if name in judged
    )
