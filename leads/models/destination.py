"""Destination: where leads go, how fast, and whether they may go now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models.pausable import Pausable, PausableQuerySet
from leads.store import database

if TYPE_CHECKING:
    from leads.models.lead import Lead


SUCCESS_IS_NEWS_AFTER = timedelta(seconds=1)
CREDITS_ARE_NEWS_AFTER = timedelta(seconds=10)


def due_leads(now: datetime) -> models.QuerySet[Lead]:
    """The leads of one destination that a claim would take, for a subquery."""
    from leads.models.lead import Lead  # noqa: PLC0415 - which names Destination itself

    return Lead.objects.claimable(now).filter(destination=models.OuterRef("pk"))


@cache
def wakes_still(every: timedelta) -> tuple[str, Any]:
    """A look whether somebody woke a worker for a destination a moment ago: its statement, written
    by the ORM once, and the second of its parameters, after the destination's id.
    """
    # Prepared, it is not known that a parameter is a span: it says so.
    span = Cast(Value(every), models.DurationField())
    woken = Destination.objects.filter(pk=0, woken_at__gte=Now() - span).order_by()
    statement, (_pk, seconds) = woken.values_list("pk").query.sql_with_params()
    return statement, seconds


class DestinationQuerySet(PausableQuerySet["Destination"]):
    """Sets of destinations, and the conditional updates that several machines compete for."""

    def of_sites(self, sites: Collection[int]) -> Q:
        """Those that the sites send to, though others may as well."""
        own = apps.get_model("leads", "Site")._default_manager.filter(pk__in=sites)
        return Q(pk__in=own.values("destination"))

    def with_due_leads(self, now: datetime) -> DestinationQuerySet:
        """Those with at least one lead that a claim would take."""
        return self.filter(models.Exists(due_leads(now)))

    def wake(self, pk: int, every: timedelta) -> bool:
        """Note that a worker is woken; True for the one caller that must wake it.

        Nearly every caller finds that somebody did: a look that takes no lock answers those.
        """
        statement, span = wakes_still(every)
        if database.fetch_prepared("wakes_still", statement, [pk, span]):
            return False
        unwoken = Q(woken_at=None) | Q(woken_at__lt=Now() - every)
        return bool(self.filter(unwoken, pk=pk).update(woken_at=Now()))

    def resume(self, pk: int, **also: Any) -> bool:
        """Send again, its faults forgotten; True when it was paused."""
        return super().resume(pk, faults=0, **also)

    def add_fault(self, pk: int, calls: int = 1) -> int:
        """Count the calls of one more try that failed as a whole; the number in a row so far."""
        self.filter(pk=pk).update(faults=F("faults") + calls)
        return self.values_list("faults", flat=True).get(pk=pk)

    def is_news(self, pk: int, now: datetime, after: timedelta = SUCCESS_IS_NEWS_AFTER) -> bool:
        """Whether a success at `now` changes what the row says, to the second or to `after`.

        Every batch succeeds, and a row that each of them writes makes them wait for each other.
        """
        known = Q(faults=0, paused_at=None, last_success_at__gt=now - after)
        return not self.filter(known, pk=pk).exists()

    def note_credits(self, pk: int, left: int, now: datetime) -> bool:
        """Keep how many API credits are left; no more often than pages show it."""
        old = Q(credits_seen_at=None) | Q(credits_seen_at__lte=now - CREDITS_ARE_NEWS_AFTER)
        changes = {"credits_left": left, "credits_seen_at": now}
        return bool(self.filter(old, pk=pk).update(**changes))

    def take_ticket(self, pk: int, seen: datetime | None, until: datetime) -> bool:
        """Reserve the next moment at which a call may start; False when somebody else did."""
        return bool(self.filter(pk=pk, next_call_at=seen).update(next_call_at=until))


class Destination(Pausable):
    """One place that leads are delivered to, with its pace, its slots and its breaker."""

    name = models.CharField(max_length=100, unique=True)
    calls_per_second = models.FloatField(
        default=10,
        validators=[MinValueValidator(0.01), MaxValueValidator(100)],
        help_text=_("How many calls may start in a second, all machines together."),
    )
    max_slots = models.PositiveSmallIntegerField(
        _("parallel calls"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(25)],
        help_text=_("How many calls may be open at once, all machines together."),
    )
    batch_size = models.PositiveSmallIntegerField(
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How many leads travel in one call. Zoho takes 100."),
    )
    resend_is_safe = models.BooleanField(
        _("reference field verified"),
        default=False,
        editable=False,
        help_text=_(
            "Whether the destination refuses a second record with the same reference, so that "
            "a lead whose outcome is unknown may be sent again."
        ),
    )

    woken_at = models.DateTimeField(null=True, editable=False, db_column="rung_at")
    next_call_at = models.DateTimeField(null=True, editable=False)
    faults = models.PositiveIntegerField(_("failed calls in a row"), default=0, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)
    credits_left = models.PositiveIntegerField(
        null=True, editable=False, help_text=_("API credits of the day that the CRM last named.")
    )
    credits_seen_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DestinationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [
            ("pause_destination", gettext_noop("Can pause sending")),
            ("resume_destination", gettext_noop("Can resume sending")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_until=None, pause_reason="")
                | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
                name="destination_pause_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(batch_size__gte=1, batch_size__lte=100),
                name="destination_batch_size_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name
