"""Storing the leads of many rows at once: judged, counted and queued in a few statements.

What `receive` does for one lead, for hundreds: the same rules, transitions and counters. What a
rule holds waits in the table and sends no mail: whoever imports sees it on the import's page.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from leads.apply import Move, tell
from leads.clock import database_now
from leads.counters.deltas import Tally
from leads.delivery.wakeup import wake_after_commit
from leads.intake.files.prepared import Prepared
from leads.intake.rules import Held, held_entry, judge_all
from leads.models import ApiLog, Lead, Preferences
from leads.models.lead_import import Outcome
from leads.models.log import Entry
from leads.models.transitions import become, failed, received
from leads.store import database
from leads.store.rows import insert_rows
from leads.store.statements import whole


class Result(NamedTuple):
    """What became of a row of a file."""

    line: int
    outcome: str
    lead: int | None = None
    reason: str = ""
    words: str = ""


def store(rows: Sequence[Prepared], site_id: int) -> list[Result]:
    """Store a lead of each row that is none yet; what became of each. Belongs into a transaction.

    Imports of a site take turns, so that a row is found that another import has just stored. An
    IntegrityError is left: somebody posted a row's key meanwhile, and all is to be done again.
    """
    database.lock_names([f"import:{site_id}"])
    known = already_here(rows, site_id)
    results, new = [], []
    for row in rows:
        if row.key in known:
            results.append(Result(row.line, Outcome.ALREADY_HERE, known[row.key]))
        else:
            known[row.key] = None  # another row of the same key repeats this one
            new.append(row)
    verdicts = _insert(new)
    for row, held in zip(new, verdicts, strict=True):
        known[row.key] = row.lead.pk
        results.append(_result(row, held))
    named = [one._replace(lead=one.lead or known[row.key]) for one, row in _paired(results, rows)]
    return sorted(named)


def already_here(rows: Sequence[Prepared], site_id: int) -> dict[str, int | None]:
    """The ids of the site's leads that are of these rows, by key."""
    keys = [row.key for row in rows]
    found = Lead.objects.filter(site=site_id, idempotency_key__in=keys)
    return {key or "": pk for key, pk in found.values_list("idempotency_key", "pk")}


def judged(rows: Sequence[Prepared]) -> list[Held | None]:
    """What the rules say of each, in the order of the file; the leads need ids of their own."""
    global_rule = Preferences.load().refuse_duplicate_emails
    leads = [row.lead for row in rows]
    return judge_all(leads, lambda lead: lead.site.rule_in_force(global_rule))


def _insert(rows: Sequence[Prepared]) -> list[Held | None]:
    if not rows:
        return []
    now, tally = database_now(), Tally()
    for row, pk in zip(rows, database.next_ids(Lead, len(rows)), strict=True):
        row.lead.pk, row.lead.received_at = pk, now
        become(row.lead, received(now))
    verdicts = judged(rows)
    moves = []
    for row, held in zip(rows, verdicts, strict=True):
        if held:
            change = failed(now, held.reason, held.field, held.text)
            become(row.lead, change)
            moves.append(Move(row.lead, change, held_entry(row.lead, held, now)))
        tally.lead_enters(row.lead)
    entries = [move.entry for move in moves if move.entry]
    names, values = _columns()
    insert_rows(Lead, names, (values(row.lead) for row in rows))
    insert_rows(ApiLog, Entry._fields, entries)
    tell(moves)
    for entry in entries:
        tally.attempt(entry, is_test=False)
    tally.write()
    if len(entries) < len(rows):
        wake_after_commit(rows[0].lead.destination_id)
    return verdicts


@cache
def _columns() -> tuple[list[str], Any]:
    """All columns of a lead with its id, and what reads them."""
    fields = whole(Lead)
    return ["id", *(f.name for f in fields)], attrgetter("id", *(f.attname for f in fields))


def _result(row: Prepared, held: Held | None) -> Result:
    if held is None:
        return Result(row.line, Outcome.QUEUED, row.lead.pk)
    return Result(row.line, Outcome.HELD, row.lead.pk, held.reason.value, held.text)


def _paired(results: list[Result], rows: Sequence[Prepared]) -> list[tuple[Result, Prepared]]:
    by_line = {row.line: row for row in rows}
    return [(one, by_line[one.line]) for one in results]
