"""SiteKey: how a site shows who it is."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site
from leads.networks import are_networks, within


class SiteKeyQuerySet(VisibleQuerySet["SiteKey"]):
    """Finding the key that a request shows."""

    def live(self) -> SiteKeyQuerySet:
        """Keys that have not been revoked and have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)

    def expiring(self, until: datetime) -> SiteKeyQuerySet:
        """Live keys that end before a moment, and that somebody uses; the next to end first."""
        return self.live().filter(expires_at__lt=until).exclude(last_used_at=None)

    def issue(
        self, site: Site, kind: str, label: str = "", secret: str = ""
    ) -> tuple[SiteKey, str]:
        """A key and its secret, which is shown this once and not kept.

        With a `secret` that was made before, the same press of a button makes one key, however
        often it arrives. A form token is public, printed into a page's source, and so is kept
        as it is.
        """
        secret = secret or SiteKey.new_secret()
        key, _new = self.get_or_create(
            digest=SiteKey.digest_of(secret),
            site=site,
            kind=kind,
            defaults={
                "label": label,
                "prefix": secret[:6],
                "token": secret if kind == SiteKey.Kind.FORM else "",
            },
        )
        return key, secret

    def note_use(self, digest: str, now: datetime, every: timedelta, address: str = "") -> bool:
        """Note that a key was shown, and from where; True for the one caller in `every` that did.

        Of a form token no address is kept: it would be a visitor's.
        """
        known = Q(last_used_at=None) | Q(last_used_at__lt=now - every)
        servers = Case(When(kind=SiteKey.Kind.SECRET, then=Value(address)), default=Value(""))
        noted = self.filter(known, digest=digest).update(last_used_at=now, last_used_from=servers)
        return bool(noted)


class SiteKey(models.Model):
    """A secret (server to server) or a public form token of one site."""

    class Kind(models.TextChoices):
        SECRET = "secret", _("Secret key (server to server)")
        FORM = "form", _("Form token (public, for browser forms)")

    site = models.ForeignKey(Site, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SECRET)
    label = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=6, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    token = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(
        null=True, editable=False, help_text=_("To within a few minutes.")
    )
    last_used_from = models.CharField(max_length=39, blank=True, db_default="", editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text=_("From then on the key is refused; empty for never.")
    )
    networks = models.CharField(
        _("allowed networks"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        validators=[are_networks],
        help_text=_(
            "Addresses and networks that may show the key, such as 203.0.113.7 or 10.0.0.0/8, "
            "separated by commas; empty for all."
        ),
    )
    reads = models.BooleanField(
        _("post and read"),
        default=True,
        db_default=True,
        help_text=_("Off, the key posts leads and reads no receipt."),
    )

    objects = SiteKeyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ("view",)
        permissions = [
            ("issue_sitekey", "Can issue site keys"),
            ("revoke_sitekey", "Can revoke site keys"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="secret") | Q(token=""), name="sitekey_secret_is_not_kept"
            ),
            # Visitors show it, from anywhere; what they may read is theirs.
            models.CheckConstraint(
                condition=~Q(kind="form") | Q(networks="", reads=True, last_used_from=""),
                name="sitekey_form_token_is_for_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @staticmethod
    def digest_of(secret: str) -> str:
        """What is stored of a secret: SHA-256 in hex. Keys are random, so no salt is needed."""
        return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

    @staticmethod
    def new_secret() -> str:
        """A secret that nobody guesses: 256 random bits."""
        return secrets.token_urlsafe(32)

    @property
    def has_expired(self) -> bool:
        """Whether its last day is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def is_allowed_from(self, address: str) -> bool:
        """Whether an IP address may show the key."""
        return within(address, self.networks)

    def revoke(self) -> bool:
        """Stop accepting the key from the next request on; False when it was revoked before."""
        live = type(self).objects.live().filter(pk=self.pk)
        return bool(live.update(revoked_at=timezone.now()))
