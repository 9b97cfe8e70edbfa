"""From a submission to a stored lead. After `receive` returns, the lead is on disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import Error, IntegrityError, connection, transaction

from leads.apply import Move, tell
from leads.counters.attribution import attribution_of
from leads.counters.deltas import Tally
from leads.data import columns
from leads.delivery.wakeup import wake_after_commit
from leads.flags import Flag, write_flags
from leads.intake.body.fields import storable
from leads.intake.body.heavy import MOST_KEYS
from leads.intake.body.oddities import is_converted, oddities
from leads.intake.body.submission import Submission
from leads.intake.errors import NotKnown, OverQuota, Refusal
from leads.intake.guard.quota import admitted
from leads.intake.idempotency import (
    Repeated,
    counted_again,
    fingerprint_of,
    has_to_look_back,
    refuse_repeat,
    usable_key,
    with_key_of,
)
from leads.intake.recognise.plain import read_plain
from leads.intake.rules import Held, held_entry, judge
from leads.models import ApiLog, Lead, Site, Source
from leads.models.log import Entry
from leads.models.transitions import become, failed, received
from leads.reasons import Reason
from leads.signals import lead_failed, lead_received
from leads.store import database
from leads.store.rows import insert_rows

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    """Where a submission came in."""

    source: Lead.Source = Lead.Source.API
    page: str = ""
    idempotency_key: str | None = None
    is_test: bool = False
    """Delivered as any other, counted nowhere."""
    suspicion: str = ""
    """Why it looks like spam; such a lead is held for a person."""
    posted_by: Source | None = None
    """The source whose webhook address it came to."""
    held: Held | None = None
    """Why it is held, whatever the rules say."""
    fingerprint: str = ""
    """What its repeats are known by, where that is not what is stored of it."""

    @property
    def verdict(self) -> Held | None:
        """What holds the lead before any rule looks; None where nothing does."""
        return self.held or suspected(self)


def receive(submission: Submission, site: Site, origin: Origin) -> Lead:
    """Store the submission as a lead, or find the lead that it repeats.

    Raises KeyReused, OverQuota or Unreadable, or a database error: then nothing was stored. Raises
    NotKnown where the database cannot be asked. What fails once the lead is on disk is logged.
    """
    submission = read_for(submission, site)
    lead = unsaved(submission, site, origin)
    # An id that a form tool gave is no promise that the fields are the same: see `refuse_repeat`.
    key = None if origin.posted_by else lead.idempotency_key
    has_to_wait = site.refuses_duplicates or has_to_look_back(lead)
    began, may_be_stored = time.time(), False
    try:
        with (
            admitted(site, origin.source, key) as now,
            database.storing(has_to_wait),
        ):
            lead.received_at = now
            become(lead, received(now))
            refuse_repeat(lead)
            seen = origin.verdict or overloaded(submission)
            held = seen or judge(lead, site.refuses_duplicates)
            may_be_stored = True  # from here on, until the database says what it did
            if held:
                store_held(lead, held, now)
            else:
                store_queued(lead)
                wake_after_commit(lead.destination_id)
    except Exception as fault:
        if (stored := stored_after_all(lead, fault, may_be_stored)) is None:
            raise
        return stored
    transaction.on_commit(partial(lead_received.send_robust, Lead, lead=lead, began=began))
    return lead


def read_for(submission: Submission, site: Site) -> Submission:
    """The submission as the site has its posts read."""
    return read_plain(submission) if site.recognises else submission


def unsaved(submission: Submission, site: Site, origin: Origin) -> Lead:
    """The lead as it came in, before anybody has judged it. Raises Unreadable."""
    return Lead(
        site=site,
        destination_id=site.destination_id,
        body=submission.body,
        content_type=submission.content_type,
        data=submission.data,
        source=origin.source,
        page=storable(origin.page)[:500],
        flags=write_flags(flags_of(submission)),
        webhook_source=origin.posted_by,
        reading=submission.reading,
        is_test=origin.is_test,
        attribution=attributed(submission, origin),
        idempotency_key=usable_key(origin.idempotency_key),
        fingerprint=origin.fingerprint or fingerprint_of(submission.archived),
        **columns(submission.fields),
    )


def attributed(submission: Submission, origin: Origin) -> str:
    """The source, campaign and page that the lead is counted under."""
    source = origin.posted_by.pk if origin.posted_by else None
    return attribution_of(origin.source.value, source, origin.page, submission.data)


def flags_of(submission: Submission) -> set[Flag]:
    """What is odd about the post, and about the fields as they were read."""
    flags = {*submission.flags, *oddities(submission.fields)}
    if submission.has_too_many:
        flags.add(Flag.TOO_MANY)
    sent_converted = submission.reading and is_converted(submission.data)
    return {*flags, Flag.CONVERTED} if sent_converted else set(flags)


def store_queued(lead: Lead) -> None:
    """Store a lead that is on its way, and count it."""
    tally = Tally()
    tally.lead_enters(lead)
    database.insert_together(lead, *tally.figures())


@transaction.atomic
def store_held(lead: Lead, held: Held, now: datetime) -> None:
    """Store a lead that a rule holds, with its 13002, and count both."""
    change = failed(now, held.reason, held.field, held.text)
    become(lead, change)
    lead.save(force_insert=True)
    entry = held_entry(lead, held, now)
    insert_rows(ApiLog, Entry._fields, [entry])
    tell([Move(lead, change, entry)])
    tally = Tally()
    tally.lead_enters(lead)
    tally.attempt(entry, lead.is_test)
    tally.write()
    # Spam comes by the thousand: it waits in the table and sends no mail.
    if held.reason != Reason.QUARANTINED:
        lead_failed.send(Lead, lead=lead, now=now)


def stored_after_all(lead: Lead, fault: Exception, may_be_stored: bool) -> Lead | None:
    """The lead that is stored although an error came: this one, or the one that it repeats.

    None where nothing is stored. Raises KeyReused, and NotKnown where nobody can say.
    """
    if isinstance(fault, Repeated):
        return counted_again(fault.lead)
    # A repeat of a key that was used, now or long ago: it makes no lead and costs no quota.
    if isinstance(fault, IntegrityError | OverQuota) and (known := with_key_of(lead)):
        return counted_again(known)
    if isinstance(fault, Refusal) or not may_be_stored or not all_on_disk([lead]):
        return None
    with suppress(Exception):  # the lead is safe, whatever becomes of these words
        about = {"lead": lead.reference}
        log.exception("lead %s is stored; what came after that failed", lead.pk, extra=about)
    return lead


def all_on_disk(leads: Sequence[Lead]) -> bool:
    """Whether these leads are stored although storing them raised an error. Raises NotKnown.

    Asked over a new connection: one that ended within COMMIT does not know what came of it.
    """
    if connection.in_atomic_block:  # whoever began it, ends it
        return False
    references = {lead.reference for lead in leads}
    try:
        connection.close()
        stored = Lead.objects.values_list("reference", "pk").filter(reference__in=references)
        ids = dict(stored)
    except (Error, OSError) as error:
        log.error("database away: %s; what became of a lead is not known", type(error).__name__)
        raise NotKnown from error
    for lead in leads:
        lead.pk = ids.get(lead.reference, lead.pk)
    return ids.keys() == references


def overloaded(submission: Submission) -> Held | None:
    """Held where more fields came than are read; None for everything else."""
    if not submission.has_too_many:
        return None
    text = f"More than {MOST_KEYS:,} fields came; the first {MOST_KEYS:,} were read."
    return Held(Reason.TOO_MANY_FIELDS, text=text)


def suspected(origin: Origin) -> Held | None:
    """Quarantine for what looks like spam; None for everything else."""
    return Held(Reason.QUARANTINED, text=origin.suspicion) if origin.suspicion else None
