"""Reader: an address that opens the links of its mails, once it has shown a code."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from notifications.models.notice import LONGEST_ADDRESS

CODE_FOR = timedelta(minutes=10)
"""How long a code opens, from the moment in which its mail is written."""
CODE_WAIT = timedelta(minutes=1)
"""How soon another code may be asked for."""
CODE_TRIES = 5
"""How often a code may be tried."""
OPEN_FOR = timedelta(days=14)
"""How long a browser that showed a code is known."""


class ReaderQuerySet(models.QuerySet["Reader"]):
    """Finding readers, and the conditional updates that two browsers may compete for."""

    def of(self, address: str) -> Reader | None:
        """The reader with this address, in whatever case it is written."""
        return self.filter(recipient=address.lower()).first()

    def keep(self, address: str, until: datetime) -> Reader:
        """The reader with this address, made where there is none, kept at least so long."""
        reader, made = self.get_or_create(recipient=address.lower(), defaults={"kept_until": until})
        if not made:
            self.filter(pk=reader.pk, kept_until__lt=until).update(kept_until=until)
        return reader

    def asks(self, pk: int, now: datetime) -> bool:
        """Note that a code is on its way; False for everybody but the first within its time."""
        none_yet = Q(asked_at=None) | Q(asked_at__lte=now - CODE_WAIT)
        return bool(self.filter(none_yet, pk=pk).update(asked_at=now))

    def new_code(self, address: str, now: datetime) -> str | None:
        """A new code in the place of the old one; None where nobody reads there any more.

        It is in the mail that is written now and nowhere else: what is kept of it is a digest.
        """
        reader = self.of(address)
        if reader is None:
            return None
        code = f"{secrets.randbelow(1_000_000):06}"
        new = {"code_digest": reader.digest_of(code), "code_until": now + CODE_FOR}
        self.filter(pk=reader.pk).update(code_tries=0, asked_at=now, **new)
        return code

    def show_code(self, pk: int, code: str, now: datetime) -> bool:
        """Use up a try, and the code with it where it is right; True for one caller a code.

        The try is counted before anything is compared: whoever guesses from many sides at once
        has five tries too.
        """
        live = self.filter(pk=pk, code_until__gt=now, code_tries__lt=CODE_TRIES)
        if not live.update(code_tries=F("code_tries") + 1):
            return False
        reader = self.get(pk=pk)
        if not constant_time_compare(reader.digest_of(code), reader.code_digest):
            return False
        won = self.filter(pk=pk, code_digest=reader.code_digest, code_until__gt=now)
        opened = {"code_digest": "", "code_until": None, "asked_at": None, "code_tries": 0}
        return bool(won.update(**opened, kept_until=max(reader.kept_until, now + OPEN_FOR)))


class Reader(models.Model):
    """A recipient of mails with links. Goes with the last link and the last browser that is known,
    and at once with the last site that tells the address.

    `seed` is in what a browser keeps: a reader that was deleted and came back knows none of them.
    """

    recipient = models.CharField(
        max_length=LONGEST_ADDRESS, unique=True, help_text=_("In small letters.")
    )
    seed = models.UUIDField(default=uuid.uuid4, editable=False)
    asked_at = models.DateTimeField(null=True, help_text=_("When a code was asked for."))
    code_digest = models.CharField(max_length=64, blank=True, default="")
    code_until = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    kept_until = models.DateTimeField()

    objects = ReaderQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(code_digest="", code_until=None)
                | (~Q(code_digest="") & Q(code_until__isnull=False)),
                name="reader_code_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(code_tries__lte=CODE_TRIES), name="reader_code_has_few_tries"
            ),
        ]

    def __str__(self) -> str:
        return f"Reader {self.pk}"

    def digest_of(self, code: str) -> str:
        """What is kept of a code: with our key in it, for there are but a million codes."""
        return salted_hmac(
            "notifications.code", f"{self.pk}:{self.seed}:{code}", algorithm="sha256"
        ).hexdigest()

    def is_waiting(self, now: datetime) -> bool:
        """Whether a code is on its way, or there to be typed in."""
        return self.asked_at is not None and self.asked_at > now - CODE_FOR
