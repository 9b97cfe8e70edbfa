"""A repeat that is none: a post that was counted on a lead is made a lead of its own."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import F

from leads.clock import database_now
from leads.data import columns
from leads.decisions.note import add_note
from leads.delivery.wakeup import wake_after_commit
from leads.intake.receive import store_held, store_queued
from leads.intake.rules import Held, judge
from leads.models import Lead
from leads.models.transitions import become, received
from leads.reasons import Reason

COPIED = (
    *("site", "body", "content_type", "data", "source", "page", "flags", "webhook_source"),
    *("reading", "is_test", "fingerprint"),
)
"""What the repeat has in common with the first one: all that arrived."""
OF_THE_POST = (Reason.NOT_READ, Reason.QUARANTINED, Reason.TOO_MANY_FIELDS)
"""Why both are held, as it lies in what arrived."""


@transaction.atomic
def as_new_enquiry(lead_id: int, repeats: int, user: User | AnonymousUser) -> Lead | None:
    """A lead of the last repeat; None where `repeats` is not how many there are any more.

    It came in now, with a reference of its own, and is past the duplicate rule: a person has said
    that it is no duplicate.
    """
    won = Lead.objects.filter(pk=lead_id, repeats=repeats, repeats__gt=0, erased_at=None)
    if not won.update(repeats=F("repeats") - 1):
        return None
    first = Lead.objects.select_related("site", "webhook_source").get(pk=lead_id)
    lead, now = _copied(first), database_now()
    become(lead, received(now))
    _store(lead, _held(first, lead), now)
    add_note(first.pk, user, f"Posted again: a new enquiry, lead {lead.pk}.")
    add_note(lead.pk, user, f"Lead {first.pk} was posted again, and this is a new enquiry.")
    return lead


def _copied(first: Lead) -> Lead:
    values = {name: getattr(first, name) for name in COPIED}
    lead = Lead(destination_id=first.site.destination_id, skip_duplicate_rule=True, **values)
    become(lead, columns(lead.current_data()))
    return lead


def _held(first: Lead, lead: Lead) -> Held | None:
    if first.status == Lead.Status.FAILED and first.reason in OF_THE_POST:
        return Held(Reason(first.reason), first.reason_field, first.reason_text)
    return judge(lead, refuses_duplicates=False)


def _store(lead: Lead, held: Held | None, now: datetime) -> None:
    lead.received_at = now
    if held:
        store_held(lead, held, now)
    else:
        store_queued(lead)
        wake_after_commit(lead.destination_id)
