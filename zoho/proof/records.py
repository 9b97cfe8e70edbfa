"""The records that a repair writes into, as they are at the moment, and what belongs there."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from leads.clock import Deadline, database_now
from zoho.api.caller import Caller
from zoho.fit import fields
from zoho.fit.metadata import Record
from zoho.models import Connection, RepairItem
from zoho.proof.read import MODIFIED, Reader
from zoho.proof.read_back import CALL_SECONDS, Judge, read_anew
from zoho.proof.rewrite import Rewrite, rewrite
from zoho.proof.update import SECOND_IS_OVER, is_fresh


class Records:
    """Those of one module, by the metadata of now."""

    def __init__(self, connection: Connection, module: str, deadline: Deadline) -> None:
        self.deadline = deadline
        self.caller = Caller(connection, deadline.within(CALL_SECONDS))
        self.reader = Reader(self.caller, module, over=True)
        row = fields.known(connection, module)
        self.row = read_anew(self.caller, row, over=True) if row is not None else None
        self.judge = Judge(self.row, ())

    def read(self, items: Sequence[RepairItem]) -> dict[str, Record]:
        """What there is now of what these leads lack, by record id. Raises CallFailed."""
        names = {name for one in items for name in one.read_back.sent or {}}
        for one in items:
            names |= {area.api_name for area in self.judge.areas(one.read_back.sent or {})}
        known = names & set(self.row.fields) if self.row is not None else names
        known |= {MODIFIED}
        self.caller.deadline = self.deadline.within(CALL_SECONDS)
        return self.reader.read([one.read_back.record_id for one in items], known).records

    def read_calm(self, item: RepairItem) -> dict[str, Record]:
        """One of them, once the second of its last change is over. Raises CallFailed."""
        found = self.read([item])
        if any(is_fresh(record, database_now()) for record in found.values()):
            time.sleep(SECOND_IS_OVER.total_seconds())
            found = self.read([item])
        return found

    def converted(self, items: Sequence[RepairItem]) -> set[str]:
        """The record ids of those that were converted. Raises CallFailed."""
        return self.reader.converted([one.read_back.record_id for one in items])

    def deleted(self, items: Sequence[RepairItem]) -> set[str]:
        """The record ids of those that were deleted, or merged. Raises CallFailed."""
        return self.reader.deleted([one.read_back.record_id for one in items])

    def lacks(self, item: RepairItem, record: Record) -> Rewrite:
        """What is still to be written into the record of this lead.

        The text of an item that waits has the names of the fields that a call wrote whose answer
        was lost.
        """
        losses = item.read_back.losses.filter(restored_at=None).order_by("field")
        tried = frozenset(re.findall(r"\w+", item.text))
        return rewrite(item.read_back, record, losses.select_related("cause"), self.judge, tried)
