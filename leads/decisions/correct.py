"""Correcting: a revision of a lead's data beside what arrived, and off it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from leads.data import columns, filled_in
from leads.decisions.retry import AT_ONCE, requeue
from leads.models import Lead, LeadEvent, Revision
from leads.models.transitions import become
from leads.search.fill import index_again


@transaction.atomic
def correct(
    lead_id: int,
    data: dict[str, Any],
    user: User | AnonymousUser,
    hold_for: timedelta = AT_ONCE,
    seen: int | None = None,
) -> Lead | None:
    """Store a revision of the lead's data and send that; None when it is being sent or settled.

    What arrived stays as it is, in `Lead.data`. Taking it back keeps the revision. `seen` is the
    revision that the person has corrected: None too where somebody else was faster.
    """
    lead = Lead.objects.lock_mendable(Lead.objects.filter(pk=lead_id)).first()
    if lead is None or seen not in (None, lead.revision):
        return None
    revise(lead, data, user.pk)
    requeue([lead], user.pk, LeadEvent.Kind.CORRECTED, Lead.Band.NORMAL, hold_for)
    return lead


@transaction.atomic
def keep(lead_id: int, data: dict[str, Any], user: User | AnonymousUser) -> bool:
    """Store a revision of a lead that a person settles otherwise; whether it was still open."""
    lead = Lead.objects.lock_mendable(Lead.objects.filter(pk=lead_id)).first()
    if lead is not None:
        revise(lead, data, user.pk)
    return lead is not None


def revise(lead: Lead, data: dict[str, Any], user_id: int | None) -> None:
    """Write one more revision of a locked lead; its columns and search tokens follow."""
    number, filled = lead.revision + 1, filled_in(data) or None
    Revision.objects.create(
        lead=lead, number=number, data=dict(data), filled=filled, created_by_id=user_id
    )
    become(lead, {"revision": number, **columns(data)})
    lead.save(update_fields=["revision", "name", "email", "phone"])
    index_again([lead.pk])
