"""The work of a repair: records are read again, and what is still empty there is written.

Each record is read once more just before it is written, and Zoho refuses to write over what was
changed since. A repair that was killed begins where it stopped.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from leads.clock import Deadline, database_now
from leads.models import Incomplete, LeadEvent
from leads.shown.sentences import Sentence
from zoho.api import rests
from zoho.api.tokens import CallFailed
from zoho.fit.metadata import Record
from zoho.models import Connection, Loss, ReadBack, Repair, RepairItem
from zoho.proof.plan import READ_AFTER
from zoho.proof.read import MOST_IDS
from zoho.proof.read_back import CALL_SECONDS
from zoho.proof.records import Records
from zoho.proof.repair import modules_awake, open_repairs
from zoho.proof.rewrite import Rewrite
from zoho.proof.update import Changed, update

State = RepairItem.State
MISSING = {
    True: (State.CONVERTED, ReadBack.State.CONVERTED),
    False: (State.GONE, ReadBack.State.GONE),
}
"""What becomes of a lead whose record is not there, by whether it was converted."""
LOOKS = 3
"""How often a record is read that somebody changes between our reading and our writing."""
NOT_SHOWN = Sentence(
    gettext_noop(
        "Zoho does not show the record, and calls it neither converted nor deleted: the user "
        "whose connection this is may not see it."
    )
)()
KEEPS_CHANGING = Sentence(
    gettext_noop("Somebody is changing the record just now. Press Repair again later.")
)()
FILLED_MEANWHILE = Sentence(gettext_noop("Filled by somebody meanwhile"))()


class RepairRun:
    """One turn at a repair: until it is over, or time is, or Zoho does not answer."""

    def __init__(self, connection: Connection, repair: Repair, deadline: Deadline) -> None:
        self.connection = connection
        self.repair = repair
        self.deadline = deadline

    def run(self) -> None:
        """Work off the list; what is left goes on at the next turn."""
        error = ""
        while self.deadline.allows(CALL_SECONDS) and (items := self.next()):
            try:
                self.work(items)
            except CallFailed as failure:
                error = failure.outcome.text[:500]
                if rests.is_passing(failure.outcome):
                    break
                self.settle_refused(items[0].read_back.module, error)
        self.end(error)

    def end(self, error: str) -> None:
        """Write down that nothing waits any more, or what it waits for."""
        rows = Repair.objects.filter(pk=self.repair.pk, ended_at=None)
        if not self.waiting().exists():
            rows.update(ended_at=database_now(), error=error)
        elif error:
            rows.update(error=error)

    def waiting(self) -> QuerySet[RepairItem]:
        """The leads on the list that nothing became of yet."""
        return self.repair.items.filter(state=State.WAITING)

    def next(self) -> list[RepairItem]:
        """Up to a hundred leads that wait, of one module that does not rest."""
        waiting = self.waiting()
        for module in modules_awake(self.connection, waiting, database_now()):
            items = waiting.filter(read_back__module=module).order_by("pk")
            items = items.select_related("read_back__lead__site").defer("read_back__lead__body")
            return list(items[:MOST_IDS])
        return []

    def work(self, items: list[RepairItem]) -> None:
        """Read the records again, then write what is still empty. Raises CallFailed."""
        records = Records(self.connection, items[0].read_back.module, self.deadline)
        found = records.read(items)
        missing = [one for one in items if one.read_back.record_id not in found]
        for one in items:
            if one not in missing and self.goes_on():
                self.mend(one, found[one.read_back.record_id], records)
        if missing and self.goes_on():
            self.settle_missing(missing, records)

    def goes_on(self) -> bool:
        """Whether there is time for one more record and nobody said stop."""
        runs = Repair.objects.filter(pk=self.repair.pk, ended_at=None).exists()
        return runs and self.deadline.allows(CALL_SECONDS / 2)

    def mend(self, item: RepairItem, record: Record, records: Records) -> None:
        """Write into one record what is still empty there. Raises CallFailed."""
        todo, text = records.lacks(item, record), ""
        for _ in range(LOOKS):
            if not todo.changes:
                break
            # It was read together with others that were written meanwhile, and so may this be.
            found = records.read_calm(item)
            if item.read_back.record_id not in found:
                self.settle_missing([item], records)
                return
            record = found[item.read_back.record_id]
            todo = records.lacks(item, record)
            self.note(item, todo)
            try:
                text = self.put(item.read_back, record, todo.changes, records)
                break
            except Changed:
                text = KEEPS_CHANGING
        if text:
            self.settle_failed(item, text)
        else:
            self.settle(item, todo)

    def note(self, item: RepairItem, todo: Rewrite) -> None:
        """Write down what is about to be written: if the answer is lost, it is told from that."""
        RepairItem.objects.filter(pk=item.pk).update(text=todo.words()[:500])

    def put(self, row: ReadBack, read: Record, changes: Record, records: Records) -> str:
        """Update one record as it was read; why it was not, or nothing. Raises Changed."""
        return update(records.caller, self.deadline, row, read, changes) if changes else ""

    @transaction.atomic
    def settle(self, item: RepairItem, todo: Rewrite) -> None:
        """What was lost is there again, but for what is left, for which the lead stays marked.

        What was written is read back once more to prove that.
        """
        row, now, words = item.read_back, database_now(), todo.words()
        lost = row.losses.filter(restored_at=None)
        lost.exclude(field__in=todo.left).update(restored_at=now, was_restored=True)
        marks = Incomplete.objects.filter(lead=row.lead_id)
        if todo.left:
            marks.update(missing=", ".join(todo.left)[:200])
        else:
            marks.delete()
        if words or not todo.left:
            self._prove(row, todo, now)
        state = State.RESTORED if words else State.FAILED if todo.left else State.FILLED
        said = ". ".join(filter(None, [words, todo.failed])) or FILLED_MEANWHILE
        self._end(item, state, said, now)
        if words:
            left = f"; not restored: {', '.join(todo.left)}" if todo.left else ""
            self._tell(row, words + left)

    @transaction.atomic
    def settle_failed(self, item: RepairItem, text: str) -> None:
        """The record stays as it is, and the lead marked."""
        self._end(item, State.FAILED, text, database_now())

    def settle_refused(self, module: str, text: str) -> None:
        """Zoho lets nobody read or write these: none is tried again before a person asks."""
        items = self.waiting().filter(read_back__module=module)
        items.update(state=State.FAILED, text=text, ended_at=database_now())

    def settle_missing(self, items: list[RepairItem], records: Records) -> None:
        """Zoho does not show these: nothing is written. Raises CallFailed."""
        try:
            converted = records.converted(items)
            others = [one for one in items if one.read_back.record_id not in converted]
            deleted = records.deleted(others)
        except CallFailed as failure:
            if rests.is_passing(failure.outcome):
                raise
            for one in items:
                self.settle_failed(one, failure.outcome.text)
            return
        for one in items:
            if one.read_back.record_id in converted | deleted:
                self.settle_gone(one, one.read_back.record_id in converted)
            else:
                self.settle_failed(one, NOT_SHOWN)

    @transaction.atomic
    def settle_gone(self, item: RepairItem, converted: bool) -> None:
        """Least of all is a new record made."""
        row, now = item.read_back, database_now()
        state, row_state = MISSING[converted]
        Incomplete.objects.filter(lead=row.lead_id).delete()
        Loss.objects.filter(read_back=row, restored_at=None).delete()
        ReadBack.objects.filter(pk=row.pk).update(state=row_state, sent=None, read_at=now)
        self._end(item, state, "", now)

    def _prove(self, row: ReadBack, todo: Rewrite, now: datetime) -> None:
        """Have the record read back again, with what it should hold by now."""
        ReadBack.objects.filter(pk=row.pk).update(
            state=ReadBack.State.DUE,
            why=ReadBack.Why.REPAIR,
            sent=todo.expected,
            created_at=now,
            due_at=now + READ_AFTER,
        )

    def _end(self, item: RepairItem, state: str, text: str, now: datetime) -> None:
        RepairItem.objects.filter(pk=item.pk).update(state=state, text=text[:500], ended_at=now)

    def _tell(self, row: ReadBack, words: str) -> None:
        LeadEvent.objects.create(
            lead_id=row.lead_id,
            kind=LeadEvent.Kind.REPAIRED,
            user_id=self.repair.created_by_id,
            note=words[:500],
        )


def run_repairs(connection: Connection, deadline: Deadline) -> None:
    """A turn at each repair of the destination that is not over."""
    for repair in open_repairs(connection):
        if deadline.allows(CALL_SECONDS):
            RepairRun(connection, repair, deadline).run()
