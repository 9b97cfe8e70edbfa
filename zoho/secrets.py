"""Secrets at rest: a text column encrypted with the keys of FIELD_KEYS.

Our own forty lines over `cryptography`: the field packages either derive their key from
SECRET_KEY, so that rotating one loses the other, or do not support Django 5.2.
"""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class Undecryptable(Exception):
    """A stored secret that none of FIELD_KEYS opens."""


def box() -> MultiFernet:
    """The keys of today: the first one locks, all of them open."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database; the empty string stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        """What is stored."""
        return box().encrypt(value.encode()).decode() if value else ""

    def from_db_value(self, value: str | None, *_args: Any) -> str:
        """What was stored, opened. Raises Undecryptable when no key fits."""
        if not value:
            return ""
        try:
            return box().decrypt(value.encode()).decode()
        except InvalidToken:
            raise Undecryptable(
                f"{self.model.__name__}.{self.name} was locked with a key that is not in FIELD_KEYS"
            ) from None
