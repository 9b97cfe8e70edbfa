"""ApiAnswer: what a program was answered to an Idempotency-Key, so that a thing is done once.

Kept for a day. It holds ids, codes, counts and what set-up is called: no operation with a key
answers personal data, and a secret is added to what is kept; see `leadops.api.sites.secret`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from leadops.accounts.tokens.rows import ApiToken

KEPT_FOR = timedelta(days=1)


class ApiAnswerQuerySet(models.QuerySet["ApiAnswer"]):
    """Finding the answer of a key."""

    def begin(self, token: ApiToken, key: str, digest: str) -> ApiAnswer:
        """The row of a key, new without a status; within a transaction.

        Whoever asks at the same time waits for the row, and then finds it answered.
        """
        row, _new = self.get_or_create(token=token, key=key, defaults={"digest": digest})
        return row

    def over(self, now: datetime) -> ApiAnswerQuerySet:
        """Those that nobody asks for any more."""
        return self.filter(created_at__lt=now - KEPT_FOR)


class ApiAnswer(models.Model):
    """One key of one token: the request's digest, and its answer."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body: models.JSONField[Any, Any] = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = ApiAnswerQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("answer of the API")
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="apianswer_once_a_key"),
        ]

    def __str__(self) -> str:
        return f"Answer {self.pk}"

    def keep(self, status: int, body: Any) -> None:
        """Keep what was answered."""
        self.status, self.body = status, body
        self.save(update_fields=["status", "body"])


def forget(sender: Any, now: datetime, **_signal: Any) -> None:
    """Once a day: let go of what is over."""
    ApiAnswer.objects.over(now).delete()
