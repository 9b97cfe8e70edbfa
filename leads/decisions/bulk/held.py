"""Those of a bulk retry's chunk that a rule holds: failed again, in a few statements for all.

What `decisions.requeue` does to them one by one. Their texts differ, each names the lead that is in
the way, so that a statement for all that change alike would be one for every lead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from leads.clock import database_now
from leads.counters.deltas import Counted, Tally
from leads.decisions.retry import attribute
from leads.delivery.finish import Entry
from leads.intake.rules import Held
from leads.models import ApiLog, BulkRetry, Lead, LeadEvent
from leads.reasons import ResponseCode
from leads.store.rows import insert_rows


class Kept(Counted, Protocol):
    """What must be known of a lead to fail it again."""

    pk: int
    revision: int


def keep(judged: Sequence[tuple[Kept, Held]], bulk: BulkRetry) -> None:
    """Fail these locked leads for what holds them now, with an attempt, an event and figures."""
    now, tally, entries = database_now(), Tally(), []
    texts: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for lead, held in judged:
        texts[held.reason, held.field][lead.pk] = held.text
        entry = entry_of(lead, held, now)
        tally.lead_will_move(lead, (lead.status, lead.reason), (lead.status, held.reason))
        tally.attempt(entry, lead.is_test)
        entries.append(entry)
    for (reason, field), said in texts.items():
        why = {"reason": reason, "reason_field": field}
        when = {"failed_at": now, "settled_at": now}
        changes = {**why, **when, "bulk": bulk.pk, "update_existing": False}
        Lead.objects.change_each("reason_text", said, changes)
    insert_rows(ApiLog, Entry._fields, entries)
    pks = [lead.pk for lead, _held in judged]
    attribute(pks, bulk.created_by_id, LeadEvent.Kind.RETRIED, f"Bulk retry {bulk.pk}")
    tally.write()


def entry_of(lead: Kept, held: Held, now: datetime) -> Entry:
    """The 13002 of an attempt that a rule stopped."""
    return Entry(
        lead_id=lead.pk,
        site_id=lead.site_id,
        call_id=None,
        response_code=ResponseCode.NOT_INSERTED,
        reason=held.reason,
        reason_field=held.field,
        reason_text=held.text,
        zoho_id="",
        status=None,
        answer="",
        record=None,
        repairs=[],
        revision=lead.revision,
        created_at=now,
    )
