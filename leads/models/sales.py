"""CrmRecord: what became of a delivered lead in the CRM. SalesCounter: how many, and how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.breakdown import DAYS_KEPT, HOURS_KEPT, LONGEST_VALUE, Breakdown
from leads.models.counters import TIMELESS
from leads.models.destination import Destination
from leads.models.lead import Lead
from leads.models.queries.visible import VisibleQuerySet

LONGEST = 120
LONGEST_CURRENCY = 3
THOUSAND = 1000
"""Amounts are whole thousandths: no currency has smaller parts, and sums of them are exact."""


def in_full(thousandths: int) -> Decimal:
    """An amount of the table, as people and programs read it."""
    return Decimal(thousandths) / THOUSAND


class CrmRecordQuerySet(VisibleQuerySet["CrmRecord"]):
    """Sets of records."""

    reach = "lead__site"


class CrmRecord(models.Model):
    """The record that a lead became, as the CRM last showed it, and where it is counted.

    Goes with the lead's personal data; what was counted stays. A record or a deal that several
    leads share counts once, for the first of them.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Not converted")
        CONVERTED = "converted", _("Converted")
        HIDDEN = "hidden", _("No longer shown by the CRM: deleted, merged or hidden")

    # No constraint: it would lock the table of all leads while it is made.
    lead = models.OneToOneField(
        Lead, models.CASCADE, related_name="crm_record", db_constraint=False
    )
    destination = models.ForeignKey(Destination, models.CASCADE, related_name="+", db_index=False)
    record_id = models.CharField(max_length=40)
    is_first = models.BooleanField(help_text="The first lead of its record, which counts.")
    state = models.CharField(max_length=10, choices=State.choices)
    owner = models.CharField(max_length=LONGEST, blank=True)
    status = models.CharField(max_length=LONGEST, blank=True)
    converted_at = models.DateTimeField(null=True)
    deal_id = models.CharField(max_length=40, blank=True)
    has_deal = models.BooleanField(
        default=False, help_text="The first lead of its deal, which counts."
    )
    deal_is_gone = models.BooleanField(default=False)
    stage = models.CharField(max_length=LONGEST, blank=True)
    amount = models.BigIntegerField(null=True, help_text="In thousandths.")
    currency = models.CharField(max_length=LONGEST_CURRENCY, blank=True)
    won = models.BooleanField(default=False)
    read_at = models.DateTimeField()
    # Where it is counted, by dimension: the lead itself forgets its campaign as it is erased.
    start = models.DateTimeField()
    site_pk = models.BigIntegerField()
    source = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=100, blank=True)
    crossed = models.CharField(max_length=LONGEST_VALUE, blank=True, default="", db_default="")

    objects = CrmRecordQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("record in the CRM")
        indexes = [
            models.Index(fields=["destination", "record_id"], name="crmrecord_record"),
            models.Index(
                fields=["destination", "deal_id"], condition=~Q(deal_id=""), name="crmrecord_deal"
            ),
            models.Index(
                fields=["converted_at"],
                condition=Q(converted_at__isnull=False),
                name="crmrecord_converted",
            ),
        ]

    def __str__(self) -> str:
        return f"Record of lead {self.lead_id}"

    @property
    def amount_in_full(self) -> Decimal | None:
        """The deal's amount; None where the CRM names none."""
        return None if self.amount is None else in_full(self.amount)


class SalesCounterQuerySet(models.QuerySet["SalesCounter"]):
    """Sets of counts."""

    def within(self, parts: Iterable[tuple[str, datetime, datetime]]) -> SalesCounterQuerySet:
        """Those of these (grain, since, until); none of no part."""
        wanted = Q(pk=None)
        for grain, since, until in parts:
            wanted |= Q(grain=grain, start__gte=since, start__lt=until)
        return self.filter(wanted)

    def of_sites(self, sites: Sequence[int] | None) -> SalesCounterQuerySet:
        """Those of these sites; of every site for None."""
        return self if sites is None else self.filter(site_pk__in=sites)

    def over(self, now: datetime) -> SalesCounterQuerySet:
        """What no page can ask for any more."""
        hours = Q(grain=Breakdown.Grain.HOUR, start__lt=now - HOURS_KEPT)
        return self.filter(hours | Q(grain=Breakdown.Grain.DAY, start__lt=now - DAYS_KEPT))


class SalesCounter(models.Model):
    """How many leads received within an hour, or a day of UTC, were converted and won since, and
    for how much: by the dimensions and values of the breakdown, and kept as long.

    What was converted has no currency; what was won counts under that of its deal, and amounts
    are those of won deals. No row names a person or a lead.
    """

    COUNTS = ("converted", "won", "amount")

    grain = models.CharField(max_length=4, choices=Breakdown.Grain.choices)
    dimension = models.CharField(max_length=8, choices=Breakdown.Dimension.choices)
    start = models.DateTimeField(default=TIMELESS)
    site_pk = models.BigIntegerField()
    value = models.CharField(max_length=LONGEST_VALUE, blank=True)
    currency = models.CharField(max_length=LONGEST_CURRENCY, blank=True)
    converted = models.BigIntegerField(default=0)
    won = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0, help_text="In thousandths.")

    objects = SalesCounterQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "dimension", "start", "site_pk", "value", "currency"],
                name="salescounter_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grain} {self.dimension} {self.start}"
