"""SiteKey: how a site shows who it is."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.sites.site import Site


class SiteKeyQuerySet(models.QuerySet["SiteKey"]):
    """Finding the key that a request shows."""

    def live(self) -> SiteKeyQuerySet:
        """Keys that have not been revoked."""
        return self.filter(revoked_at=None)

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

    def note_use(self, digest: str, now: datetime, every: timedelta) -> bool:
        """Note that a key was shown; True for the one caller in `every` that wrote it."""
        known = Q(last_used_at=None) | Q(last_used_at__lt=now - every)
        return bool(self.filter(known, digest=digest).update(last_used_at=now))


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
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

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

    def revoke(self) -> bool:
        """Stop accepting the key from the next request on; False when it was revoked before."""
        live = type(self).objects.live().filter(pk=self.pk)
        return bool(live.update(revoked_at=timezone.now()))
