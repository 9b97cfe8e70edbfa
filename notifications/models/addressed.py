"""Addressed: an address of others that is called. It opens a door, so it is kept as a secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import models

from leads.secrets import EncryptedTextField, Locked
from leads.signing import standard_webhooks

OVERLAP = timedelta(days=3)
"""How long a secret signs beside the one that took its place."""
SECRETS = ("address", "secret", "former_secret")
"""Columns that take a key of FIELD_KEYS to be read."""


class Addressed(models.Model):
    """What has an address, and the secrets that calls to it are signed with."""

    address = EncryptedTextField()
    host = models.CharField(max_length=255, editable=False)
    # What the receiver checks the signature with.
    secret = EncryptedTextField(blank=True, editable=False)
    former_secret = EncryptedTextField(blank=True, editable=False, default="", db_default="")
    former_until = models.DateTimeField(null=True, editable=False)

    if TYPE_CHECKING:
        name: models.CharField[str, str]

    class Meta:
        abstract = True

    @property
    def signs(self) -> bool:
        """Whether calls are signed."""
        return True

    @property
    def label(self) -> str:
        """Name and host: the address without what is secret in it."""
        return f"{self.name} ({self.host})"[:320]

    @property
    def is_locked(self) -> bool:
        """Whether no key of FIELD_KEYS opens what is stored."""
        return isinstance(self.address, Locked) or isinstance(self.secret, Locked)

    def set_address(self, address: str) -> None:
        """Where to post; where calls are signed, a new secret comes with the first address."""
        self.address = address
        self.host = urlsplit(address).hostname or ""
        if self.signs and self._state.adding:
            self.new_secret()

    def new_secret(self) -> str:
        """A new random secret in the form of Standard Webhooks, for the receiver to keep."""
        secret = standard_webhooks.new_secret()
        self.secret = secret
        return secret

    def renew_secret(self, now: datetime) -> None:
        """A new secret; for three days the former one signs as well, so that no call is refused."""
        if not isinstance(self.secret, Locked):
            self.former_secret, self.former_until = self.secret, now + OVERLAP
        self.new_secret()
        self.save(update_fields=["secret", "former_secret", "former_until"])

    def end_former_secret(self) -> bool:
        """Sign with the newest secret alone from now on; False where it is so already."""
        had = self.former_until is not None
        self.former_secret, self.former_until = "", None
        self.save(update_fields=["former_secret", "former_until"])
        return had

    def signing_secrets(self, now: datetime) -> list[str]:
        """What a call is signed with now, the newest first."""
        signs = self.former_until is not None and now < self.former_until
        # A former secret that no key opens must not keep a call back.
        former = self.former_secret if signs and isinstance(self.former_secret, str) else ""
        return [self.secret, *filter(None, [former])]
