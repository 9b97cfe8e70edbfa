"""Who posts to a webhook address: the source behind it, and whether it signed as it should."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from leads.intake.body import refused_words as words
from leads.intake.errors import NothingHere, NotSigned
from leads.intake.guard.posting import SITE_FIELDS, LookUp, first_row, site_from, written
from leads.intake.guard.unknown import count_unknown
from leads.models import Site, SiteKey, Source, SourceAddress, UnknownPost

log = logging.getLogger(__name__)

NOTE_EVERY = timedelta(minutes=5)
# In the model's own order, which `from_db` goes by; a post does not ask for these.
SOURCE_FIELDS = [
    field.attname
    for field in Source._meta.concrete_fields
    if field.attname not in ("created_at", "confirmed_at")
]


@dataclass(frozen=True)
class Caller:
    """A source that posts, and its site."""

    source: Source
    site: Site


def caller_of(secret: str, posts: bool = True) -> Caller:
    """The source behind an address. Raises NothingHere where there is none, or no more."""
    asked = look_up()
    row = first_row("caller_of", asked.statement, [SiteKey.digest_of(secret)])
    if row is None:
        if posts:
            count_unknown(UnknownPost.Door.WEBHOOK, secret)
        raise NothingHere("This address is not known.")
    values = asked.read(row)
    site = site_from(values[len(SOURCE_FIELDS) :])
    source = Source.from_db(connection.alias, SOURCE_FIELDS, values[: len(SOURCE_FIELDS)])
    source.site = site
    return Caller(source, site)


@cache
def look_up() -> LookUp:
    """The statement behind `caller_of`, with one parameter: the digest."""
    columns = [f"source__{name}" for name in SOURCE_FIELDS]
    columns += [f"source__site__{name}" for name in SITE_FIELDS]
    return written(SourceAddress.objects.live(Now()).filter(digest="digest"), columns, ("digest",))


def note_post(source: Source) -> None:
    """Note, every few minutes, that the source posts leads.

    The leads are stored by now: a database that refuses this must not say that they are not.
    """
    now = source.site.asked_at or timezone.now()
    if source.last_post_at is not None and source.last_post_at > now - NOTE_EVERY:
        return
    try:
        Source.objects.note_post(source.pk, now, NOTE_EVERY)
    except DatabaseError:
        log.warning("the post of a source was not noted")


def check_signature(request: HttpRequest, source: Source, body: bytes) -> None:
    """Raises NotSigned where the source signs and this post is not signed by it."""
    if not source.signature_algorithm:
        return
    digest = hmac.new(
        source.signature_secret.encode(), body, getattr(hashlib, source.signature_algorithm)
    ).digest()
    base64_wanted = source.signature_encoding == Source.Encoding.BASE64
    wanted = base64.b64encode(digest).decode() if base64_wanted else digest.hex()
    shown = request.headers.get(source.signature_header, "").strip()
    # Some tools name the algorithm before it: sha256=…, and some write either in capitals.
    name, sign, rest = shown.partition("=")
    shown = rest if sign and name.lower() == source.signature_algorithm else shown
    shown = shown if base64_wanted else shown.lower()
    if not hmac.compare_digest(shown.encode("utf-8", "replace"), wanted.encode()):
        raise NotSigned(words.SIGN_AS(header=source.signature_header))
