"""Digest: who gets the counts of a day by mail, and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models import Site
from leads.models.queries.visible import VisibleQuerySet
from notifications.models.notice import LONGEST_ADDRESS


class DigestQuerySet(VisibleQuerySet["Digest"]):
    """Whose hour has come, and winning the right to send it."""

    def due(self, local: datetime) -> DigestQuerySet:
        """Those not sent on this local day whose hour has begun."""
        not_yet = Q(sent_on=None) | Q(sent_on__lt=local.date())
        return self.filter(not_yet, enabled=True, hour__lte=local.hour)

    def win_day(self, pk: int, day: date) -> bool:
        """Win today's digest; True for one caller, whatever number of workers asks."""
        not_yet = Q(sent_on=None) | Q(sent_on__lt=day)
        return bool(self.filter(not_yet, pk=pk, enabled=True).update(sent_on=day))


class Digest(models.Model):
    """A daily mail to one address, about one site or about all of them."""

    recipient = models.EmailField(max_length=LONGEST_ADDRESS)
    site = models.ForeignKey(
        Site,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="digests",
        help_text=_("Empty: the figures of all sites."),
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
        verbose_name = _("daily digest")
        verbose_name_plural = _("daily digests")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "site"], name="digest_once_a_site"),
            models.UniqueConstraint(
                fields=["recipient"], condition=Q(site=None), name="digest_once_for_all_sites"
            ),
            models.CheckConstraint(condition=Q(hour__lte=23), name="digest_hour_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"Digest {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; a new one whose hour is over begins tomorrow."""
        local = timezone.localtime()
        if self._state.adding and self.sent_on is None and self.hour <= local.hour:
            self.sent_on = local.date()
        super().save(*args, **kwargs)
