"""Who is posting: the key that a request shows, and the site behind it."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db import (
    DatabaseError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
)
from django.db.models import CharField, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from leads.intake import prepared
from leads.intake.errors import Forbidden, NotAuthenticated
from leads.models import Preferences, Site, SiteKey
from leads.models.site_key import SiteKeyQuerySet

log = logging.getLogger(__name__)

NOTE_EVERY = timedelta(minutes=5)
_noted: dict[str, float] = {}
"""Until when this process need not note a key's use, by digest: as many as there are live keys."""

UNKNOWN = _("The key is unknown or was revoked.")

REMEMBERED_FOR = 5.0
"""Seconds for which this process goes by what it was told of a key; each lead proves it anew."""

VERSION = RawSQL(
    "concat_ws(' ', leads_sitekey.xmin, leads_site.xmin,"
    " (SELECT xmin FROM leads_preferences LIMIT 1))",
    [],
    CharField(),
)
"""Another one after every change of the rows that an answer is made of: key, site, preferences."""


class Proof(NamedTuple):
    """What must still hold of a key when a lead is stored by an answer of a moment ago."""

    digest: str
    kind: str
    version: str


class Answer(NamedTuple):
    """What the look-up of a key answered."""

    values: list[Any]
    global_rule: bool
    asked_at: datetime
    heard: float
    """When it came, by the monotonic clock."""
    proof: Proof


_answers: dict[str, Answer] = {}
"""By digest: as many as there are live keys."""


NEEDED = {
    "id",
    "name",
    "destination_id",
    "enabled",
    "duplicate_rule",
    "quota",
    "allowed_origins",
    "honeypot",
    "min_fill_seconds",
    "repeat_window",
}
# In the model's own order, which `from_db` goes by.
SITE_FIELDS = [field.attname for field in Site._meta.concrete_fields if field.attname in NEEDED]


def site_of(secret: str, kind: str, posts: bool = True) -> Site:
    """The enabled site that a live key of this kind belongs to; other columns load when asked.

    A request that `posts` counts as a use of the key.

    `site.refuses_duplicates` holds the duplicate rule as it is in force, `site.asked_at` the
    database's time. One statement, so that a revoked key is refused from the next post on.
    Raises NotAuthenticated or Forbidden.
    """
    digest = SiteKey.digest_of(secret)
    _answers.pop(digest, None)
    row = first_row("site_of", look_up(connection.vendor), [digest, kind])
    if row is None:
        raise NotAuthenticated(str(UNKNOWN))
    *values, global_rule, now, version = row
    # SQLite has no other clock than this machine's, and tells it as a text.
    asked_at = now.astimezone(UTC) if isinstance(now, datetime) else timezone.now()
    answer = Answer(
        values, bool(global_rule), asked_at, time.monotonic(), Proof(digest, kind, version)
    )
    site = site_from(answer)
    if not site.enabled:
        raise Forbidden("The site is disabled.")
    if posts:
        note_use(secret)
    # Whose leads are compared with those before them is asked for each time, within the lock.
    if version and not site.refuses_duplicates and not site.repeat_window:
        _answers[digest] = answer
    return site


def remembered_site(secret: str) -> Site | None:
    """The site that a secret key belonged to a moment ago, if that can be proved while storing.

    `site.proof` says what must still hold; all that may be done by this site is to store a lead
    under that condition. `site.asked_at` is the database's time as far as is known without asking
    it: never ahead, and behind by what two clocks part within seconds.
    """
    answer = _answers.get(SiteKey.digest_of(secret))
    if answer is None or connection.in_atomic_block:
        return None
    passed = time.monotonic() - answer.heard
    if passed > REMEMBERED_FOR:
        return None
    site = site_from(answer)
    site.asked_at = answer.asked_at + timedelta(seconds=passed)
    site.proof = answer.proof
    return site


def site_from(answer: Answer) -> Site:
    """The site as an answer describes it."""
    site = Site.from_db(connection.alias, SITE_FIELDS, answer.values)
    site.asked_at = answer.asked_at
    site.refuses_duplicates = site.rule_in_force(answer.global_rule)
    return site


def first_row(name: str, statement: str, parameters: list[str]) -> tuple[Any, ...] | None:
    """The row that the first statement of a request answers, over a connection that lives.

    Django asks `SELECT 1` before, to see whether a kept connection still lives. A look-up shows it
    as well, and changes nothing: one that fails is asked once more, over a new connection. So is
    one that was prepared before a migration changed a column's type.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _row(name, statement, parameters)
    except (OperationalError, InterfaceError, NotSupportedError, ProgrammingError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _row(name, statement, parameters)


def _row(name: str, statement: str, parameters: list[str]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = prepared.execute(connections[connection.alias], name, statement)
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def note_use(secret: str) -> None:
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
        SiteKey.objects.note_use(digest, timezone.now(), NOTE_EVERY)
    except DatabaseError:
        del _noted[digest]
        log.warning("the use of a key was not noted")


@cache
def look_up(vendor: str) -> str:
    """The statement behind `site_of`, with two parameters: digest and kind.

    Written by the ORM, once: doing so for every post took a third of its time.
    """
    keys = _live_key().annotate(
        global_rule=Subquery(Preferences.objects.values("refuse_duplicate_emails")[:1]),
        now=Now(),
        version=VERSION if vendor == "postgresql" else RawSQL("''", []),
    )
    columns = (*(f"site__{name}" for name in SITE_FIELDS), "global_rule", "now", "version")
    return _written(keys.values_list(*columns), "digest", "kind")


@cache
def proof() -> str:
    """The look whether a `Proof` still holds, with its fields as parameters. For PostgreSQL."""
    proven = _live_key().filter(site__enabled=True).annotate(version=VERSION)
    return _written(proven.filter(version="version").values_list("pk"), "digest", "kind", "version")


def _live_key() -> SiteKeyQuerySet:
    return SiteKey.objects.live().filter(digest="digest", kind="kind")


def _written(keys: QuerySet[Any, Any], *parameters: str) -> str:
    statement, given = keys.order_by().query.sql_with_params()
    if given != parameters:
        raise AssertionError(f"the look-up takes other parameters: {given}")
    return str(statement)


class SiteKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY` with a site's secret key. `request.user` is the Site."""

    def __init__(self, remembers: bool = False) -> None:
        """`remembers`: by what was answered a moment ago, as `remembered_site` says."""
        self.remembers = remembers

    def authenticate(self, request: Request) -> tuple[Site, str]:
        """The site, and the key; raises NotAuthenticated or Forbidden."""
        scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise NotAuthenticated("Send the site's key as “Authorization: Bearer KEY”.")
        if self.remembers and (site := remembered_site(secret)):
            return site, secret
        return site_of(secret, SiteKey.Kind.SECRET, request.method == "POST"), secret

    def authenticate_header(self, request: Request) -> str:
        """How to authenticate."""
        return "Bearer"


class SiteKeyScheme(OpenApiAuthenticationExtension):
    """The key in the OpenAPI schema."""

    target_class = SiteKeyAuthentication
    name = "site key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}
