"""Which post repeats another one: by its Idempotency-Key for good, by its fields for a moment."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any

from django.db import IntegrityError

from leads.intake.errors import KeyReused, Unreadable
from leads.models import Lead, Site
from leads.store import database

LONGEST_KEY = 255
UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Repeated(IntegrityError):
    """The same fields came a moment ago, and are a lead already."""

    def __init__(self, lead: Lead) -> None:
        super().__init__(lead.pk)
        self.lead = lead


def usable_key(key: str | None) -> str | None:
    """The Idempotency-Key as it is stored; None for an empty one. Raises Unreadable."""
    if key and (len(key) > LONGEST_KEY or UNUSABLE.search(key)):
        wrong = f"Up to {LONGEST_KEY} characters, none of them a control character."
        raise Unreadable("The Idempotency-Key cannot be used.", errors={"Idempotency-Key": wrong})
    return key or None


def fingerprint_of(data: dict[str, Any]) -> str:
    """A name for a set of fields: the same for JSON in another order or with other blanks."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def with_key_of(lead: Lead) -> Lead | None:
    """The site's stored lead with the Idempotency-Key of this one. Raises KeyReused."""
    if not lead.idempotency_key:
        return None
    same = Lead.objects.filter(site=lead.site, idempotency_key=lead.idempotency_key)
    known = same.defer("body", "data").first()
    if known is not None and known.fingerprint != lead.fingerprint:
        raise KeyReused("Use a new Idempotency-Key for a new lead.")
    return known


def has_window(site: Site, key: str | None) -> bool:
    """Whether a post with this Idempotency-Key is compared with those of a moment ago."""
    return bool(site.repeat_window and not key)


def refuse_repeat(lead: Lead) -> None:
    """Raises Repeated where the site sent these fields a moment ago; parallel ones take turns."""
    site = lead.site
    if not has_window(site, lead.idempotency_key):
        return
    database.lock_names([f"repeat:{site.pk}:{lead.fingerprint}"])
    since = lead.received_at - timedelta(seconds=site.repeat_window)
    recent = Lead.objects.filter(
        site=site, received_at__gt=since, fingerprint=lead.fingerprint, idempotency_key=None
    )
    known = recent.defer("body", "data").order_by("received_at").first()
    if known is not None:
        raise Repeated(known)
