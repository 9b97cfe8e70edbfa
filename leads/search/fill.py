"""Filling the index: new leads within a sweep, the older ones bit by bit until all have tokens.

Nothing is written as a lead is taken, so that no post waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects

from leads.clock import Deadline
from leads.data import filled_in
from leads.delivery.crm_fields import filling
from leads.models import Lead, LeadEvent, SearchIndex, SearchToken
from leads.models.queries.among import Many
from leads.search.words import NOTHING, tokens_of
from leads.store import database
from leads.store.rows import insert_rows

LOCK = "search"
"""Held by whoever reads a lead to write its tokens, and by whoever takes them out: else a word
could be written just after its person was erased."""
CHUNK = 500
"""Leads of one transaction: 50 ms, in which nobody else writes to SQLite."""
PATIENCE = 2.0
"""Seconds of a sweep, of which there is one every ten."""
ON_THEIR_WAY = timedelta(minutes=5)
"""For longer than that no lead is being stored: a statement takes 30 s at most, and a transaction
rests 60."""
LOOK_BACK = timedelta(days=2)


def keep_up(now: datetime, **_signal: Any) -> None:
    """Give tokens to what is new, and to older leads while there is time. Listens to each sweep."""
    deadline = Deadline(PATIENCE)
    while fill_newest(now) == CHUNK and deadline.left():
        pass
    while deadline.left() and fill_older():
        pass


@transaction.atomic
def fill_newest(now: datetime) -> int:
    """Give tokens to the next leads that came in; how many there were."""
    _begin()
    index = SearchIndex.objects.load()
    index.begin_again(now)
    pks = list(SearchIndex.objects.lacking(index.after).values_list("pk", flat=True)[:CHUNK])
    _write(Lead.objects.among(pks))
    if len(pks) < CHUNK and (index.seen_at is None or now - index.seen_at >= ON_THEIR_WAY):
        # Ids are given before leads are on disk: what was the newest then has nothing before it
        # now that could still come.
        index.after = index.seen if index.seen_at else index.after
        index.seen = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        index.seen_at = now
        if index.version == SearchIndex.VERSION:
            index.version_seen_at = now
        index.save(update_fields=["after", "seen", "seen_at", "version_seen_at"])
    return len(pks)


@transaction.atomic
def fill_older() -> int:
    """Give tokens to the next older leads, the newest of them first; how many there were."""
    _begin()
    index = SearchIndex.objects.load()
    older = Lead.objects.filter(pk__lte=index.older).order_by("-pk")
    pks = list(older.values_list("pk", flat=True)[:CHUNK]) if index.older else []
    _write_anew(pks)
    older_still = pks[-1] - 1 if len(pks) == CHUNK else 0
    if index.older != older_still:
        index.older = older_still
        index.save(update_fields=["older"])
    return len(pks)


@transaction.atomic
def index_again(pks: Sequence[int]) -> None:
    """Write these leads' tokens anew, by the fields that hold now."""
    database.lock_names([LOCK])
    _write_anew(pks)


@transaction.atomic
def forget(pks: Sequence[int]) -> None:
    """Take the tokens of these leads out."""
    database.lock_names([LOCK])
    SearchToken.objects.filter(lead__pk__among=Many(pks)).delete()


def follow_events(now: datetime) -> int:
    """Write tokens anew of what was corrected or erased of late; of how many leads.

    Once a day, for those about whom a version of before decided: it knows no tokens.
    """
    kinds = (LeadEvent.Kind.CORRECTED, LeadEvent.Kind.ERASED)
    first = _first_event(now - LOOK_BACK)
    events = LeadEvent.objects.filter(pk__gte=first, kind__in=kinds) if first else ()
    pks = sorted({event.lead_id for event in events})
    for at in range(0, len(pks), CHUNK):
        index_again(pks[at : at + CHUNK])
    return len(pks)


def _begin() -> None:
    database.lock_names([LOCK])
    # What a crash takes is written again: how far it went is lost with it.
    database.let_the_disk_follow()


def _first_event(since: datetime) -> int:
    """The first event since then, found by halves: events are numbered as time goes by."""
    newest = LeadEvent.objects.order_by("-pk").first()
    low, high = 0, newest.pk if newest and newest.created_at >= since else 0
    while low + 1 < high:
        middle = (low + high) // 2
        event = LeadEvent.objects.filter(pk__gte=middle).order_by("pk").only("created_at").first()
        low, high = (low, middle) if event and event.created_at >= since else (middle, high)
    return high


def _write_anew(pks: Sequence[int]) -> None:
    """As `_write`, of leads that may have tokens: those that are none any more go."""
    kept = SearchToken.objects.filter(lead__pk__among=Many(pks)).values_list("lead_id", "token")
    gone: dict[int, set[str]] = {}
    for pk, token in kept:
        gone.setdefault(pk, set()).add(token)
    for token, pk in _write(Lead.objects.among(pks)):
        gone.get(pk, set()).discard(token)
    for pk, some in gone.items():
        if some:
            SearchToken.objects.filter(lead=pk, token__in=some).delete()


def _write(leads: QuerySet[Lead]) -> list[tuple[str, int]]:
    """Write the tokens that these leads lack; all that they have now."""
    rows = list(leads.defer("body").order_by("pk"))
    prefetch_related_objects([lead for lead in rows if lead.revision], "revisions")
    filled = [lead for lead in rows if lead.revision and filled_in(lead.current_data())]
    labels = _labels(filled)
    pairs = [(token, lead.pk) for lead in rows for token in _tokens(lead, labels)]
    insert_rows(SearchToken, ("token", "lead"), pairs, "ON CONFLICT DO NOTHING")
    return pairs


def _labels(leads: Sequence[Lead]) -> dict[int, dict[str, str]]:
    """What people call the CRM's fields that they filled in, by the site's id."""
    crm = filling() if leads else None
    if crm is None:
        return {}
    prefetch_related_objects(leads, "site")
    sites = {lead.site_id: lead.site for lead in leads}
    names: dict[int, set[str]] = {pk: set() for pk in sites}
    for lead in leads:
        names[lead.site_id].update(filled_in(lead.current_data()))
    return {
        pk: {field.name: field.label for field in crm.fields_named(site, names[pk])}
        for pk, site in sites.items()
    }


def _tokens(lead: Lead, labels: dict[int, dict[str, str]]) -> list[str]:
    if lead.erased_at:
        return [NOTHING]
    return tokens_of(lead.current_data(), labels.get(lead.site_id, {}))
