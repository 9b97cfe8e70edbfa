"""Transitions written down: rows, API logs, counters and events together, of one lead or thousands.

Beside the models and not in them, because it counts; below intake, delivery and decisions,
because all of them go through it. It is the one place that writes a lead's state, once stored.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import transaction
from django.utils import timezone

from leads.counters.deltas import Tally
from leads.models import ApiLog, Lead, LeadEvent, Site
from leads.models.lead import OWN
from leads.models.log import Entry
from leads.models.transitions import Change
from leads.signals import leads_settled
from leads.store.rows import insert_for_each, insert_rows
from leads.via import acting_token

log = logging.getLogger(__name__)

NARROW = ("pk", "site_id", "is_test", "received_at", "status", "reason", "attribution")
"""The columns that stand for a lead where thousands change alike."""
NOTE_LENGTH = 500


AnyLead = TypeVar("AnyLead")
"""A Lead, or an object with its NARROW columns."""


class Move(NamedTuple, Generic[AnyLead]):
    """A lead, what becomes of it, and the attempt that this settles, where it settles one."""

    lead: AnyLead
    change: Change
    entry: Entry | None = None


class Before(NamedTuple):
    """A lead as it was before a decision, and the stamp that the decision left on it."""

    columns: Change
    stamp: datetime


@dataclass(frozen=True)
class By:
    """Who did it, and what can be taken back of it."""

    kind: str
    user_id: int | None
    note: str = ""
    link: str = ""
    """Whose link in a mail it was, where it was no user."""
    befores: Mapping[int, Before] = field(default_factory=dict)


def apply(moves: Sequence[Move[Any]], by: By | None = None, also: Change | None = None) -> None:
    """Write what becomes of these leads, whose rows the running transaction holds.

    One UPDATE for all that change alike, one INSERT each for logs, counters and events. `also`
    is written in all of them. The objects stay as they are, should the transaction have to begin
    anew; `become` changes them.
    """
    tally = Tally()
    for lead, change, entry in moves:
        before = (lead.status, lead.reason)
        after = (change.get("status", lead.status), change.get("reason", lead.reason))
        tally.lead_moves(lead, before, after)
        tally.lead_arrives(lead, change)
        if entry:
            tally.attempt(entry, lead.is_test)
    for changes in _alike(moves):
        Lead.objects.change(changes, also or {})
    insert_rows(ApiLog, Entry._fields, [move.entry for move in moves if move.entry])
    if by:
        _attribute([move.lead.pk for move in moves], by)
    tell(moves)
    tally.write()


def tell(moves: Sequence[Move[Any]]) -> None:
    """Say which leads were settled, where a site has endpoints: in the running transaction.

    Where none has, this asks the database nothing, as long as the leads came with their sites. A
    listener that fails is logged, and costs no lead: what became of it is written all the same.
    """
    news = [move for move in moves if _is_news(move)]
    told = _with_endpoints({move.lead.site_id: _loaded_site(move.lead) for move in news})
    if told:
        moves = [move for move in news if move.lead.site_id in told]
        try:
            with transaction.atomic():
                leads_settled.send(Lead, moves=moves)
        except Exception:
            log.exception("%s settled leads were not told of", len(moves))


def _is_news(move: Move[Any]) -> bool:
    """Whether it settles the lead. Who takes a retry back leaves it failed, as it was told of."""
    after = move.change.get("status")
    if after == Lead.Status.FAILED:
        return move.entry is not None or move.lead.status in Lead.BY_HAND
    return after in Lead.RESOLVED


def _loaded_site(lead: Any) -> Site | None:
    """The lead's site, where it is in memory."""
    if isinstance(lead, Lead):
        return lead._state.fields_cache.get("site")
    return getattr(lead, "site", None)


def _with_endpoints(sites: Mapping[int, Site | None]) -> set[int]:
    """Those that have endpoints, by id; asked of the database where a site is not in memory."""
    unknown = [pk for pk, site in sites.items() if site is None]
    asked = Site.objects.filter(pk__in=unknown, has_endpoints=True)
    found = set(asked.values_list("pk", flat=True)) if unknown else set()
    return found | {pk for pk, site in sites.items() if site is not None and site.has_endpoints}


def _alike(moves: Sequence[Move[Any]]) -> Iterable[dict[int, Change]]:
    """The changes by lead, in groups that differ in nothing but their OWN columns."""
    groups: dict[Hashable, dict[int, Change]] = defaultdict(dict)
    known: dict[int, dict[int, Change]] = {}
    for lead, change, _entry in moves:
        # Where thousands change alike it is mostly one object, which is looked at once.
        group = known.get(id(change))
        if group is None:
            key = tuple([(k, None if k in OWN else v) for k, v in change.items()])
            group = known[id(change)] = groups[key]
        group[lead.pk] = change
    return groups.values()


def _attribute(pks: Sequence[int], by: By) -> None:
    """Write on each lead who did what."""
    said = {
        "kind": by.kind,
        "user": by.user_id,
        "link": by.link,
        "via": acting_token(),
        "note": by.note[:NOTE_LENGTH],
        "created_at": timezone.now(),
    }
    insert_for_each(LeadEvent, "lead", [pk for pk in pks if pk not in by.befores], said)
    rows = [(pk, *said.values(), *by.befores[pk]) for pk in pks if pk in by.befores]
    insert_rows(LeadEvent, ("lead", *said, "before", "stamp"), rows)
