"""Settling by hand: a lead was typed into Zoho by a person, or is given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet

from leads.apply import Before, By, Move, apply
from leads.clock import database_now
from leads.decisions.by_link import link_of
from leads.models import Lead, LeadEvent
from leads.models.transitions import Change, discarded, entered, remembered

Person = User | AnonymousUser
Kind = LeadEvent.Kind


@transaction.atomic
def enter(leads: QuerySet[Lead], user: Person, zoho_id: str = "") -> int:
    """Mark leads as entered into Zoho by hand; how many were still open to that."""
    now = database_now()
    return _settle(leads, now, entered(now, zoho_id), By(Kind.ENTERED, user.pk, link=link_of(user)))


@transaction.atomic
def discard(leads: QuerySet[Lead], user: Person, note: str) -> int:
    """Give leads up, with the reason why; how many were still open to that."""
    now = database_now()
    return _settle(leads, now, discarded(now), By(Kind.DISCARDED, user.pk, note, link_of(user)))


def _settle(leads: QuerySet[Lead], now: datetime, change: Change, by: By) -> int:
    rows = list(Lead.objects.lock_mendable(leads))
    befores = {lead.pk: Before(remembered(lead), now) for lead in rows}
    apply([Move(lead, change) for lead in rows], replace(by, befores=befores))
    return len(rows)
