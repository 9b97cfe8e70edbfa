"""Notice: something that people must be told, as a row; mail is its delivery."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Destination, Lead, Site


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Sets of notices."""

    def due(self, now: datetime) -> NoticeQuerySet:
        """Owed and not before their time."""
        return self.filter(status=Notice.Status.PENDING, due_at__lte=now)


class Notice(models.Model):
    """One message to one address. Holds no personal data: the mail is written when it is sent."""

    class Kind(models.TextChoices):
        LEAD_FAILED = "lead_failed", _("A lead failed")
        LEADS_WAITING = "leads_waiting", _("Leads are waiting")
        PAUSED = "paused", _("Sending paused")
        RESUMED = "resumed", _("Sending resumed")

    class Status(models.TextChoices):
        PENDING = "pending", _("to be sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("given up")

    kind = models.CharField(max_length=15, choices=Kind.choices)
    recipient = models.EmailField()
    site = models.ForeignKey(Site, models.CASCADE, null=True, related_name="notices")
    destination = models.ForeignKey(
        Destination, models.CASCADE, null=True, related_name="notices"
    )
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="notices")
    reason = models.CharField(max_length=30, blank=True)
    count = models.PositiveIntegerField(default=1, help_text=_("How many leads it speaks of."))
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="pending"), name="notice_due"),
        ]

    def __str__(self) -> str:
        return f"Notice {self.pk}"
