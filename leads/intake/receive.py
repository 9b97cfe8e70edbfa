"""From a submission to a stored lead. After `receive` returns, the lead is on disk."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from leads.clock import database_now
from leads.counters.deltas import Tally
from leads.data import columns
from leads.delivery.wakeup import wake_after_commit
from leads.flags import write_flags
from leads.intake import at_once
from leads.intake.body.fields import storable
from leads.intake.body.oddities import oddities
from leads.intake.body.parse import Submission
from leads.intake.errors import KeyReused, OverQuota, Unreadable
from leads.intake.guard import quota
from leads.intake.insert import insert
from leads.intake.rules import Held, held_entry, judge, one_at_a_time
from leads.models import ApiLog, Lead, Site
from leads.models.log import Entry
from leads.models.transitions import become, failed, received
from leads.reasons import Reason
from leads.signals import lead_failed
from leads.store.rows import insert as insert_rows

LONGEST_KEY = 255
UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


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


class Repeated(Exception):
    """The same fields came a moment ago, and are a lead already."""

    def __init__(self, lead: Lead) -> None:
        super().__init__(lead.pk)
        self.lead = lead


def receive(submission: Submission, site: Site, origin: Origin) -> Lead:
    """Store the submission as a lead, or find the lead that it repeats.

    Raises KeyReused, OverQuota or Unreadable, and Disproved for a site with a `proof` that no
    longer holds or does not suffice; database errors mean that nothing was stored.
    """
    key = usable_key(origin.idempotency_key)
    fingerprint = fingerprint_of(submission.data)
    try:
        return _admit_and_store(submission, site, origin, fingerprint)
    except Repeated as repeated:
        return repeated.lead
    except (IntegrityError, OverQuota):
        # A repeat of a key that was used, now or long ago: it makes no lead and costs no quota.
        if not site.proof and (known := _known(site, key, fingerprint)):
            return known
        raise


def usable_key(key: str | None) -> str | None:
    """The key as it is stored; None for an empty one. Raises Unreadable."""
    if key and (len(key) > LONGEST_KEY or UNUSABLE.search(key)):
        wrong = f"Up to {LONGEST_KEY} characters, none of them a control character."
        raise Unreadable("The Idempotency-Key cannot be used.", errors={"Idempotency-Key": wrong})
    return key or None


def fingerprint_of(data: dict[str, Any]) -> str:
    """A name for a set of fields: the same for JSON in another order or with other blanks."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _known(site: Site, key: str | None, fingerprint: str) -> Lead | None:
    if not key:
        return None
    lead = Lead.objects.filter(site=site, idempotency_key=key).defer("body", "data").first()
    if lead is not None and lead.fingerprint != fingerprint:
        raise KeyReused("Use a new Idempotency-Key for a new lead.")
    return lead


def _admit_and_store(submission: Submission, site: Site, origin: Origin, fingerprint: str) -> Lead:
    if origin.source == Lead.Source.DESK:  # a person's decision: no quota
        with transaction.atomic():
            return _store(submission, site, origin, fingerprint, database_now())
    key = origin.idempotency_key or None
    if connection.vendor == "sqlite":
        # One transaction: a commit of its own for the counter would be a second fsync.
        with transaction.atomic():
            now = quota.admit(site, origin.source, key)
            return _store(submission, site, origin, fingerprint, now)
    # Two: nobody may wait for the site's counter until this lead is on disk.
    now = quota.admit(site, origin.source, key)
    try:
        with _turn(site, origin):
            return _store(submission, site, origin, fingerprint, now)
    except (IntegrityError, Repeated, at_once.Disproved):
        quota.give_back(site, origin.source)
        raise


def _turn(site: Site, origin: Origin) -> AbstractContextManager[None]:
    """A transaction, where a lead has to wait for others of its kind; one statement needs none."""
    looks_back = site.refuses_duplicates or (site.repeat_window and not origin.idempotency_key)
    if looks_back or connection.in_atomic_block:
        return transaction.atomic()
    return nullcontext()


def _store(
    submission: Submission, site: Site, origin: Origin, fingerprint: str, now: datetime
) -> Lead:
    if site.repeat_window and not origin.idempotency_key:
        _refuse_repeat(site, fingerprint, now)
    lead = Lead(
        site=site,
        destination_id=site.destination_id,
        body=submission.body,
        content_type=submission.content_type,
        data=submission.data,
        source=origin.source,
        page=storable(origin.page)[:500],
        flags=write_flags(submission.flags | oddities(submission.data)),
        is_test=origin.is_test,
        idempotency_key=origin.idempotency_key or None,
        fingerprint=fingerprint,
        received_at=now,
        **received(now),
        **columns(submission.data),
    )
    held = suspected(origin) or judge(lead, site.refuses_duplicates)
    if held and site.proof:
        raise at_once.Disproved
    if held:
        _store_held(lead, held, now)
    else:
        _store_queued(lead, site)
    return lead


def _store_queued(lead: Lead, site: Site) -> None:
    tally = Tally()
    tally.lead_enters(lead)
    if site.proof:
        (figure,) = tally.figures()
        wakes = at_once.store(lead, figure, site.proof)
    else:
        insert(lead, *tally.figures())
        wakes = False
    if not wakes:
        wake_after_commit(lead.destination_id)


@transaction.atomic
def _store_held(lead: Lead, held: Held, now: datetime) -> None:
    become(lead, failed(now, held.reason, held.field, held.text))
    lead.save(force_insert=True)
    entry = held_entry(lead, held, now)
    insert_rows(ApiLog, Entry._fields, [entry])
    tally = Tally()
    tally.lead_enters(lead)
    tally.attempt(entry, lead.is_test)
    tally.write()
    # Spam comes by the thousand: it waits in the table and sends no mail.
    if held.reason != Reason.QUARANTINED:
        lead_failed.send(Lead, lead=lead, now=now)


def _refuse_repeat(site: Site, fingerprint: str, now: datetime) -> None:
    """Raises Repeated where the site sent these fields a moment ago; parallel ones take turns."""
    one_at_a_time([f"repeat:{site.pk}:{fingerprint}"])
    since = now - timedelta(seconds=site.repeat_window)
    recent = Lead.objects.filter(site=site, received_at__gt=since, fingerprint=fingerprint)
    lead = recent.filter(idempotency_key=None).defer("body", "data").order_by("received_at").first()
    if lead is not None:
        raise Repeated(lead)


def suspected(origin: Origin) -> Held | None:
    """Quarantine for what looks like spam; None for everything else."""
    return Held(Reason.QUARANTINED, text=origin.suspicion) if origin.suspicion else None
