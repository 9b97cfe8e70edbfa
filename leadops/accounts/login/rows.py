"""The rows that wrong passwords are counted in."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models, transaction

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class LoginTryQuerySet(models.QuerySet["LoginTry"]):
    """Sets of counts."""

    def give_back(self, keys: list[str]) -> None:
        """One try less, and nobody has to wait for it."""
        counted = self.filter(key__in=keys, wrong__gt=0)
        with transaction.atomic():
            # In the order in which a try locks them: else the two may wait for each other.
            list(counted.select_for_update().order_by("key"))
            counted.update(wrong=models.F("wrong") - 1, next_at=LONG_AGO)


class LoginTry(models.Model):
    """How often a password was wrong in a row, for an account, an address, a pair or a browser.

    Names and addresses stand here as keyed hashes: what was typed as a name may be a password.
    """

    class Kind(models.TextChoices):
        """What is counted by."""

        ACCOUNT = "account", "account, from anywhere"
        ADDRESS = "address", "address"
        PAIR = "pair", "account and address"
        DEVICE = "device", "browser that logged in before"
        RESET = "reset", "address that asks for links"
        TURN = "turn", "whose turn it is to be judged"

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    account = models.CharField(max_length=64, blank=True, db_index=True)
    wrong = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=LONG_AGO, db_index=True)
    next_at = models.DateTimeField(default=LONG_AGO)

    objects = LoginTryQuerySet.as_manager()

    class Meta:
        app_label = "accounts"
        default_permissions = ()
        verbose_name = "wrong passwords"
        verbose_name_plural = "wrong passwords"

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}"
