"""Slot: a leased place, which caps how many calls are open to a destination at once."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from leads.models.destination import Destination


class SlotQuerySet(models.QuerySet["Slot"]):
    """The leased places that cap how many calls are open at once."""

    def take_slot(
        self, destination_id: int, limit: int, now: datetime, lease: timedelta
    ) -> uuid.UUID | None:
        """Lease a free place; its token, or None when all `limit` places are taken."""
        places = self.filter(destination_id=destination_id, number__lt=limit)
        free = places.filter(Q(token=None) | Q(leased_until__lte=now))
        if places.count() < limit:
            Slot.objects.bulk_create(
                (Slot(destination_id=destination_id, number=n) for n in range(limit)),
                ignore_conflicts=True,
            )
        token = uuid.uuid4()
        for pk in free.order_by("number").values_list("pk", flat=True):
            if free.filter(pk=pk).update(token=token, leased_until=now + lease):
                return token
        return None

    def release(self, token: uuid.UUID) -> bool:
        """Give the place back; False when the lease had passed to somebody else."""
        return bool(self.filter(token=token).update(token=None, leased_until=None))


class Slot(models.Model):
    """A leased place: whoever holds it may have one call open to the destination."""

    destination = models.ForeignKey(Destination, models.CASCADE, related_name="slots")
    number = models.PositiveSmallIntegerField()
    token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["destination", "number"], name="slot_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.destination_id}/{self.number}"
