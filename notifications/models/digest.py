"""Digest: who gets the counts of a day, or the report of a week, by mail, and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models import Site
from leads.models.queries.visible import VisibleQuerySet
from notifications.models.notice import LONGEST_ADDRESS


class DigestQuerySet(VisibleQuerySet["Digest"]):
    """Whose hour has come, and winning the right to send it."""

    def due(self, local: datetime) -> DigestQuerySet:
        """Those whose hour has begun and that were not sent since: a week's on its day, or later
        where nobody was there to send it.
        """
        today, begun = local.date(), Q(hour__lte=local.hour)
        wanted = Q(weekday=None) & begun & _not_since(today)
        for back in range(7):
            day = today - timedelta(days=back)
            wanted |= Q(weekday=day.weekday()) & _not_since(day) & (Q() if back else begun)
        return self.filter(wanted, enabled=True)

    def win_day(self, pk: int, day: date) -> bool:
        """Win today's digest; True for one caller, whatever number of workers asks."""
        return bool(self.filter(_not_since(day), pk=pk, enabled=True).update(sent_on=day))


def _not_since(day: date) -> Q:
    return Q(sent_on=None) | Q(sent_on__lt=day)


class Digest(models.Model):
    """A mail to one address each day or each week, about one site or about all of them."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Mondays: the report of the week")
        TUESDAY = 1, _("Tuesdays: the report of the week")
        WEDNESDAY = 2, _("Wednesdays: the report of the week")
        THURSDAY = 3, _("Thursdays: the report of the week")
        FRIDAY = 4, _("Fridays: the report of the week")
        SATURDAY = 5, _("Saturdays: the report of the week")
        SUNDAY = 6, _("Sundays: the report of the week")

        __empty__ = _("Every day: the counts of the day")

    recipient = models.EmailField(max_length=LONGEST_ADDRESS)
    site = models.ForeignKey(
        Site,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="digests",
        help_text=_("Empty: the figures of all sites."),
    )
    weekday = models.PositiveSmallIntegerField(
        _("sent"), choices=Weekday.choices, null=True, blank=True
    )
    hour = models.PositiveSmallIntegerField(
        default=8,
        validators=[MaxValueValidator(23)],
        help_text=_("0 to 23, in the time zone of this installation."),
    )
    enabled = models.BooleanField(default=True)
    sent_on = models.DateField(_("last sent"), null=True, editable=False)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("Digests and reports")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "site"],
                condition=Q(weekday=None),
                name="digest_once_a_site",
            ),
            models.UniqueConstraint(
                fields=["recipient", "site", "weekday"], name="report_once_a_site"
            ),
            models.UniqueConstraint(
                fields=["recipient"],
                condition=Q(site=None, weekday=None),
                name="digest_once_for_all_sites",
            ),
            models.UniqueConstraint(
                fields=["recipient", "weekday"],
                condition=Q(site=None),
                name="report_once_for_all_sites",
            ),
            models.CheckConstraint(
                condition=Q(weekday=None) | Q(weekday__lte=6), name="report_on_a_weekday"
            ),
            models.CheckConstraint(condition=Q(hour__lte=23), name="digest_hour_of_a_day"),
        ]

    def __str__(self) -> str:
        return gettext("Digest %(pk)s") % {"pk": self.pk}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; a new one whose hour is over begins with the next day that is its own."""
        local = timezone.localtime()
        is_over = self.hour <= local.hour or self.weekday not in (None, local.weekday())
        if self._state.adding and self.sent_on is None and is_over:
            self.sent_on = local.date()
        super().save(*args, **kwargs)
