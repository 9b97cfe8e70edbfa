"""Breakdown: leads and attempts by site, reason, source, campaign and page, hour by hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from leads.models.counters import EVERY_SITE, TIMELESS

HOURS_KEPT = timedelta(days=190)
"""Where a span begins and ends it is made of hours: 90 days, and the 90 before."""
DAYS_KEPT = timedelta(days=400)
LONGEST_VALUE = 140
"""A campaign, and a source beside it."""


class BreakdownQuerySet(models.QuerySet["Breakdown"]):
    """Sets of counts."""

    def of_every_site(self) -> BreakdownQuerySet:
        """Those of all sites together: of source, campaign and page alone."""
        return self.filter(site_pk=EVERY_SITE)

    def over(self, now: datetime) -> BreakdownQuerySet:
        """What no page can ask for any more."""
        hours = Q(grain=Breakdown.Grain.HOUR, start__lt=now - HOURS_KEPT)
        return self.filter(hours | Q(grain=Breakdown.Grain.DAY, start__lt=now - DAYS_KEPT))


class Breakdown(models.Model):
    """How many leads received within an hour, or a day of UTC, stand where, by one dimension.

    Of every dimension the counts of all values are those of the site, but for leads that were
    taken before campaigns were told apart: these have no source, campaign or page yet; nor have
    those a source and campaign together that came before that was counted. Attempts count in the
    hour they were made in, by site and reason alone. By source, campaign and page the sites stand
    together once more, as site 0: many sites of many values would be many rows a page. Written in
    the transaction that folds; hours go after 190 days, days after 400, no row names a person or a
    lead.
    """

    class Grain(models.TextChoices):
        HOUR = "hour"
        DAY = "day"
        ALL = "all"

    class Dimension(models.TextChoices):
        SITE = "site"
        REASON = "reason"
        SOURCE = "source"
        CAMPAIGN = "campaign"
        PAGE = "page"
        CROSSED = "crossed", "source and campaign"

    COUNTS = (
        *("under_way", "delivered", "entered", "failed", "held", "spam", "discarded"),
        *("prompt", "inserted", "refused"),
    )
    OTHER = "(other)"
    """What comes after the first 200 values of a site and day."""

    grain = models.CharField(max_length=4, choices=Grain.choices)
    dimension = models.CharField(max_length=8, choices=Dimension.choices)
    start = models.DateTimeField(default=TIMELESS)
    site_pk = models.BigIntegerField()
    value = models.CharField(max_length=LONGEST_VALUE, blank=True)
    under_way = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    entered = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0, help_text="By a rule, spam aside; discarded too.")
    spam = models.BigIntegerField(default=0, help_text="Held as spam; discarded too.")
    discarded = models.BigIntegerField(default=0)
    prompt = models.BigIntegerField(default=0, help_text="In the CRM within 60 seconds.")
    inserted = models.BigIntegerField(default=0, help_text="Attempts with 13003.")
    refused = models.BigIntegerField(default=0, help_text="Attempts with 13002.")

    objects = BreakdownQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "dimension", "start", "site_pk", "value"], name="breakdown_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["grain", "dimension", "start"],
                condition=Q(site_pk=EVERY_SITE),
                name="breakdown_of_every_site",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grain} {self.dimension} {self.start}"
