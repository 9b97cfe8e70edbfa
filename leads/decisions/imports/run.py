"""Carrying out an import, chunk by chunk: first tried where a person asks for that, then stored.

Each chunk is one transaction that holds the import's own row, moves its cursor, and writes down
what became of each row. So a task may come twice, late or not at all, and a killed one is taken up
again where its last chunk ended; a row that is stored is known by its key all the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from leads.clock import Deadline, database_now
from leads.decisions.imports.corrections import correct_rows
from leads.decisions.imports.trial import Seen, try_rows
from leads.delivery.wakeup import call_after_commit
from leads.intake.files.prepared import Layout, Prepared, kept_rows
from leads.intake.files.rows import Row
from leads.intake.files.store import Result, store
from leads.models import ImportChunk, LeadImport
from leads.models.lead_import import Outcome
from leads.store import database
from leads.via import acting_via

State = LeadImport.State
UNTOUCHED_FOR = timedelta(seconds=15)
"""After which an import that has work left is taken for dropped, and its task woken again."""
TASK = "leads.tasks.import_leads"
TRIES = 3
"""Of a chunk of which a row's key was posted by somebody else meanwhile."""


def begin_trial(pk: int) -> bool:
    """Have a worker try the whole file; False where it has begun already, or corrects leads."""
    made = LeadImport.objects.filter(pk=pk, kind=LeadImport.Kind.LEADS)
    if not made.exists():
        return False
    return _begin(pk, (State.PLANNED,), state=State.TRYING, tried=0, trial=None)


def start(pk: int) -> bool:
    """Begin, or go on after a stop; False where it runs or is over."""
    now = database_now()
    first = LeadImport.objects.filter(pk=pk, started_at=None)
    with transaction.atomic():
        first.update(started_at=now)
        return _begin(pk, LeadImport.STARTABLE, state=State.RUNNING, ended_at=None, stopped_by=None)


def _begin(pk: int, come_from: tuple[str, ...], **columns: Any) -> bool:
    with transaction.atomic():
        begins = LeadImport.objects.move(pk, come_from, touched_at=database_now(), **columns)
        if begins:
            call_after_commit(TASK, pk)
        return begins


def stop(pk: int, user: Any) -> bool:
    """Stop before the next chunk, or end a dry run; False where nothing runs.

    What is stored stays and is delivered: a lead is no less one for having come in a file.
    """
    now = database_now()
    ended = {"state": State.STOPPED, "ended_at": now, "stopped_by": getattr(user, "pk", None)}
    return LeadImport.objects.move(pk, (State.RUNNING,), **ended) or LeadImport.objects.move(
        pk, (State.TRYING,), state=State.PLANNED
    )


def run(pk: int, deadline: Deadline) -> None:
    """Do what is left to do for an import, until nothing is or the time is up."""
    for step in (partial(try_chunk, seen=Seen()), import_chunk):
        while deadline.allows(1) and step(pk):
            pass
    if not deadline.allows(1):
        call_after_commit(TASK, pk)


def try_chunk(pk: int, seen: Seen) -> bool:
    """Try the next chunk; whether there may be more."""
    made, chunk = _next(pk, State.TRYING)
    if made is None:
        return False
    if chunk is None:
        LeadImport.objects.move(pk, (State.TRYING,), state=State.PLANNED)
        return False
    return try_rows(made, chunk, seen)


def import_chunk(pk: int) -> bool:
    """Store, or correct, the rows of the next chunk; whether there may be more."""
    for left in reversed(range(TRIES)):
        made, chunk = _next(pk, State.RUNNING)
        if made is None:
            return False
        act = _ready(made, chunk)
        try:
            return _carry_out(made, chunk, act)
        except IntegrityError:
            if not left:
                raise
    return False


def _next(pk: int, state: str) -> tuple[LeadImport | None, ImportChunk | None]:
    """The import, where it stands in this state, and its next chunk; seen without a lock."""
    rows = LeadImport.objects.filter(pk=pk, state=state).select_related(
        "site__destination", "created_by"
    )
    made = rows.first()
    if made is None:
        return None, None
    number = made.tried if state == State.TRYING else made.cursor
    return made, made.chunks.filter(number=number).first()


def _ready(made: LeadImport, chunk: ImportChunk | None) -> Callable[[], list[Result]]:
    """What is done to a chunk once the rows are held; worked out before, while nobody waits."""
    rows = kept_rows(chunk.rows) if chunk else []
    there = [Row(line, data) for line, data in rows if data is not None]
    gone = [Result(line, Outcome.ERASED) for line, data in rows if data is None]
    if made.kind == LeadImport.Kind.CORRECTIONS:
        return lambda: sorted([*correct_rows(made, there), *gone])
    layout = Layout.of(made)
    prepared: list[Prepared] = [layout.prepared(row) for row in there]
    return lambda: sorted([*store(prepared, layout.site.pk), *gone])


def _carry_out(
    seen: LeadImport, chunk: ImportChunk | None, act: Callable[[], list[Result]]
) -> bool:
    """One chunk in one transaction; whether there may be more."""
    with transaction.atomic(), acting_via(seen.via):
        held = LeadImport.objects.filter(pk=seen.pk, state=State.RUNNING, cursor=seen.cursor)
        made = held.select_for_update(no_key=True).first()
        if made is None:
            return True  # somebody was faster: the next look says what is left
        now = database_now()
        if chunk is None:
            made.state, made.ended_at = State.DONE, now
            made.save(update_fields=["state", "ended_at"])
            return False
        same = ImportChunk.objects.filter(pk=chunk.pk, rows=chunk.rows).select_for_update()
        if not same.exists():
            return True  # a person of the chunk was erased meanwhile
        # What a crash of the database takes is whole: leads, results and cursor.
        database.let_the_disk_follow()
        results = act()
        _write_down(made, chunk, results, now)
    return True


def _write_down(
    made: LeadImport, chunk: ImportChunk, results: Sequence[Result], now: datetime
) -> None:
    kept = json.dumps(results, ensure_ascii=False)
    ImportChunk.objects.filter(pk=chunk.pk).update(results=kept, seen="")
    made.add(
        Counter(str(one.outcome) for one in results),
        Counter(one.reason for one in results if one.outcome == Outcome.HELD),
    )
    made.cursor, made.touched_at = made.cursor + 1, now
    made.save(update_fields=["counts", "reasons", "cursor", "touched_at"])


def go_on(now: datetime, **_signal: Any) -> None:
    """Wake for what was dropped. Listens to each sweep."""
    dropped = LeadImport.objects.active().filter(touched_at__lt=now - UNTOUCHED_FOR)
    for pk in dropped.values_list("pk", flat=True):
        # The one that moves the row wakes; the others saw the same row and let it be.
        if dropped.filter(pk=pk).update(touched_at=now):
            call_after_commit(TASK, pk)
