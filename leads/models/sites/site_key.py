"""SiteKey: how a site shows who it is."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models.key import Key, KeyQuerySet
from leads.models.sites.site import Site
from leads.secrets import EncryptedTextField
from leads.signing.standard_webhooks import secret_of


class SiteKeyQuerySet(KeyQuerySet["SiteKey"]):
    """Issuing keys, and telling which of them end soon."""

    def expiring(self, until: datetime) -> SiteKeyQuerySet:
        """Live keys that end before a moment, and that somebody uses; the next to end first."""
        return self.live().filter(expires_at__lt=until).exclude(last_used_at=None)

    def issue(
        self, site: Site, kind: str, label: str = "", secret: str = "", **limits: Any
    ) -> tuple[SiteKey, str]:
        """A key and its secret, which is shown this once and not kept.

        With a `secret` that was made before, the same press of a button makes one key, however
        often it arrives. A form token is public, printed into a page's source, and so is kept
        as it is. A signing key is named by its `token`; its secret is kept encrypted, as it is
        needed to check a signature.
        """
        secret = secret or SiteKey.new_secret()
        shown = SiteKey.as_shown(kind, secret)
        named = SiteKey.id_of(secret) if kind == SiteKey.Kind.SIGNED else secret
        key, _new = self.get_or_create(
            digest=SiteKey.digest_of(named),
            site=site,
            kind=kind,
            defaults={
                "label": label,
                "prefix": named[:6],
                "token": "" if kind == SiteKey.Kind.SECRET else named,
                "secret": shown if kind == SiteKey.Kind.SIGNED else "",
                **limits,
            },
        )
        return key, shown

    def shown_from(self, address: str) -> Any:
        """Of a form token nothing: the address would be a visitor's."""
        return Case(When(kind=SiteKey.Kind.FORM, then=Value("")), default=Value(address))


class SiteKey(Key):
    """A secret or a signing key (server to server), or a public form token, of one site."""

    class Kind(models.TextChoices):
        SECRET = "secret", _("Secret key (server to server)")
        FORM = "form", _("Form token (public, for browser forms)")
        SIGNED = "signed", _("Signing key (server to server, signed requests)")

    site = models.ForeignKey(Site, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SECRET)
    label = models.CharField(max_length=100, blank=True)
    token = models.CharField(max_length=64, blank=True, editable=False)
    secret = EncryptedTextField(blank=True, default="", db_default="", editable=False)
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
            ("issue_sitekey", gettext_noop("Can issue site keys")),
            ("revoke_sitekey", gettext_noop("Can revoke site keys")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="secret") | Q(token=""), name="sitekey_secret_is_not_kept"
            ),
            models.CheckConstraint(
                condition=Q(kind="signed") | Q(secret=""), name="sitekey_keeps_what_it_signs_with"
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
    def as_shown(kind: str, secret: str) -> str:
        """A secret as a key of this kind is written."""
        return secret_of(secret.encode()) if kind == SiteKey.Kind.SIGNED else secret

    @staticmethod
    def id_of(secret: str) -> str:
        """What a signing key is called: it follows from the secret, and says nothing of it."""
        return hashlib.sha256(f"id of {secret}".encode()).hexdigest()[:24]
