"""DryRuns: how often a site asked what would be sent."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F

from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site


class DryRunsQuerySet(VisibleQuerySet["DryRuns"]):
    """Counting one."""

    def count_one(self, site_id: int, now: datetime) -> None:
        """One more of the site; of the first two at once each makes the row and both count."""
        row = self.filter(pk=site_id)
        one_more = {"number": F("number") + 1, "last_at": now}
        if not row.update(**one_more):
            self.bulk_create([DryRuns(pk=site_id, number=0, last_at=now)], ignore_conflicts=True)
            row.update(**one_more)


class DryRuns(models.Model):
    """A count and a moment for each site that asked. Holds nothing of what was asked about."""

    site = models.OneToOneField(
        Site, models.CASCADE, primary_key=True, related_name="dry_runs", editable=False
    )
    number = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    objects = DryRunsQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number} of site {self.pk}"
