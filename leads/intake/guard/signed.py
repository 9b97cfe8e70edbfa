"""Signed requests: a key that never travels, beside the one that does (`guard/keys.py`).

`webhook-key` names the key, and the other three headers are those of Standard Webhooks. What stands
under the signature are id, time and the bytes of the body; each is taken once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from leads.intake.body.arrival import Arrival
from leads.intake.errors import Away, NotSigned, Replayed
from leads.intake.guard.limits import LIMITS, check_limits, check_site
from leads.intake.guard.posting import SITE_FIELDS, LookUp, first_row, site_from, written
from leads.intake.guard.unknown import count_unknown
from leads.models import SignedRequest, Site, SiteKey, UnknownPost
from leads.secrets import Locked
from leads.signing.standard_webhooks import (
    ID,
    MESSAGE,
    MOMENT,
    SIGNATURE,
    TIMESTAMP,
    TOLERANCE,
    is_of_now,
    is_signed,
)

log = logging.getLogger(__name__)

SIGNED = SiteKey.Kind.SIGNED.value
KEY = "webhook-key"
LONGEST_KEY = 64
PARTS: dict[str, Callable[[str], bool]] = {
    KEY: lambda text: 0 < len(text) <= LONGEST_KEY and text.isascii(),
    ID: lambda text: bool(MESSAGE.fullmatch(text)),
    TIMESTAMP: lambda text: bool(MOMENT.fullmatch(text)),
    SIGNATURE: lambda text: text.startswith("v1,"),
}
"""The headers, and what each looks like."""
LOOKS = {
    KEY: "The id of a signing key.",
    ID: "1 to 255 printable characters without blanks and full stops.",
    TIMESTAMP: "Seconds since 1970.",
    SIGNATURE: "“v1,” and the Base64 of an HMAC-SHA256; several with a blank between.",
}
WRONG = (
    "No live key of this id made this signature of the body as it came, of its id and its time. "
    "What is signed is “id.timestamp.body”, byte for byte as it is sent."
)
TAKEN = "_signed_request"
"""Where a request keeps what it was taken under."""
BUSY_SECONDS = 60


class Signed(NamedTuple):
    """A request's key and id, once its signature was found right."""

    key: str
    message: str
    timestamp: str


def is_meant(request: HttpRequest) -> bool:
    """Whether the request is signed: it names a signing key."""
    return "HTTP_WEBHOOK_KEY" in request.META


def signed_by(request: HttpRequest, address: str, asks: bool) -> tuple[Site, Signed]:
    """The enabled site behind a signed request from this address; see `guard.keys.site_of`.

    What a key may is told to who signed with it. Raises NotSigned, Forbidden, Replayed or Away, and
    what reading the body raises.
    """
    parts = read_headers(request)
    if not is_of_now(parts.timestamp, timezone.now()):
        minutes = int(TOLERANCE.total_seconds() // 60)
        said = f"It was signed more than {minutes} minutes before or after now, by our clock."
        raise NotSigned("The request is too old, or a clock is wrong.", errors={TIMESTAMP: said})
    asked = look_up()
    row = first_row("signed_by", asked.statement, [SiteKey.digest_of(parts.key), SIGNED])
    if row is None:
        if request.method == "POST":
            count_unknown(UnknownPost.Door.API, parts.key)
        raise NotSigned(WRONG)
    secret, reads, networks, *values = asked.read(row)
    if isinstance(secret, Locked):
        log.error("a signing key's secret was locked with a key that is not in FIELD_KEYS")
        raise Away("Signatures cannot be checked now.", wait=BUSY_SECONDS)
    body = Arrival.of(request).read()
    if not is_signed(secret, *parts[1:], body, request.headers[SIGNATURE]):
        raise NotSigned(WRONG)
    check_limits(reads, networks, address, asks)
    site = site_from(values)
    check_site(site)
    take(request, parts)
    return site, parts


def read_headers(request: HttpRequest) -> Signed:
    """Key, id and time, where all four headers look as they should. Raises NotSigned."""
    shown = {name: request.headers.get(name, "") for name in PARTS}
    wrong = {name: LOOKS[name] for name, looks in PARTS.items() if not looks(shown[name])}
    if wrong:
        raise NotSigned("Headers of a signed request are missing or misspelt.", errors=wrong)
    return Signed(shown[KEY], shown[ID], shown[TIMESTAMP])


def take(request: HttpRequest, parts: Signed) -> None:
    """Take the request, which no process does twice. Raises Replayed."""
    digest = SignedRequest.digest_of(*parts)
    ends_at = datetime.fromtimestamp(int(parts.timestamp), UTC) + TOLERANCE
    if not SignedRequest.objects.take(digest, ends_at):
        raise Replayed("This very request came before. To repeat it, sign it anew.")
    setattr(request, TAKEN, digest)


def give_back(request: HttpRequest) -> None:
    """What was not handled may come again as it is: nothing of it was stored."""
    if digest := getattr(request, TAKEN, ""):
        with suppress(DatabaseError):
            SignedRequest.objects.filter(digest=digest).delete()


def forget_old(now: datetime, **_signal: Any) -> None:
    """Let go of requests that are too old for anybody to repeat. Listens to each sweep."""
    SignedRequest.objects.over(now).delete()


@cache
def look_up() -> LookUp:
    """The statement behind `signed_by`, with two parameters: digest and kind."""
    keys = SiteKey.objects.live().filter(digest="digest", kind="kind")
    columns = ("secret", *LIMITS, *(f"site__{name}" for name in SITE_FIELDS))
    return written(keys, columns, ("digest", "kind"))
