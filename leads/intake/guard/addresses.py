"""Who posts to a webhook address: the source behind it, and whether it signed as it should."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Subquery
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from leads.intake.errors import NothingHere, NotSigned
from leads.intake.guard.unknown import count_unknown
from leads.models import Preferences, Site, SiteKey, Source, SourceAddress, UnknownPost

log = logging.getLogger(__name__)

NOTE_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Caller:
    """A source that posts, and its site."""

    source: Source
    site: Site


def caller_of(secret: str, posts: bool = True) -> Caller:
    """The source behind an address. Raises NothingHere where there is none, or no more."""
    rule = Preferences.objects.values("refuse_duplicate_emails")[:1]
    rows = SourceAddress.objects.live(Now()).filter(digest=SiteKey.digest_of(secret))
    # The time and the rule in force come along: a post has few statements.
    rows = rows.annotate(now=Now(), global_rule=Subquery(rule))
    address = rows.select_related("source__site").defer("secret").first()
    if address is None:
        if posts:
            count_unknown(UnknownPost.Door.WEBHOOK, secret)
        raise NothingHere("This address is not known.")
    site = address.source.site
    site.asked_at = address.now  # type: ignore[attr-defined]  # annotated
    rule_of_all = bool(address.global_rule)  # type: ignore[attr-defined]  # annotated
    site.refuses_duplicates = site.rule_in_force(rule_of_all)
    return Caller(address.source, site)


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
    # Some tools name the algorithm before it: sha256=…
    shown = shown.removeprefix(f"{source.signature_algorithm}=")
    if not hmac.compare_digest(shown.encode("utf-8", "replace"), wanted.encode()):
        raise NotSigned(f"Sign the body as {source.signature_header}.")
