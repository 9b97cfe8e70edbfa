"""What a person decides about leads. Every decision is a conditional update that is attributed.

Two people who decide at once: the first one wins, the second one is told that nothing changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone

from leads.clock import database_now
from leads.counters.deltas import Tally
from leads.data import columns
from leads.decisions.undo import Before, before_deciding
from leads.delivery.wakeup import wake_after_commit
from leads.intake.receive import held_entry, hold
from leads.intake.rules import judge_all
from leads.models import ApiLog, Lead, LeadEvent, Preferences, Revision
from leads.models.lead import NORMAL_BATCH
from leads.reasons import Reason
from leads.store.rows import insert_for_each, insert_rows

Person = User | AnonymousUser
Kind = LeadEvent.Kind
MENDABLE = (Lead.Status.FAILED, Lead.Status.QUEUED)
LIFTS_QUARANTINE = (Kind.RELEASED, Kind.CORRECTED)
"""What a person does only who has read the lead."""
AT_ONCE = timedelta()
NOTE_LENGTH = 500
NONE: Mapping[int, Before] = {}


def is_quarantined(lead: Lead) -> bool:
    """Whether the lead is held because it looks like spam."""
    return lead.status == Lead.Status.FAILED and lead.reason == Reason.QUARANTINED


def held_for() -> timedelta:
    """How long a lead that one person sends again waits, so that it can be taken back."""
    return timedelta(seconds=settings.RETRY_HOLD)


def retry(
    leads: QuerySet[Lead],
    user: Person,
    band: int = Lead.Band.NORMAL,
    hold_for: timedelta = AT_ONCE,
) -> int:
    """Send failed leads again and waiting ones now; how many are on their way.

    The rules run again: a lead that one of them still holds stays failed, with a new attempt.
    Leads that are being sent or settled otherwise are left alone.
    """
    return _send_again(leads, user, Kind.RETRIED, band, hold_for)


def send_anyway(leads: QuerySet[Lead], user: Person, hold_for: timedelta = AT_ONCE) -> int:
    """Retry past the duplicate rule, and past that rule only."""
    return _send_again(leads, user, Kind.SENT_ANYWAY, Lead.Band.NORMAL, hold_for)


def release(leads: QuerySet[Lead], user: Person, hold_for: timedelta = AT_ONCE) -> int:
    """Send leads that look like spam and are none; the other rules judge them as always."""
    held = leads.filter(status=Lead.Status.FAILED, reason=Reason.QUARANTINED)
    return _send_again(held, user, Kind.RELEASED, Lead.Band.NORMAL, hold_for)


def update_existing(leads: QuerySet[Lead], user: Person, hold_for: timedelta = AT_ONCE) -> int:
    """Write failed leads over the records in their way; how many are on their way.

    Only those that name such a record. The record keeps its own reference.
    """
    named = leads.filter(status=Lead.Status.FAILED).exclude(in_the_way="")
    return _send_again(named, user, Kind.UPDATED, Lead.Band.NORMAL, hold_for)


@transaction.atomic
def correct(
    lead_id: int, data: dict[str, Any], user: Person, hold_for: timedelta = AT_ONCE
) -> Lead | None:
    """Store a revision of the lead's data and send that; None when it is being sent or settled.

    What arrived stays as it is, in `Lead.data`. Taking it back keeps the revision.
    """
    lead = locked(Lead.objects.filter(pk=lead_id), MENDABLE).first()
    if lead is None:
        return None
    lead.revision += 1
    Revision.objects.create(lead=lead, number=lead.revision, data=data, created_by_id=user.pk)
    for name, value in columns(data).items():
        setattr(lead, name, value)
    lead.save(update_fields=["revision", "name", "email", "phone"])
    requeue([lead], user.pk, Kind.CORRECTED, Lead.Band.NORMAL, hold_for=hold_for)
    return lead


def enter(leads: QuerySet[Lead], user: Person, zoho_id: str = "") -> int:
    """Mark leads as entered into Zoho by hand; how many were still open to that."""
    return _settle(leads, user, Lead.Status.ENTERED, Kind.ENTERED, zoho_id=zoho_id)


def discard(leads: QuerySet[Lead], user: Person, note: str) -> int:
    """Give leads up, with the reason why; how many were still open to that."""
    return _settle(leads, user, Lead.Status.DISCARDED, Kind.DISCARDED, note=note)


def note(lead_id: int, user: Person, text: str) -> None:
    """Keep what a person has to say of a lead, in whatever state it is."""
    LeadEvent.objects.create(
        lead_id=lead_id, kind=Kind.NOTED, user_id=user.pk, note=text[:NOTE_LENGTH]
    )


def locked(leads: QuerySet[Lead], states: Iterable[str]) -> QuerySet[Lead]:
    """The rows among these that are in one of the states, held until the transaction ends.

    Locked by rising id, so that two people with crossed lists never wait for each other.
    """
    return (
        Lead.objects.filter(pk__in=leads.order_by().values("pk"), status__in=states)
        # Not joined: leads of one site share one Site instead of each making its own.
        .prefetch_related("site")
        .defer("body")
        .order_by("pk")
        .select_for_update()
    )


@transaction.atomic
def _send_again(
    leads: QuerySet[Lead], user: Person, kind: str, band: int, hold_for: timedelta
) -> int:
    rows = list(locked(leads, MENDABLE))
    # What is queued and due, or will be after its hold, is on its way: somebody was faster.
    soon = database_now() + held_for()
    waiting = [lead for lead in rows if lead.due_at is None or lead.due_at > soon]
    return requeue(waiting, user.pk, kind, band, hold_for=hold_for)


def requeue(
    leads: list[Lead],
    user_id: int | None,
    kind: str,
    band: int,
    hold_for: timedelta = AT_ONCE,
) -> int:
    """Judge locked leads again and queue those that no rule holds; how many these are.

    In a few statements, however many leads they are; for thousands see `bulk_queue`.
    """
    now, tally, global_rule = database_now(), Tally(), Preferences.load().refuse_duplicate_emails
    # Who retries a whole page does not mean the spam on it: that is let go one by one.
    leads = [lead for lead in leads if kind in LIFTS_QUARANTINE or not is_quarantined(lead)]
    before = [columns_of(lead) for lead in leads]
    snapshots = [before_deciding(lead) for lead in leads]
    befores: dict[int, Before] = {}
    due_at = now + hold_for
    for lead in leads:
        lead.skip_duplicate_rule |= kind in (Kind.SENT_ANYWAY, Kind.UPDATED)
        lead.update_existing = _updates(lead, kind)
        lead.bulk_id = None
    prefetch_related_objects([lead for lead in leads if lead.revision], "revisions")
    verdicts = judge_all(leads, lambda lead: lead.site.rule_in_force(global_rule))
    entries = []
    for lead, was, snapshot, held in zip(leads, before, snapshots, verdicts, strict=True):
        if held:
            hold(lead, held, now)
            entries.append(held_entry(lead, now))
        else:
            _queue(lead, now, due_at, band)
            befores[lead.pk] = Before(snapshot, due_at)
        tally.lead_moves(lead, was["status"], was["reason"])
    for entry in ApiLog.objects.bulk_create(entries):
        tally.attempt(entry, entry.lead.is_test)
    _write(leads, before)
    attribute([lead.pk for lead in leads], user_id, kind, befores=befores)
    tally.write()
    for destination_id in {lead.destination_id for lead in leads}:
        wake_after_commit(destination_id, hold_for)
    return len(leads) - len(entries)


CHANGED = (
    *("status", "band", "due_at", "queued_at", "failed_at", "settled_at", "bulk_id"),
    *("reason", "reason_field", "reason_text", "attempts", "deaths", "batch_limit"),
    *("maybe_landed", "landed_revision", "skip_duplicate_rule", "update_existing"),
)
"""What sending again may change of a lead."""


def columns_of(lead: Lead) -> dict[str, Any]:
    """The values that sending again may change."""
    return {name: getattr(lead, name) for name in CHANGED}


def _write(leads: list[Lead], before: list[dict[str, Any]]) -> None:
    """One UPDATE for all leads that change alike; most do."""
    groups: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for lead, was in zip(leads, before, strict=True):
        changes = tuple((k, v) for k, v in columns_of(lead).items() if v != was[k])
        groups[changes].append(lead.pk)
    for changes, pks in groups.items():
        if changes:
            Lead.objects.filter(pk__in=pks).update(**dict(changes))


def _updates(lead: Lead, kind: str) -> bool:
    """Whether the lead goes over the record in its way: chosen, and not taken back by a retry."""
    kept = lead.status == Lead.Status.QUEUED or kind == Kind.CORRECTED
    return kind == Kind.UPDATED or (lead.update_existing and kept)


def _queue(lead: Lead, now: datetime, due_at: datetime, band: int) -> None:
    if lead.status == Lead.Status.FAILED:
        lead.queued_at = now
        lead.attempts = lead.deaths = 0
        lead.batch_limit = NORMAL_BATCH
        if lead.reason == Reason.OUTCOME_UNKNOWN:
            # Who retries such a lead has looked in Zoho and says that it is not there.
            lead.maybe_landed, lead.landed_revision = False, None
    lead.status, lead.band, lead.due_at = Lead.Status.QUEUED, band, due_at
    lead.settled_at = lead.failed_at = None


@transaction.atomic
def _settle(
    leads: QuerySet[Lead],
    user: Person,
    status: str,
    kind: str,
    note: str = "",
    **values: str,
) -> int:
    now, tally = database_now(), Tally()
    rows = list(locked(leads, MENDABLE))
    befores = {lead.pk: Before(before_deciding(lead), now) for lead in rows}
    for lead in rows:
        before = (lead.status, lead.reason)
        lead.status, lead.settled_at = status, now
        lead.due_at = lead.queued_at = None
        tally.lead_moves(lead, *before)
    Lead.objects.filter(pk__in=[lead.pk for lead in rows]).update(
        status=status, settled_at=now, due_at=None, queued_at=None, **values
    )
    attribute([lead.pk for lead in rows], user.pk, kind, note, befores)
    tally.write()
    return len(rows)


def attribute(
    pks: Sequence[int],
    user_id: int | None,
    kind: str,
    note: str = "",
    befores: Mapping[int, Before] = NONE,
) -> None:
    """Write on each lead who did what; `befores` is what can be taken back."""
    said = {"kind": kind, "user": user_id, "note": note[:NOTE_LENGTH], "created_at": timezone.now()}
    lasting = [pk for pk in pks if pk not in befores]
    insert_for_each(LeadEvent, "lead", lasting, said)
    rows = [
        (pk, *said.values(), befores[pk].columns, befores[pk].stamp) for pk in pks if pk in befores
    ]
    insert_rows(LeadEvent, ("lead", *said, "before", "stamp"), rows)
