"""Notes: what people have to say of a lead, which changes nothing of it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

from leads.apply import NOTE_LENGTH
from leads.models import LeadEvent


def add_note(lead_id: int, user: User | AnonymousUser, text: str) -> None:
    """Keep what a person has to say of a lead, in whatever state it is."""
    LeadEvent.objects.create(
        lead_id=lead_id, kind=LeadEvent.Kind.NOTED, user_id=user.pk, note=text[:NOTE_LENGTH]
    )
