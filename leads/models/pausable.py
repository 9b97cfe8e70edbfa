"""Pausable: whose leads may be held back, by hand or because of what the CRM answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from leads.models.queries.visible import VisibleQuerySet
from leads.reasons import Reason

_Row = TypeVar("_Row", bound="Pausable")


class PausableQuerySet(VisibleQuerySet[_Row]):
    """Sets of what may be paused, and the conditional updates that several machines compete for."""

    def open(self, now: datetime) -> Self:
        """Those whose leads may be sent now: running, or paused with their probe due."""
        return self.filter(Q(paused_at=None) | Q(paused_until__lte=now))

    def held(self, now: datetime) -> Self:
        """The others: paused, their probe not yet due."""
        return self.exclude(paused_at=None).exclude(paused_until__lte=now)

    def pause(self, pk: int, reason: str, now: datetime, until: datetime | None) -> bool:
        """Hold its leads back; True when it was running until now (one alert is due then).

        `until` is when one lead is tried again; None waits for a person.
        """
        row = self.filter(pk=pk)
        values = {"pause_reason": reason, "paused_until": until}
        if row.filter(paused_at=None).update(paused_at=now, **values):
            return True
        # What a person paused stays paused, whatever an answer that was under way says.
        row.exclude(pause_reason=Reason.PAUSED_BY_HAND).update(**values)
        return False

    def take_probe(self, pk: int, now: datetime, lease: timedelta) -> bool:
        """Win the right to try it once while it is paused; nobody else may until the lease ends."""
        return bool(self.filter(pk=pk, paused_until__lte=now).update(paused_until=now + lease))

    def resume(self, pk: int, **also: Any) -> bool:
        """Let its leads go again, and set columns that begin anew; True when it was paused."""
        paused = self.filter(pk=pk).exclude(paused_at=None)
        return bool(paused.update(paused_at=None, paused_until=None, pause_reason="", **also))


class Pausable(models.Model):
    """The three columns of a pause: since when, until when, why. All are empty while it runs."""

    paused_at = models.DateTimeField(null=True, editable=False)
    paused_until = models.DateTimeField(null=True, editable=False)
    pause_reason = models.CharField(
        max_length=30, choices=Reason.choices, blank=True, editable=False
    )

    class Meta:
        abstract = True
