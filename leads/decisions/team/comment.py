"""Comments: what a person has to say of a lead, and whom it is said to. Nobody edits one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from leads.apply import NOTE_LENGTH
from leads.clock import database_now
from leads.decisions.team.colleagues import colleagues
from leads.models import Lead, LeadEvent
from leads.signals import people_named

NAME = re.compile(r"(?<![\w.@+-])@(\w[\w.@+-]{0,149})")
"""A name as accounts have them after an @; ana@example.com names nobody."""
ENDS = ".@+-"
"""What may end a name and mostly ends a sentence."""
MOST = 20
"""People that one comment names; further names are text."""


@dataclass
class Named:
    """Whom a comment names: who is told by mail, who has no address, and names of nobody."""

    told: list[User] = field(default_factory=list)
    mute: list[User] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@transaction.atomic
def add_comment(lead: Lead, user: User | AnonymousUser, text: str) -> Named:
    """Keep a comment with the lead, in whatever state it is, and have those told whom it names.

    Only who may see the lead is told. Nobody is told of a comment of their own.
    """
    LeadEvent.objects.create(
        lead=lead, kind=LeadEvent.Kind.COMMENTED, user_id=user.pk, note=text[:NOTE_LENGTH]
    )
    named = whom(text, lead.site_id)
    named.told = [one for one in named.told if one.pk != user.pk]
    if named.told:
        people_named.send(Lead, lead=lead, people=named.told, by=user, now=database_now())
    return named


def whom(text: str, site_id: int | None = None) -> Named:
    """Whom a text names who may see a lead of the site, each once, in whatever case."""
    named, names = Named(), list(dict.fromkeys(NAME.findall(text)))[:MOST]
    known = {one.get_username().casefold(): one for one in colleagues(site_id)} if names else {}
    for name in names:
        one = next((known[spelled] for spelled in _spellings(name) if spelled in known), None)
        if one is None:
            named.unknown.append(name.rstrip(ENDS))
        elif one not in (people := named.told if one.email else named.mute):
            people.append(one)
    return named


def _spellings(name: str) -> Iterator[str]:
    """The name whole, then without each of the signs that may have ended a sentence."""
    yield (shorter := name.casefold())
    while shorter[-1:] in tuple(ENDS):
        yield (shorter := shorter[:-1])
