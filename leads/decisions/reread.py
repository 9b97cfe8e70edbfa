"""Reading a lead anew: which of its values is the name, by what people chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import prefetch_related_objects

from leads.data import columns
from leads.flags import read_flags, write_flags
from leads.intake.body.oddities import JUDGED, oddities
from leads.intake.recognise.reading import ReadAs, read_as
from leads.models import Lead, LeadEvent
from leads.models.transitions import become
from leads.search.fill import index_again

CHOSEN = "chosen"
"""What a reading says of a value that a person chose."""
WRITTEN = ("reading", "flags", "name", "email", "phone")


def choices_of(lead: Lead) -> dict[str, str]:
    """The choices that hold for a lead, path by our field: its source's, and those of its own."""
    source: dict[str, str] = lead.webhook_source.chosen if lead.webhook_source else {}
    return source | own_choices(lead)


def own_choices(lead: Lead) -> dict[str, str]:
    """The choices by which a lead was read."""
    reading: dict[str, Any] = lead.reading or {}
    why: dict[str, str] = reading.get("why", {})
    paths: dict[str, str] = reading.get("paths", {})
    return {name: path for path, name in paths.items() if why.get(name) == CHOSEN}


@transaction.atomic
def reread(lead: Lead, chosen: Mapping[str, str], user: User | AnonymousUser) -> bool:
    """Read a waiting or failed lead by these choices, path by our field; whether that changed it.

    `chosen` is all that holds: `choices_of(lead) | {"first_name": "1.3"}` adds one. `body` and
    `data` stay, and so does where the lead stands: whoever wants it sent retries it. A lead that a
    person corrected goes by the correction, and one that is being sent is left alone.
    """
    locked = Lead.objects.lock_mendable(Lead.objects.filter(pk=lead.pk)).first()
    if locked is None or not read_anew(locked, chosen):
        return False
    for name in WRITTEN:
        setattr(lead, name, getattr(locked, name))
    LeadEvent.objects.create(
        lead=locked, kind=LeadEvent.Kind.NOTED, user_id=user.pk, note=words_for(chosen)
    )
    return True


def read_anew(lead: Lead, chosen: Mapping[str, str]) -> bool:
    """Write what a locked lead is read as by these choices; whether that is something else."""
    if lead.revision or not lead.data:
        return False
    read = read_as(lead.data, chosen)
    reading = read.as_json()
    if reading == lead.reading:
        return False
    become(lead, {"reading": reading, "flags": _flags(lead, read), **columns(read.fields)})
    lead.save(update_fields=WRITTEN)
    index_again([lead.pk])
    return True


def read_unclear(leads: Iterable[Lead]) -> None:
    """Read those of these locked leads anew of which nobody knew which value is the name.

    By what was chosen for their sources since; where nothing was, they stay as they are.
    """
    unclear = [lead for lead in leads if lead.unclear]
    prefetch_related_objects(unclear, "webhook_source")
    for lead in unclear:
        read_anew(lead, choices_of(lead))


def words_for(chosen: Mapping[str, str]) -> str:
    """What was chosen, in a line for the lead's history: names of fields, never a value."""
    pairs = (f"{path} is the {name.replace('_', ' ')}" for name, path in chosen.items() if path)
    return f"Read anew: {_joined(pairs)}."[:500]


def _joined(pairs: Iterable[str]) -> str:
    return ", ".join(pairs) or "as recognised"


def _flags(lead: Lead, read: ReadAs) -> str:
    """What is odd about the fields as they are now; what was odd about the post stays."""
    of_the_post = {flag for flag in read_flags(lead.flags) if flag not in JUDGED}
    return write_flags(of_the_post | read.flags | oddities(read.fields))
