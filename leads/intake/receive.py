"""From a submission to a stored lead. After `receive` returns, the lead is on disk."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from leads.clock import database_now
from leads.data import columns
from leads.delivery.bell import ring_after_commit
from leads.figures import Tally
from leads.intake.errors import KeyReused, OverQuota, Unreadable
from leads.intake.parse import Submission
from leads.intake.rules import Held, judge
from leads.models import ApiLog, Lead, Site
from leads.reasons import ResponseCode
from leads.signals import lead_failed


@dataclass(frozen=True)
class Origin:
    """Where a submission came in."""

    source: Lead.Source = Lead.Source.API
    page: str = ""
    idempotency_key: str | None = None
    is_test: bool = False
    """Delivered as any other, counted nowhere."""


def receive(submission: Submission, site: Site, origin: Origin) -> Lead:
    """Store the submission as a lead, or find the lead that this Idempotency-Key made.

    Raises KeyReused, OverQuota or Unreadable; database errors mean that nothing was stored.
    """
    key = origin.idempotency_key
    fingerprint = fingerprint_of(submission.data)
    if key is not None and len(key) > 255:
        raise Unreadable("The Idempotency-Key is longer than 255 characters.")
    try:
        with transaction.atomic():
            return _store(submission, site, origin, fingerprint)
    except (IntegrityError, OverQuota):
        # A repeat of a key that was used, now or long ago: it makes no lead and costs no quota.
        if known := _known(site, key, fingerprint):
            return known
        raise


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


def _store(submission: Submission, site: Site, origin: Origin, fingerprint: str) -> Lead:
    now = database_now()
    _keep_quota(site, now)
    lead = Lead(
        site=site,
        destination_id=site.destination_id,
        body=submission.body,
        content_type=submission.content_type,
        data=submission.data,
        source=origin.source,
        page=origin.page[:500],
        is_test=origin.is_test,
        idempotency_key=origin.idempotency_key or None,
        fingerprint=fingerprint,
        received_at=now,
        due_at=now,
        queued_at=now,
        **columns(submission.data),
    )
    held = judge(lead, site.refuses_duplicates)
    if held:
        hold(lead, held, now)
    lead.save(force_insert=True)
    tally = Tally()
    tally.lead_enters(lead)
    if held:
        log_held(lead, now, tally)
    else:
        ring_after_commit(lead.destination_id)
    tally.write()
    return lead


def _keep_quota(site: Site, now: datetime) -> None:
    quota = settings.INTAKE_QUOTA if site.quota is None else site.quota
    if not quota:
        return
    recent = Lead.objects.filter(site=site, received_at__gt=now - timedelta(minutes=1))
    if recent[:quota].count() >= quota:
        raise OverQuota(f"The site may post {quota} leads a minute.", wait=60)


def hold(lead: Lead, held: Held, now: datetime) -> None:
    """Set an unsaved lead FAILED for a rule's reason."""
    lead.status = Lead.Status.FAILED
    lead.reason, lead.reason_field, lead.reason_text = held.reason, held.field, held.text
    lead.failed_at = lead.settled_at = now
    lead.due_at = lead.queued_at = None


def log_held(lead: Lead, now: datetime, tally: Tally) -> None:
    """The 13002 of an attempt that a rule stopped before any call, and its notice."""
    entry = held_entry(lead, now)
    entry.save(force_insert=True)
    tally.attempt(entry, lead.is_test)
    lead_failed.send(Lead, lead=lead, now=now)


def held_entry(lead: Lead, now: datetime) -> ApiLog:
    """The unsaved 13002 of an attempt that a rule stopped."""
    return ApiLog(
        lead=lead,
        site_id=lead.site_id,
        response_code=ResponseCode.NOT_INSERTED,
        reason=lead.reason,
        reason_field=lead.reason_field,
        reason_text=lead.reason_text,
        revision=lead.revision,
        created_at=now,
    )
