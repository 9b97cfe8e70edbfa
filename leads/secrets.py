"""Secrets at rest: a text column encrypted with the keys of FIELD_KEYS.

Our own lines over `cryptography`: the field packages either derive their key from SECRET_KEY, so
that rotating one loses the other, or do not support Django 5.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class Locked(str):
    """A stored secret that none of FIELD_KEYS opens: empty to whoever uses it.

    Reading the row must not fail, or every page and worker that touches it would; and saving it
    must not lose what the right key would still open.
    """

    stored: str

    @classmethod
    def around(cls, stored: str) -> Locked:
        """An empty text that remembers what is stored."""
        text = cls()
        text.stored = stored
        return text


def box() -> MultiFernet:
    """The keys of today: the first one locks, all of them open."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def open_box(stored: str) -> str:
    """What was stored, opened; Locked where no key fits."""
    if not stored:
        return ""
    try:
        return box().decrypt(stored.encode()).decode()
    except (InvalidToken, UnicodeError):
        return Locked.around(stored)


def is_newest(stored: str) -> bool:
    """Whether the newest key alone opens it."""
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(stored.encode())
    except (InvalidToken, UnicodeError):
        return False
    return True


if TYPE_CHECKING:
    TextField = models.TextField[str, str]  # generic in the stubs alone
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Text that is encrypted in the database; the empty string stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        """What is stored."""
        if isinstance(value, Locked):
            return value.stored
        return box().encrypt(value.encode()).decode() if value else ""

    def from_db_value(self, value: str | None, *_args: Any) -> str:
        """What was stored, opened; an empty `Locked` when no key fits."""
        return open_box(value or "")
