"""Allowance: how much of something has been used up in the period that is running."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class AllowanceQuerySet(models.QuerySet["Allowance"]):
    """Giving back and tidying up; `leads.store.database.use_allowance` uses one up."""

    def give_back(self, name: str) -> None:
        """One that was used up was not needed."""
        self.filter(name=name, used__gt=0).update(used=models.F("used") - 1)

    def used_up(self, name: str, limit: int, now: int) -> bool:
        """Whether nothing is left of it in the period that is running; `now` in seconds."""
        return self.filter(name=name, used__gte=limit, ends_at__gt=now).exists()

    def over(self, moment: datetime) -> AllowanceQuerySet:
        """Those whose period ended before a moment: nobody asks for them any more."""
        return self.filter(ends_at__lt=int(moment.timestamp()))


class Allowance(models.Model):
    """A counter that begins anew with each period. Holds no personal data.

    On PostgreSQL the table is unlogged: using one costs no wait for the disk, and what a crash
    of the server empties is worth a minute.
    """

    name = models.CharField(max_length=80, primary_key=True)
    ends_at = models.BigIntegerField(help_text="Seconds since 1970.")
    used = models.IntegerField()

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
