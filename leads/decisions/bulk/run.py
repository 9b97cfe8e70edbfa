"""Bulk retries: planned by a person, carried out by a worker, chunk by chunk.

Each chunk is one transaction that holds the bulk retry's own row, moves its cursor and counts
what it did. So a task may come twice, late or not at all, and a killed one is taken up again
where its last chunk ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import override

from leads.apply import NARROW, By, Move, apply
from leads.clock import Deadline, database_now
from leads.criteria import NotUnderstood
from leads.decisions.bulk.fill import CHUNK as FILL_CHUNK
from leads.decisions.bulk.fill import Fill, fill_in
from leads.decisions.bulk.queue import queue
from leads.delivery.wakeup import call_after_commit
from leads.models import BulkRetry, Lead, LeadEvent
from leads.models.queries.keyset import Keyset
from leads.models.transitions import returned
from leads.reasons import Reason
from leads.selection import LeadFilter
from leads.store import database

State = BulkRetry.State
CHUNK = 2_000
"""Leads of one transaction. The rule against duplicates locks the address of each meanwhile, and
PostgreSQL has room for 6,400 locks of everybody together."""
OLDEST_FIRST = Keyset(["failed_at", "pk"])
UNTOUCHED_FOR = timedelta(seconds=15)
"""After which a bulk retry that has work left is taken for dropped, and its task woken again."""
TASK = "leads.tasks.bulk_retry"


def matching(wanted: LeadFilter, now: datetime) -> QuerySet[Lead]:
    """The failed leads that a bulk retry of what is wanted would send."""
    return wanted.rows(Lead.objects.all(), now).filter(to_send(now, BulkRetry.objects.active()))


def to_send(moment: datetime, others: QuerySet[BulkRetry]) -> Q:
    """Leads that had failed by then and belong to none of these bulk retries.

    What fails later is news, and a person's to decide; what one bulk retry has in hand, another
    never sends a second time. What is in quarantine, a person must have read.
    """
    taken = list(others.values_list("pk", flat=True))
    free = Q(bulk=None) | ~Q(bulk__in=taken) if taken else Q()
    failed = Q(status=Lead.Status.FAILED, failed_at__lte=moment)
    return failed & ~Q(reason=Reason.QUARANTINED) & free


def start(wanted: LeadFilter, user: Any, fill: Fill | None = None) -> tuple[BulkRetry, bool]:
    """Begin to retry what is wanted; the bulk retry, and whether it is a new one.

    With a fill each lead gets it on the way; one that has nothing to fill in is passed over.
    Pressed twice, or by two people: both get the one that runs. Raises NotUnderstood.
    """
    if wanted.refused:
        raise NotUnderstood(wanted.refused)
    filled: dict[str, Any] = {"fill": fill.key} if fill else {}
    # Who sees fewer sites does not join what another began for all, nor the other way round.
    limit = {} if wanted.sites is None else {"sites": sorted(wanted.sites)}
    now, key = database_now(), BulkRetry.key_of(wanted.query() | filled | limit)
    running = BulkRetry.objects.active().filter(filter_key=key)
    if known := running.first():
        return known, False
    try:
        with transaction.atomic():
            bulk = BulkRetry.objects.create(
                filter=wanted.fixed(now).to_json(),
                filter_key=key,
                words=_words(wanted, fill),
                fill=fill.to_json() if fill else None,
                created_by_id=user.pk,
                created_at=now,
                touched_at=now,
                total=matching(wanted, now).count(),
            )
            if wanted.reach:
                bulk.sites.add(*wanted.reach)
            call_after_commit(TASK, bulk.pk)
    except IntegrityError:
        return running.get(), False
    return bulk, True


def _words(wanted: LeadFilter, fill: Fill | None) -> str:
    """What it was started for; of a fill the field, never the value."""
    with override("en"):  # it is stored
        return f"{wanted.words()}{f' · {fill.field} filled in' if fill else ''}"[:500]


def stop(bulk_id: int, user: Any, deadline: Deadline) -> bool:
    """Stop it: nothing more is queued, and what waits unsent goes back to the table.

    False when it was over. Takes back as much as the deadline allows; a worker does the rest.
    """
    stopped = BulkRetry.objects.stop(bulk_id, user.pk, database_now())
    run(bulk_id, deadline)
    return stopped


def run(bulk_id: int, deadline: Deadline) -> None:
    """Do what is left to do for a bulk retry, until nothing is or the time is up."""
    for step in (queue_chunk, return_chunk):
        while deadline.allows(1) and step(bulk_id):
            pass
    if not deadline.allows(1):
        call_after_commit(TASK, bulk_id)


@transaction.atomic
def queue_chunk(bulk_id: int) -> bool:
    """Judge and queue the next leads; whether there may be more."""
    bulk = _held(bulk_id, BulkRetry.ACTIVE)
    if bulk is None or bulk.walked_at is not None:
        return False
    wanted = bulk.wanted
    if wanted.refused:
        give_up(bulk, wanted.refused)
        return False
    # What a crash of the database takes is whole, leads and cursor: the walk goes on there again.
    # And nothing leaves on the strength of it: a claim does wait, for all that was before it.
    database.let_the_disk_follow()
    due = to_send(bulk.created_at, BulkRetry.objects.active().exclude(pk=bulk.pk))
    rows = wanted.rows(Lead.objects.filter(due), bulk.created_at).order_by("failed_at", "pk")
    rows = OLDEST_FIRST.beyond(rows, bulk.cursor)
    fill = Fill.from_json(bulk.fill)
    size = FILL_CHUNK if fill else CHUNK
    chunk = list(rows.values_list("pk", "failed_at", named=True)[:size])
    bulk.touched_at, bulk.state = database_now(), State.RUNNING
    if chunk:
        mine = Lead.objects.among([lead.pk for lead in chunk])
        # Asked again of the locked rows, by rising id as everybody locks them: another bulk retry
        # may have had them in hand until now.
        locked = mine.filter(due).order_by("pk").select_for_update()
        if fill:
            locked = locked.filter(pk__in=fill_in(locked, bulk, fill))
        queued, held = queue(locked, bulk)
        bulk.queued += queued
        bulk.held += held
        bulk.cursor = OLDEST_FIRST.cursor(chunk[-1])
    else:
        bulk.walked_at = bulk.touched_at
        bulk.skipped = max(0, bulk.total - bulk.queued - bulk.held)
        bulk.forget_fill()
    bulk.save()
    return bool(chunk)


def give_up(bulk: BulkRetry, why: str) -> None:
    """Stop it by itself, because what it asks for is not understood; its page says why."""
    kept = bulk.filter if isinstance(bulk.filter, dict) else {}
    bulk.filter = kept | LeadFilter(refused=why).to_json()
    bulk.forget_fill()
    bulk.save(update_fields=["filter", "fill"])
    BulkRetry.objects.stop(bulk.pk, None, database_now())


@transaction.atomic
def return_chunk(bulk_id: int) -> bool:
    """Of a stopped bulk retry: put leads that were queued and never sent back; whether more may be.

    They fail again with their old reason, at their old place in the table.
    """
    bulk = _held(bulk_id, [State.STOPPED])
    if bulk is None or bulk.walked_at is not None:
        return False
    rows = unsent(bulk).order_by("-due_at", "-pk")[:CHUNK]
    rows = rows.select_for_update(of=("self",), skip_locked=True)
    leads, change = list(rows.values_list(*NARROW, named=True)), returned()
    by = By(LeadEvent.Kind.UNDONE, bulk.stopped_by_id, f"Bulk retry {bulk.pk} stopped")
    apply([Move(lead, change) for lead in leads], by)
    bulk.returned += len(leads)
    bulk.touched_at = database_now()
    if not leads and not unsent(bulk).exists():
        bulk.walked_at = bulk.touched_at
        bulk.forget_fill()
    bulk.save()
    return bool(leads)


def unsent(bulk: BulkRetry) -> QuerySet[Lead]:
    """Leads that it queued and that no worker has claimed: any claim moves `due_at`."""
    return Lead.objects.filter(
        bulk=bulk, status=Lead.Status.QUEUED, band=Lead.Band.BULK, due_at=F("queued_at")
    )


def _held(bulk_id: int, states: Any) -> BulkRetry | None:
    """The row, ours until the transaction ends; None when it is in another state."""
    rows = BulkRetry.objects.filter(pk=bulk_id, state__in=states).select_related("created_by")
    return rows.select_for_update(of=("self",), no_key=True).first()


def go_on(now: datetime, **_signal: Any) -> None:
    """Wake for what was dropped, and close what has had its last answer."""
    dropped = BulkRetry.objects.unfinished().filter(touched_at__lt=now - UNTOUCHED_FOR)
    for pk in dropped.values_list("pk", flat=True):
        # The one that moves the row wakes; the others saw the same row and let it be.
        if dropped.filter(pk=pk).update(touched_at=now):
            call_after_commit(TASK, pk)
    for bulk in BulkRetry.objects.active().exclude(walked_at=None):
        if (ended_at := last_answer(bulk)) is not None:
            over = {"state": State.DONE, "ended_at": ended_at}
            BulkRetry.objects.active().filter(pk=bulk.pk).update(**over)


def last_answer(bulk: BulkRetry) -> datetime | None:
    """When the last of its leads had its result; None while any has none, or is to be queued.

    A sweep writes it down, up to a minute later: who looks is told at once.
    """
    mine = Lead.objects.filter(bulk=bulk).order_by()
    if bulk.walked_at is None or mine.filter(status__in=Lead.OPEN).exists():
        return None
    settled_at: datetime | None = mine.aggregate(at=Max("settled_at"))["at"]
    return max(settled_at or bulk.walked_at, bulk.walked_at)
