"""Which passwords are taken: long ones or ones that are hard to guess, and none that is known."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

from leads.models import Site

LONG = 12
"""Characters from which a password is taken that is not too easy."""
HARD, TOO_EASY = 3, 2
"""Of zxcvbn's 0 to 4: enough for a short one; too little for a long one."""
OWN = 6
"""Characters that belong to no word which a guesser begins with."""
JUDGED = 72
"""Characters that zxcvbn looks at: it takes long over more."""


class Guessable:
    """A validator of Django's AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError where somebody would soon guess it."""
        known = words(user)
        score = zxcvbn(password[:JUDGED], user_inputs=known)["score"]
        own = rest(password, known)
        if len(own) >= OWN and (score >= HARD or (len(password) >= LONG and score >= TOO_EASY)):
            return
        raise ValidationError(
            _(
                "This password is too easy to guess. Take at least 12 characters, such as four "
                "words that have nothing to do with each other, with LeadOps or with you."
            ),
            code="password_guessable",
        )

    def get_help_text(self) -> str:
        """What the form says."""
        return _("At least 12 characters, or fewer that are hard to guess.")

    def password_changed(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's
        """Django says so whenever one was saved, whoever set it and how: its owner is told."""
        from leadops.accounts.tasks import mail_owner  # noqa: PLC0415 - it needs the queue

        if user.last_login:  # an account that nobody used yet has no owner to tell
            mail_owner(user, "password")


class Breached:
    """A validator: no password of the list at BREACHED_PASSWORDS."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's signature
        """Raises ValidationError where the list has it."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        if is_listed(Path(settings.BREACHED_PASSWORDS), digest):
            raise ValidationError(
                _("This password stands in a list of stolen ones. Take another."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        """What the form says."""
        return _("None that is known from a breach.")


def words(user: Any) -> list[str]:
    """What a guesser would begin with here."""
    found = ["leadops", "zoho", *(urlsplit(settings.PUBLIC_URL).hostname or "").split(".")]
    names = Site.objects.order_by("pk").values_list("name", flat=True)[:100]
    found += [part for name in names for part in name.split()]
    for field in ("username", "first_name", "last_name", "email"):
        found += str(getattr(user, field, "") or "").replace("@", " ").replace(".", " ").split()
    return [word.lower() for word in found if len(word) > 2]


def rest(password: str, known: list[str]) -> str:
    """What is left of a password without the words that a guesser begins with."""
    left = password.lower()
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "")
    return left


def is_listed(path: Path, digest: str) -> bool:
    """Whether a sorted file of lines `SHA1:count`, as Have I Been Pwned gives it, has a digest."""
    wanted = digest.encode()
    with path.open("rb") as lines:
        low, high = 0, path.stat().st_size
        while low < high:
            middle = (low + high) // 2
            lines.seek(middle)
            if middle:
                lines.readline()  # to the beginning of a line
            line = lines.readline()[:40].upper()
            if line == wanted:
                return True
            if line and line < wanted:
                low = middle + 1
            else:
                high = middle
        lines.seek(low)
        return lines.readline()[:40].upper() == wanted
