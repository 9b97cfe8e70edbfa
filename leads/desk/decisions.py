"""What a person decides about leads. Every decision is a conditional update that is attributed.

Two people who decide at once: the first one wins, the second one is told that nothing changed.
"""

from __future__ import annotations

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
from leads.intake.receive import hold, log_held
from leads.intake.rules import judge
from leads.models import Lead, LeadEvent, Preferences, Revision
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
    lead = _locked(Lead.objects.filter(pk=lead_id), MENDABLE).first()
    if lead is None:
        return None
    lead.revision += 1
    Revision.objects.create(lead=lead, number=lead.revision, data=data, created_by_id=user.pk)
    for name, value in columns(data).items():
        setattr(lead, name, value)
    _requeue([lead], user, Kind.CORRECTED, Lead.Band.NORMAL)
    return lead


def enter(leads: QuerySet[Lead], user: Person, zoho_id: str = "") -> int:
    """Mark leads as entered into Zoho by hand; how many were still open to that."""
    return _settle(leads, user, Lead.Status.ENTERED, Kind.ENTERED, zoho_id=zoho_id)


def discard(leads: QuerySet[Lead], user: Person, note: str) -> int:
    """Give leads up, with the reason why; how many were still open to that."""
    return _settle(leads, user, Lead.Status.DISCARDED, Kind.DISCARDED, note=note)


def _locked(leads: QuerySet[Lead], states: Iterable[str]) -> QuerySet[Lead]:
    """The rows among these that are in one of the states, held until the transaction ends."""
    return (
        Lead.objects.filter(pk__in=leads.values("pk"), status__in=states)
        .select_related("site")
        .order_by("pk")
        .select_for_update(of=("self",))
    )


@transaction.atomic
def _send_again(leads: QuerySet[Lead], user: Person, kind: str, band: int) -> int:
    rows = list(_locked(leads, MENDABLE).prefetch_related("revisions"))
    now = database_now()
    # What is queued and due is on its way already: somebody else was faster.
    waiting = [lead for lead in rows if lead.due_at is None or lead.due_at > now]
    return _requeue(waiting, user, kind, band)


def _requeue(leads: list[Lead], user: Person, kind: str, band: int) -> int:
    now, tally, going = database_now(), Tally(), 0
    global_rule = Preferences.load().refuse_duplicate_emails
    for lead in leads:
        before = (lead.status, lead.reason)
        lead.skip_duplicate_rule |= kind in (Kind.SENT_ANYWAY, Kind.UPDATED)
        lead.update_existing = _updates(lead, kind)
        held = judge(lead, lead.site.rule_in_force(global_rule))
        if held:
            hold(lead, held, now)
            log_held(lead, now, tally, tell=False)
        else:
            _queue(lead, now, band)
            going += 1
        tally.lead_moves(lead, *before)
        lead.save()
    _attribute(leads, user, kind)
    tally.write()
    for destination_id in {lead.destination_id for lead in leads}:
        ring_after_commit(destination_id)
    return going


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
    rows = list(_locked(leads, MENDABLE))
    for lead in rows:
        before = (lead.status, lead.reason)
        lead.status, lead.settled_at = status, now
        lead.due_at = lead.queued_at = None
        tally.lead_moves(lead, *before)
    Lead.objects.filter(pk__in=[lead.pk for lead in rows]).update(
        status=status, settled_at=now, due_at=None, queued_at=None, **values
    )
    _attribute(rows, user, kind, note)
    tally.write()
    return len(rows)


def _attribute(leads: Iterable[Lead], user: Person, kind: str, note: str = "") -> None:
    LeadEvent.objects.bulk_create(
        LeadEvent(lead=lead, kind=kind, user_id=user.pk, note=note[:500]) for lead in leads
    )
