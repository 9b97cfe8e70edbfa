"""Source: a form tool that posts to a site; SourceAddress: the secret address that it posts to."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site
from leads.models.sites.site_key import SiteKey
from leads.secrets import EncryptedTextField

OVERLAP = timedelta(days=7)
"""For how long an address goes on working after another one was made."""
BEGINNING = 6
"""Characters of a secret that are shown; as many are kept of an unknown one."""


class SourceQuerySet(VisibleQuerySet["Source"]):
    """Sets of sources."""

    def note_post(self, pk: int, now: datetime, every: timedelta) -> bool:
        """Note that the source posts; True for the one caller in `every` that wrote it."""
        stale = Q(last_post_at=None) | Q(last_post_at__lt=now - every)
        return bool(self.filter(stale, pk=pk).update(last_post_at=now))


class Source(models.Model):
    """A form, or the tool that makes it: what posts to one of the site's secret addresses."""

    class Success(models.IntegerChoices):
        OK = 200, _("200 (most tools)")
        CREATED = 201, "201"
        ACCEPTED = 202, "202"
        NO_CONTENT = 204, _("204, without a body")

    class Algorithm(models.TextChoices):
        NONE = "", _("not signed")
        SHA1 = "sha1", "HMAC-SHA1"
        SHA256 = "sha256", "HMAC-SHA256"
        SHA512 = "sha512", "HMAC-SHA512"

    class Encoding(models.TextChoices):
        HEX = "hex", _("hexadecimal")
        BASE64 = "base64", "Base64"

    site = models.ForeignKey(Site, models.CASCADE, related_name="sources")
    name = models.CharField(max_length=100)
    tool = models.CharField(
        max_length=30, blank=True, help_text=_("What makes the form; see `leads.intake.tools`.")
    )
    success = models.PositiveSmallIntegerField(
        _("answer to a stored lead"), choices=Success.choices, default=Success.OK
    )
    repeat_minutes = models.PositiveSmallIntegerField(
        _("minutes in which the same fields are one lead"),
        default=60,
        validators=[MaxValueValidator(24 * 60)],
    )
    chosen = models.JSONField(
        default=dict, blank=True, help_text=_("Paths that people chose, by our field.")
    )
    verify_token = EncryptedTextField(blank=True, default="")
    tool_key = EncryptedTextField(
        blank=True, default="", help_text=_("Google's `google_key`, and what is like it.")
    )
    signature_header = models.CharField(max_length=60, blank=True, default="")
    signature_algorithm = models.CharField(
        max_length=10, choices=Algorithm.choices, blank=True, default=Algorithm.NONE
    )
    signature_encoding = models.CharField(
        max_length=10, choices=Encoding.choices, default=Encoding.HEX
    )
    signature_secret = EncryptedTextField(blank=True, default="")
    last_post_at = models.DateTimeField(
        null=True, editable=False, help_text=_("To within a few minutes.")
    )
    confirmed_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("When a person said that its posts are read right; it listens until then."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ("view", "change")
        permissions = [
            ("make_source", gettext_noop("Can make webhook addresses")),
            ("show_source", gettext_noop("Can show webhook addresses")),
            ("revoke_source", gettext_noop("Can revoke webhook addresses")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="source_name_once_a_site"),
            models.CheckConstraint(
                condition=Q(signature_algorithm="") | ~Q(signature_header=""),
                name="source_signature_has_a_header",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SourceAddressQuerySet(VisibleQuerySet["SourceAddress"]):
    """Finding the source behind an address."""

    reach = "source__site"

    def live(self, now: datetime | Now) -> SourceAddressQuerySet:
        """Those that work, at a moment or by the database's own clock."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now))

    def issue(self, source: Source, now: datetime) -> SourceAddress:
        """A new address of the source; those before it go on working for a week at the most."""
        self.filter(source=source, ends_at=None).update(ends_at=now + OVERLAP)
        secret = secrets.token_urlsafe(24)
        if secret.startswith("-"):  # a command would take its beginning for an option
            secret = f"_{secret[1:]}"
        return self.create(source=source, digest=SiteKey.digest_of(secret), secret=secret)

    def end_old(self, source: Source, now: datetime) -> int:
        """End those before the newest at once; how many worked until now."""
        return self.filter(source=source, ends_at__gt=now).update(ends_at=now)

    def revoke(self, source: Source, now: datetime) -> int:
        """End every address of the source at once; how many worked until now."""
        return self.filter(source=source).live(now).update(ends_at=now)


class SourceAddress(models.Model):
    """One secret address. Kept as a digest, to be found, and encrypted, to be shown again."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="addresses")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    secret = EncryptedTextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(null=True, editable=False)

    objects = SourceAddressQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"Address {self.pk}"

    @property
    def address(self) -> str:
        """The whole address; what a person pastes into the tool."""
        return f"{settings.PUBLIC_URL}/in/{self.secret}/"

    @property
    def beginning(self) -> str:
        """As much of the secret as tells it from others, and lets nobody post."""
        return self.secret[:BEGINNING]

    @property
    def masked(self) -> str:
        """The address with only the beginning of its secret."""
        return f"{settings.PUBLIC_URL}/in/{self.beginning}…/"
