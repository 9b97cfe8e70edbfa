"""Key: what lets a program in. Of whom, and to what, says the kind of key that it is."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.queries.visible import VisibleQuerySet
from leads.networks import are_networks, within

_Key = TypeVar("_Key", bound="Key")


class KeyQuerySet(VisibleQuerySet[_Key]):
    """Finding the key that a request shows."""

    def live(self) -> Self:
        """Keys that have not been revoked and have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)

    def note_use(self, digest: str, now: datetime, every: timedelta, address: str = "") -> bool:
        """Note that a key was shown, and from where; True for the one in `every` who did."""
        known = Q(last_used_at=None) | Q(last_used_at__lt=now - every)
        noted = {"last_used_at": now, "last_used_from": self.shown_from(address)}
        return bool(self.filter(known, digest=digest).update(**noted))

    def shown_from(self, address: str) -> Any:
        """What is kept of where a key was shown."""
        return address


class Key(models.Model):
    """A secret that is shown once and kept as a digest, with an end and networks of its own."""

    prefix = models.CharField(max_length=6, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
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

    class Meta:
        abstract = True

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
        rows: KeyQuerySet[Self] = type(self)._default_manager.all()  # type: ignore[assignment]
        return bool(rows.live().filter(pk=self.pk).update(revoked_at=timezone.now()))
