"""SignedRequest: that a signed request came, so that it is not taken a second time."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import IntegrityError, models, transaction


class SignedRequestQuerySet(models.QuerySet["SignedRequest"]):
    """Taking one once, whichever process it reaches."""

    def take(self, digest: str, ends_at: datetime) -> bool:
        """Win the right to handle a request; False where somebody has."""
        try:
            with transaction.atomic():
                self.create(digest=digest, ends_at=ends_at)
        except IntegrityError:
            return False
        return True

    def over(self, now: datetime) -> SignedRequestQuerySet:
        """Those that their time alone refuses by now."""
        return self.filter(ends_at__lt=now)


class SignedRequest(models.Model):
    """A digest of key, id and time, until the time is too old for anybody. Nothing of the body."""

    digest = models.CharField(max_length=64, primary_key=True)
    ends_at = models.DateTimeField(db_index=True)

    objects = SignedRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest[:6]

    @staticmethod
    def digest_of(key: str, message: str, timestamp: str) -> str:
        """What names a request: a repeat that was signed anew has another time."""
        return hashlib.sha256(f"{key}.{message}.{timestamp}".encode()).hexdigest()
