"""What a person decides about leads. Every decision is a conditional update that is attributed.

Two people who decide at once: the first one wins, the second one is told that nothing changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet

from leads.clock import database_now
from leads.data import columns
from leads.delivery.bell import ring_after_commit
from leads.figures import Tally
from leads.intake.receive import held_entry, hold
from leads.intake.rules import judge_all
from leads.models import ApiLog, Lead, LeadEvent, Preferences, Revision
from leads.models.lead import NORMAL_BATCH
from leads.reasons import Reason

Person = User | AnonymousUser
Kind = LeadEvent.Kind
MENDABLE = (Lead.Status.FAILED, Lead.Status.QUEUED)


def retry(leads: QuerySet[Lead], user: Person, band: int = Lead.Band.NORMAL) -> int:
    """Send failed leads again and waiting ones now; how many are on their way.

    The rules run again: a lead that one of them still holds stays failed, with a new attempt.
    Leads that are being sent or settled otherwise are left alone.
    """
    return _send_again(leads, user, Kind.RETRIED, band)


def send_anyway(leads: QuerySet[Lead], user: Person) -> int:
    """Retry past the duplicate rule, and past that rule only."""
    return _send_again(leads, user, Kind.SENT_ANYWAY, Lead.Band.NORMAL)


def update_existing(leads: QuerySet[Lead], user: Person) -> int:
    """Write failed leads over the records in their way; how many are on their way.

    Only those that name such a record. The record keeps its own reference.
    """
    named = leads.filter(status=Lead.Status.FAILED).exclude(in_the_way="")
    return _send_again(named, user, Kind.UPDATED, Lead.Band.NORMAL)


@transaction.atomic
def correct(lead_id: int, data: dict[str, Any], user: Person) -> Lead | None:
    """Store a revision of the lead's data and send that; None when it is being sent or settled.

    What arrived stays as it is, in `Lead.data`.
    """
    lead = locked(Lead.objects.filter(pk=lead_id), MENDABLE).first()
    if lead is None:
        return None
    lead.revision += 1
    Revision.objects.create(lead=lead, number=lead.revision, data=data, created_by_id=user.pk)
    for name, value in columns(data).items():
        setattr(lead, name, value)
    lead.save(update_fields=["revision", "name", "email", "phone"])
    requeue([lead], user.pk, Kind.CORRECTED, Lead.Band.NORMAL)
    return lead


def enter(leads: QuerySet[Lead], user: Person, zoho_id: str = "") -> int:
    """Mark leads as entered into Zoho by hand; how many were still open to that."""
    return _settle(leads, user, Lead.Status.ENTERED, Kind.ENTERED, zoho_id=zoho_id)


def discard(leads: QuerySet[Lead], user: Person, note: str) -> int:
    """Give leads up, with the reason why; how many were still open to that."""
    return _settle(leads, user, Lead.Status.DISCARDED, Kind.DISCARDED, note=note)


def locked(leads: QuerySet[Lead], states: Iterable[str]) -> QuerySet[Lead]:
    """The rows among these that are in one of the states, held until the transaction ends.

    Locked by rising id, so that two people with crossed lists never wait for each other.
    """
    return (
        Lead.objects.filter(pk__in=leads.order_by().values("pk"), status__in=states)
        .select_related("site")
        .defer("body")
        .order_by("pk")
        .select_for_update(of=("self",))
    )


@transaction.atomic
def _send_again(leads: QuerySet[Lead], user: Person, kind: str, band: int) -> int:
    rows = list(locked(leads, MENDABLE).prefetch_related("revisions"))
    now = database_now()
    # What is queued and due is on its way already: somebody else was faster.
    waiting = [lead for lead in rows if lead.due_at is None or lead.due_at > now]
    return requeue(waiting, user.pk, kind, band)


def requeue(
    leads: list[Lead], user_id: int | None, kind: str, band: int, bulk: int | None = None
) -> int:
    """Judge locked leads again and queue those that no rule holds; how many these are.

    `bulk`: the bulk retry that does so. In a few statements, however many leads they are.
    """
    now, tally, global_rule = database_now(), Tally(), Preferences.load().refuse_duplicate_emails
    before = [columns_of(lead) for lead in leads]
    for lead in leads:
        lead.skip_duplicate_rule |= kind in (Kind.SENT_ANYWAY, Kind.UPDATED)
        lead.update_existing = _updates(lead, kind)
        lead.bulk_id = bulk
    verdicts = judge_all(leads, lambda lead: lead.site.rule_in_force(global_rule))
    entries = []
    for lead, was, held in zip(leads, before, verdicts, strict=True):
        if held:
            hold(lead, held, now)
            entries.append(held_entry(lead, now))
        else:
            _queue(lead, now, band)
        tally.lead_moves(lead, was["status"], was["reason"])
    for entry in ApiLog.objects.bulk_create(entries):
        tally.attempt(entry, entry.lead.is_test)
    _write(leads, before)
    _attribute(leads, user_id, kind)
    tally.write()
    for destination_id in {lead.destination_id for lead in leads}:
        ring_after_commit(destination_id)
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


def _queue(lead: Lead, now: datetime, band: int) -> None:
    if lead.status == Lead.Status.FAILED:
        lead.queued_at = now
        lead.attempts = lead.deaths = 0
        lead.batch_limit = NORMAL_BATCH
        if lead.reason == Reason.OUTCOME_UNKNOWN:
            # Who retries such a lead has looked in Zoho and says that it is not there.
            lead.maybe_landed, lead.landed_revision = False, None
    lead.status, lead.band, lead.due_at = Lead.Status.QUEUED, band, now
    lead.failed_at = lead.settled_at = None


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
    for lead in rows:
        before = (lead.status, lead.reason)
        lead.status, lead.settled_at = status, now
        lead.due_at = lead.queued_at = None
        tally.lead_moves(lead, *before)
    Lead.objects.filter(pk__in=[lead.pk for lead in rows]).update(
        status=status, settled_at=now, due_at=None, queued_at=None, **values
    )
    _attribute(rows, user.pk, kind, note)
    tally.write()
    return len(rows)


def _attribute(leads: Iterable[Lead], user_id: int | None, kind: str, note: str = "") -> None:
    LeadEvent.objects.bulk_create(
        LeadEvent(lead=lead, kind=kind, user_id=user_id, note=note[:500]) for lead in leads
    )
