"""Sending again what failed or waits: every decision is a conditional update that is attributed.

Two people who decide at once: the first one wins, the second one is told that nothing changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import F, Q, QuerySet, prefetch_related_objects

from leads.apply import Before, By, Move, apply
from leads.clock import database_now
from leads.counters.deltas import Counted
from leads.decisions.by_link import link_of
from leads.decisions.reread import read_unclear
from leads.delivery.wakeup import wake_after_commit
from leads.intake.rules import Held, Logged, held_entry, judge_all
from leads.models import Lead, LeadEvent, Preferences
from leads.models.transitions import Change, Mendable, become, chosen, failed, queued, remembered
from leads.reasons import Reason

Person = User | AnonymousUser
Kind = LeadEvent.Kind
LIFTS_QUARANTINE = (Kind.RELEASED, Kind.CORRECTED)
"""What a person does only who has read the lead."""
AT_ONCE = timedelta()


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

    Only those that name such a record of their own module. The record keeps its own reference.
    """
    own = Q(in_the_way_module="") | Q(in_the_way_module=F("site__module"))
    named = leads.filter(own, status=Lead.Status.FAILED).exclude(in_the_way="")
    return _send_again(named, user, Kind.UPDATED, Lead.Band.NORMAL, hold_for)


@transaction.atomic
def _send_again(
    leads: QuerySet[Lead], user: Person, kind: str, band: int, hold_for: timedelta
) -> int:
    rows = list(Lead.objects.lock_mendable(leads))
    # What is queued and due, or will be after its hold, is on its way: somebody was faster.
    soon = database_now() + held_for()
    waiting = [lead for lead in rows if lead.due_at is None or lead.due_at > soon]
    return requeue(waiting, user.pk, kind, band, hold_for, link_of(user))


def requeue(
    leads: list[Lead],
    user_id: int | None,
    kind: str,
    band: int,
    hold_for: timedelta,
    link: str = "",
) -> int:
    """Judge locked leads again and queue those that no rule holds; how many these are.

    In a few statements, however many leads they are; for thousands see `bulk.queue`. `link` is
    whose link in a mail it was, where it was no user.
    """
    now, global_rule = database_now(), Preferences.load().refuse_duplicate_emails
    # Who retries a whole page does not mean the spam on it: that is let go one by one.
    leads = [lead for lead in leads if kind in LIFTS_QUARANTINE or not lead.is_quarantined]
    again = SendingAgain(kind, now, now + hold_for, band)
    befores = {lead.pk: Before(remembered(lead), again.due_at) for lead in leads}
    for lead in leads:
        become(lead, chosen(lead, kind))
    prefetch_related_objects([lead for lead in leads if lead.revision], "revisions")
    read_unclear(leads)
    verdicts = judge_all(leads, lambda lead: lead.site.rule_in_force(global_rule))
    moves = [again.move(lead, held) for lead, held in zip(leads, verdicts, strict=True)]
    going = {lead.pk for lead, _change, entry in moves if entry is None}
    apply(moves, By(kind, user_id, link=link, befores={pk: befores[pk] for pk in going}))
    for lead, change, _entry in moves:
        become(lead, change)
    for destination_id in {lead.destination_id for lead in leads}:
        wake_after_commit(destination_id, hold_for)
    return len(going)


class Resendable(Counted, Mendable, Logged, Protocol):
    """What must be known of a lead to send it again."""


AnyResendable = TypeVar("AnyResendable", bound=Resendable)


@dataclass(frozen=True)
class SendingAgain:
    """How leads are sent again: by which decision, when, and behind whom."""

    kind: str
    now: datetime
    due_at: datetime
    band: int
    bulk_id: int | None = None
    known: dict[tuple[str, str, bool], Change] = field(default_factory=dict)
    """What becomes of leads that stand alike: worked out once for thousands."""

    def move(self, lead: AnyResendable, held: Held | None) -> Move[AnyResendable]:
        """Queued; or failed again for what a rule says, with an attempt."""
        if held is None:
            return Move(lead, self._queued(lead))
        change = failed(self.now, held.reason, held.field, held.text) | self._chosen(lead)
        return Move(lead, change, held_entry(lead, held, self.now))

    def _queued(self, lead: Resendable) -> Change:
        standing = (lead.status, lead.reason, lead.update_existing)
        if standing not in self.known:
            change = queued(lead, self.now, self.due_at, self.band)
            self.known[standing] = change | self._chosen(lead)
        return self.known[standing]

    def _chosen(self, lead: Resendable) -> Change:
        return chosen(lead, self.kind, self.bulk_id)
