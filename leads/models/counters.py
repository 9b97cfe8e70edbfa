"""CounterDelta: counters as append-only deltas. CounterRollup: what they add up to."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_noop

from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site

TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)
"""The start of a total that is of all time."""
EVERY_SITE = 0
"""The site of a total that is of all sites."""
# Written this way for PostgreSQL: it takes `amount <> rolled` for true of nearly every row and
# reads the whole table (2 million rows: 285 ms; with this 1.7 ms). In SQL, because SQLite uses a
# partial index only where the condition holds no parameter.
PENDING = "CASE WHEN amount = rolled THEN 0 ELSE 1 END = 1"
"""The condition of the index `figure_pending`, word for word."""


class CounterDeltaQuerySet(VisibleQuerySet["CounterDelta"]):
    """Sets of counters."""

    def pending(self) -> CounterDeltaQuerySet:
        """Those that the totals do not hold yet, or not whole; a small index finds them."""
        return self.filter(RawSQL(PENDING, (), models.BooleanField()))  # noqa: S611 - a constant


class CounterDelta(models.Model):
    """A change of one counter, or (folded) the sum of such changes.

    Leads are counted by the quarter hour in which they were received and their status,
    attempts by the quarter hour in which they were logged and their response code, and so are
    those that a rule held, which were sent nowhere; leads that were in the CRM within a
    minute once more, as prompt. Written in the transaction that made the change true, so sums
    hold at every instant; quarter hours make them right in every time zone.
    """

    class Kind(models.TextChoices):
        LEAD = "lead"
        ATTEMPT = "attempt"
        HELD = "held"
        PROMPT = "prompt"

    kind = models.CharField(max_length=7, choices=Kind.choices)
    # No index of its own: nobody looks for all figures of a site.
    site = models.ForeignKey(Site, models.PROTECT, related_name="figures", db_index=False)
    quarter = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=30, blank=True)
    amount = models.IntegerField()
    folded = models.BooleanField(default=False)
    rolled = models.IntegerField(
        default=0, db_default=0, help_text="How much of the amount the totals hold."
    )
    attribution = models.CharField(
        max_length=240,
        blank=True,
        default="",
        db_default="",
        help_text="Of the leads in a change that is not folded; see `leads.counters.attribution`.",
    )

    objects = CounterDeltaQuerySet.as_manager()

    class Meta:
        # The table and the permission keep the names that installations know.
        db_table = "leads_figure"
        default_permissions = ()
        permissions = [("view_figure", gettext_noop("Can view figure"))]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "site", "quarter", "outcome", "reason"],
                condition=Q(folded=True),
                name="figure_folded_once",
            ),
        ]
        # And `figure_pending` on the id, made in SQL. No more: each costs every lead that comes in,
        # is claimed or finished.

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome} {self.amount:+}"


class CounterRollup(models.Model):
    """What folded figures add up to, so that no page sums the whole table.

    Written in the transaction that folds. At every instant, all figures together are the totals
    of a grain and what the pending figures have beyond them. The hours and days of leads are
    another thing: how many a site received, whatever became of them, summed once the hour is over
    (`leads.counters.volume`).
    """

    class Grain(models.TextChoices):
        ALL = "all", "of all time, by outcome and reason"
        SITE = "site", "of all time, by site and outcome"
        DAY = "day", "attempts of a day of UTC"
        HOUR = "hour", "attempts of an hour"
        QUARTER = "quarter", "attempts of a quarter hour"
        FOLD = "fold", "how many times anything was folded"
        MOVED = "moved", "how many were counted as attempts before they were called held"
        WHOLE = "whole", "how many of the folds the breakdown holds"
        EVERY = "every", "how many of the folds the breakdown of all sites holds"
        CROSSED = "crossed", "how many of the folds the breakdown by source and campaign holds"
        SINCE = "since", "from when on leads are counted by source and campaign together"
        FILLED = "filled", "the lead from which older ones have no attribution yet"

    grain = models.CharField(max_length=7, choices=Grain.choices)
    kind = models.CharField(max_length=7, choices=CounterDelta.Kind.choices, blank=True)
    site_pk = models.BigIntegerField(default=EVERY_SITE)
    start = models.DateTimeField(default=TIMELESS)
    outcome = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    amount = models.BigIntegerField()

    class Meta:
        db_table = "leads_total"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "kind", "site_pk", "start", "outcome", "reason"],
                name="total_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grain} {self.kind} {self.outcome} {self.amount}"
