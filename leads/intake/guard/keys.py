"""Who is posting: the key that a request shows, and the site behind it."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import timedelta
from functools import cache

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from leads.intake.errors import Forbidden, NotAuthenticated, SignatureNeeded
from leads.intake.guard.limits import LIMITS, check_limits, check_site
from leads.intake.guard.posting import SITE_FIELDS, LookUp, first_row, site_from, written
from leads.intake.guard.shown import HEADER, keys_shown
from leads.intake.guard.signed import KEY, Signed, is_meant, signed_by
from leads.intake.guard.unknown import count_unknown
from leads.models import Site, SiteKey, UnknownPost
from leads.networks import client_address
from leads.signing.standard_webhooks import ID, SIGNATURE, TIMESTAMP

log = logging.getLogger(__name__)

NOTE_EVERY = timedelta(minutes=5)
_noted: dict[str, float] = {}
"""Until when this process need not note a key's use, by digest: as many as there are live keys."""

UNKNOWN = _("The key is unknown or was revoked.")
PUBLIC = "This is a form token, which a page shows to everybody: send the site's secret key."


def site_of(
    secret: str, kind: str, posts: bool = True, address: str = "", asks: bool | None = None
) -> Site:
    """The enabled site that a live key of this kind belongs to; see `site_from`.

    A request that `posts` counts as a use of the key; one that `asks`, as whatever does not post,
    is for keys that may read. `address` is where it comes from. One statement, so that a revoked
    key is refused from the next post on. Raises NotAuthenticated or Forbidden.
    """
    asked = look_up()
    row = first_row("site_of", asked.statement, [SiteKey.digest_of(secret), kind])
    if row is None:
        raise NotAuthenticated(str(UNKNOWN))
    reads, networks, *values = asked.read(row)
    check_limits(reads, networks, address, not posts if asks is None else asks)
    site = site_from(values)
    check_site(site)
    if site.signed_only and kind == SiteKey.Kind.SECRET:
        raise SignatureNeeded("Sign the request: this site takes no key that is shown.")
    if posts:
        note_use(secret, address)
    return site


def note_use(secret: str, address: str = "") -> None:
    """Note, every few minutes, that a site posts with this key.

    Each process remembers what it noted, so that all but one post in five minutes cost a look into
    a dictionary; the conditional update keeps many processes from writing the same row. A database
    that refuses it must not cost the lead: the next post tries again.
    """
    digest, now = SiteKey.digest_of(secret), time.monotonic()
    if now < _noted.get(digest, 0.0):
        return
    _noted[digest] = now + NOTE_EVERY.total_seconds()
    try:
        SiteKey.objects.note_use(digest, timezone.now(), NOTE_EVERY, address)
    except DatabaseError:
        del _noted[digest]
        log.warning("the use of a key was not noted")


@cache
def look_up() -> LookUp:
    """The statement behind `site_of`, with two parameters: digest and kind."""
    keys = SiteKey.objects.live().filter(digest="digest", kind="kind")
    columns = (*LIMITS, *(f"site__{name}" for name in SITE_FIELDS))
    return written(keys, columns, ("digest", "kind"))


class SiteKeyAuthentication(BaseAuthentication):
    """A site's secret key, as `keys_shown` finds it. `request.user` is the Site."""

    def __init__(self, answers: bool = False) -> None:
        self.answers = answers
        """Whether the answer to a post repeats what was posted: for keys that may read."""

    def authenticate(self, request: Request) -> tuple[Site, str | Signed]:
        """The site, and the key or the signature; raises a Refusal, most of them 401 and 403."""
        refusal = NotAuthenticated("Send the site's key as “Authorization: Bearer KEY”.")
        posts, shown = request.method == "POST", list(keys_shown(request.headers))
        address = client_address(request._request)
        asks = self.answers or not posts
        if is_meant(request._request):
            site, signed = signed_by(request._request, address, asks)
            if posts:
                note_use(signed.key, address)
            return site, signed
        for secret in shown:
            try:
                return site_of(secret, SiteKey.Kind.SECRET, posts, address, asks), secret
            except NotAuthenticated as unknown:
                refusal = unknown
        if posts:
            if self.answers:
                refuse_form_token(shown)
            count_unknown(UnknownPost.Door.API, *shown[:1])
        raise refusal

    def authenticate_header(self, request: Request) -> str:
        """How to authenticate."""
        return "Bearer"


def refuse_form_token(shown: list[str]) -> None:
    """A form token is public, and its owner is told that it is one. Raises Forbidden."""
    for secret in shown:
        with suppress(NotAuthenticated):
            site_of(secret, SiteKey.Kind.FORM, posts=False)
            raise Forbidden(PUBLIC)


class SiteKeyScheme(OpenApiAuthenticationExtension):
    """The key in the OpenAPI schema."""

    target_class = SiteKeyAuthentication
    name = ["site key", "site key in a header", "site key as a password", "signed request"]

    def get_security_requirement(self, auto_schema: object) -> list[dict[str, list[str]]]:  # noqa: ARG002 - its caller's signature
        """Any one of them."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: object) -> list[dict[str, str]]:  # noqa: ARG002 - its caller's signature
        """The three ways to show it, and the one that does not."""
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": HEADER},
            {"type": "http", "scheme": "basic", "description": "The key as name or password."},
            {
                "type": "apiKey",
                "in": "header",
                "name": SIGNATURE,
                "description": (
                    f"HMAC-SHA256 by Standard Webhooks, with {KEY}, {ID} and {TIMESTAMP}."
                ),
            },
        ]
