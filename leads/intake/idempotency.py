"""Which post repeats another one: by its Idempotency-Key for good, by its fields for a moment."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import F
from django.utils import timezone

from leads.flags import Flag, read_flags, write_flags
from leads.intake.body.declared import read_declared
from leads.intake.errors import KeyReused, Refusal, Unreadable
from leads.models import Lead
from leads.store import database

LONGEST_KEY = 255
OWN_DIGITS = 32
"""Of a fingerprint, in the key of a lead whose id came before; so that no key gets too long."""
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


def fingerprint_of(data: Any) -> str:
    """A name for a set of fields: the same for JSON in another order or with other blanks."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def with_key_of(lead: Lead) -> Lead | None:
    """The site's stored lead with the Idempotency-Key of this one. Raises KeyReused.

    None for another submission that a form tool gave the same id: it is a lead of its own.
    """
    if not lead.idempotency_key:
        return None
    known = _of_key(lead, lead.idempotency_key)
    if known is None or known.fingerprint in fingerprints(lead):
        return known
    if lead.webhook_source_id:
        return _of_key(lead, own_key(lead, lead.idempotency_key))
    raise KeyReused("Use a new Idempotency-Key for a new lead.")


def own_key(lead: Lead, key: str) -> str:
    """The key of a lead that came with the id of another one: of that id and of its fields."""
    return f"{key}#{lead.fingerprint[:OWN_DIGITS]}"


def fingerprints(lead: Lead) -> list[str]:
    """By which its first post may be known: what is read of it today, and what once was.

    A form that holds nothing but JSON was one field with the JSON for its name.
    """
    found = [lead.fingerprint]
    if Flag.MENDED in read_flags(lead.flags):
        with suppress(Refusal):
            found.append(fingerprint_of(read_declared(lead.content_type, bytes(lead.body)).data))
    return found


def _of_key(lead: Lead, key: str) -> Lead | None:
    same = Lead.objects.filter(site=lead.site, idempotency_key=key)
    return same.defer("body", "data").first()


def window_of(lead: Lead) -> timedelta:
    """For how long the same fields are the same lead; none for one with an Idempotency-Key."""
    if lead.idempotency_key:
        return timedelta()
    if lead.webhook_source is not None:
        return timedelta(minutes=lead.webhook_source.repeat_minutes)
    return timedelta(seconds=lead.site.repeat_window)


def has_to_look_back(lead: Lead) -> bool:
    """Whether a lead is compared with those before it, which wait for one another."""
    return bool(window_of(lead)) or bool(lead.webhook_source_id and lead.idempotency_key)


def refuse_repeat(lead: Lead) -> None:
    """Raises Repeated where the lead is stored already; parallel ones take turns."""
    if lead.webhook_source_id and lead.idempotency_key:
        _refuse_same_submission(lead, lead.idempotency_key)
    elif window := window_of(lead):
        _refuse_same_fields(lead, window)


def _refuse_same_submission(lead: Lead, key: str) -> None:
    """By the id that a form tool gave. With other fields it is no repeat: a lead of its own.

    Such a one gets a key of its own, so that its repeat is known whenever it comes. An earlier
    version stored it without one: it is known by its fields, for a while.
    """
    database.lock_names([f"key:{lead.site_id}:{key}"])
    known = _of_key(lead, key)
    if known is None:
        return
    if known.fingerprint == lead.fingerprint:
        raise Repeated(known)
    lead.flags = write_flags({*read_flags(lead.flags), Flag.SAME_ID})
    lead.idempotency_key = None
    _refuse_same_fields(lead, window_of(lead))
    lead.idempotency_key = own_key(lead, key)
    if known := _of_key(lead, lead.idempotency_key):
        raise Repeated(known)


def _refuse_same_fields(lead: Lead, window: timedelta) -> None:
    source = lead.webhook_source_id
    since = connection.ops.adapt_datetimefield_value(lead.received_at - window)
    for fingerprint in fingerprints(lead):
        lock = f"repeat:{lead.site_id}:{source or ''}:{fingerprint}"
        values = [source or lead.site_id, fingerprint, since]
        known = database.fetch_prepared(*_of_same_fields(bool(source)), values, lock)
        if known is not None:
            raise Repeated(Lead.objects.defer("body", "data").get(pk=known[0]))


@cache
def _of_same_fields(at_an_address: bool) -> tuple[str, str]:
    """What finds the lead of a site, or of one of its sources, that came with the same fields.

    Its parameters are the source or the site, the fingerprint and the time that it came after.
    Written once: of nearly every post there is none, and to ask anew took a third of its time.
    A source is of one site: to name the site beside it leads SQLite to the leads of the hour.
    """
    of_place = {"webhook_source": 0} if at_an_address else {"site": 0}
    rows = Lead.objects.filter(**of_place).filter(fingerprint="")
    rows = rows.filter(received_at__gt=timezone.now()).filter(idempotency_key=None)
    rows = (rows if at_an_address else rows.filter(webhook_source=None)).order_by("received_at")
    statement, given = rows.values_list("pk")[:1].query.sql_with_params()
    if len(given) != 3:
        raise AssertionError(f"the look-up takes other parameters: {given}")
    return f"same_fields_{at_an_address:d}", str(statement)


def counted_again(lead: Lead) -> Lead:
    """The lead that a source posted once more, with the repeat counted on it."""
    if lead.webhook_source_id:
        Lead.objects.filter(pk=lead.pk).update(repeats=F("repeats") + 1)
    return lead
