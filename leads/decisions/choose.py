"""Choosing where a source's posts hold a field: from then on, and for what is held already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q, QuerySet

from leads.clock import Deadline
from leads.data import KNOWN_FIELDS, as_text
from leads.decisions.reread import choices_of, reread
from leads.decisions.retry import AT_ONCE, retry
from leads.intake.recognise.reading import read_as
from leads.models import Lead, Source
from leads.reasons import Reason

Person = User | AnonymousUser
Picked = Mapping[str, str | None]
"""A path by our field: None for whatever is recognised, an empty one for no value of the post."""
LOOKED_AT = 200
"""Newest leads of a source that a preview reads again."""
EXAMPLES = 5
CHUNK = 50
"""Leads that one transaction reads anew."""


@transaction.atomic
def choose(source: Source, picked: Picked) -> bool:
    """Write choices beside those that hold already; whether that changed any."""
    held = Source.objects.select_for_update().get(pk=source.pk)
    chosen = merged(held.chosen, picked)
    source.chosen = chosen
    if chosen == held.chosen:
        return False
    held.chosen = chosen
    held.save(update_fields=["chosen"])
    return True


def merged(chosen: Mapping[str, str], picked: Picked) -> dict[str, str]:
    """The choices with these in their place."""
    both: dict[str, str | None] = {**chosen, **picked}
    return {name: path for name, path in both.items() if path is not None}


@transaction.atomic
def choose_for(
    lead: Lead, picked: Picked, user: Person, hold_for: timedelta = AT_ONCE, send: bool = True
) -> bool:
    """Read one lead by choices of its own beside its source's, and send it again where it failed.

    Whether anything came of it: none of a lead that is being sent or settled.
    """
    changed = reread(lead, merged(choices_of(lead), picked), user)
    if changed and send and lead.status == Lead.Status.FAILED:
        retry(Lead.objects.filter(pk=lead.pk), user, hold_for=hold_for)
    return changed


# --- What a choice would change -------------------------------------------------------------------


@dataclass
class Preview:
    """What choices would make of a source's newest leads."""

    looked_at: int = 0
    changed: int = 0
    examples: list[tuple[Lead, dict[str, tuple[str, str]]]] = field(default_factory=list)
    """Leads, and what each field of theirs was read as and would be."""


def preview(source: Source, chosen: Mapping[str, str]) -> Preview:
    """Which of the source's newest leads would have been read otherwise."""
    seen = Preview()
    for lead in newest_leads(source, LOOKED_AT).defer("body"):
        if not lead.data:
            continue
        seen.looked_at += 1
        if difference := _difference(lead, read_as(lead.data, chosen).fields):
            seen.changed += 1
            if len(seen.examples) < EXAMPLES:
                seen.examples.append((lead, difference))
    return seen


def _difference(lead: Lead, fields: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    now: Mapping[str, Any] = (lead.reading or {"fields": lead.data})["fields"]
    pairs = ((n, as_text(now.get(n)), as_text(fields.get(n))) for n in KNOWN_FIELDS)
    return {name: (before, after) for name, before, after in pairs if before != after}


def newest_leads(source: Source, most: int) -> QuerySet[Lead]:
    """The source's newest leads, by the index on them."""
    return Lead.objects.filter(webhook_source=source).order_by("-pk")[:most]


# --- What is held ---------------------------------------------------------------------------------


def held_leads(source: Source) -> QuerySet[Lead]:
    """The source's leads that wait because nobody knew where their name is."""
    nameless = Q(reason=Reason.UNCLEAR) | Q(
        reason=Reason.MISSING_FIELD, reason_field="contact_name"
    )
    # The site is said too: failed leads have an index by it.
    failed = Lead.objects.failed().filter(site=source.site_id, webhook_source=source, revision=0)
    return failed.filter(nameless).order_by("pk")


@dataclass
class Applied:
    """What became of held leads."""

    read: int = 0
    """Those that are read otherwise now."""
    going: int = 0
    """Those of them that are on their way."""
    over: bool = True
    """Whether all were looked at; else press again."""


def apply_to_held(source: Source, user: Person, deadline: Deadline) -> Applied:
    """Read the source's held leads by its choices and send those that changed, a chunk a time."""
    done, after = Applied(), 0
    while leads := list(held_leads(source).filter(pk__gt=after).defer("body")[:CHUNK]):
        if not deadline.left():
            done.over = False
            break
        with transaction.atomic():
            changed = [one.pk for one in leads if _reread(one, source, user)]
            done.going += retry(Lead.objects.filter(pk__in=changed), user) if changed else 0
        done.read += len(changed)
        after = leads[-1].pk
    return done


def _reread(lead: Lead, source: Source, user: Person) -> bool:
    """By the source's choices, which are newer than any of the lead's own."""
    return reread(lead, merged(choices_of(lead), source.chosen), user)
