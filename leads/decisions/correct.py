"""Correcting: a revision of a lead's data beside what arrived, and off it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from leads.data import columns
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
) -> Lead | None:
    """Store a revision of the lead's data and send that; None when it is being sent or settled.

    What arrived stays as it is, in `Lead.data`. Taking it back keeps the revision.
    """
    lead = Lead.objects.lock_mendable(Lead.objects.filter(pk=lead_id)).first()
    if lead is None:
        return None
    number = lead.revision + 1
    Revision.objects.create(lead=lead, number=number, data=data, created_by_id=user.pk)
    become(lead, {"revision": number, **columns(data)})
    lead.save(update_fields=["revision", "name", "email", "phone"])
    index_again([lead.pk])
    requeue([lead], user.pk, LeadEvent.Kind.CORRECTED, Lead.Band.NORMAL, hold_for)
    return lead
