"""What LeadOps could not take: RejectedSubmission of a known site, UnknownPost of nobody's."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from leads.models.lead import Lead
from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site

KEPT_FOR = timedelta(days=30)
LONGEST_BODY = 4096
"""Characters that are kept of a body."""


class RejectedQuerySet(VisibleQuerySet["RejectedSubmission"]):
    """Sets of rejected submissions."""

    def over(self, now: datetime) -> RejectedQuerySet:
        """Older than the time they are kept for."""
        return self.filter(received_at__lt=now - KEPT_FOR)

    def mark_taken(self, pk: int, now: datetime, user_id: int | None) -> bool:
        """Win the right to make a lead of it; False when somebody has."""
        untaken = self.filter(pk=pk, taken_at=None)
        return bool(untaken.update(taken_at=now, taken_by_id=user_id))


class RejectedSubmission(models.Model):
    """The trace of a post that was answered 4xx: clipped, without secrets, for 30 days.

    Only of sites that showed a valid key or token; so many a day, site and answer.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="rejected")
    received_at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=10, choices=Lead.Source.choices)
    status = models.PositiveSmallIntegerField(_("answer"))
    code = models.CharField(max_length=30)
    why = models.CharField(max_length=300)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(
        null=True, help_text=_("Bytes, as far as they were announced or read.")
    )
    body = models.TextField(blank=True, help_text=_("Its beginning, without secrets."))
    is_clipped = models.BooleanField(default=False)
    webhook_source = models.ForeignKey(
        "leads.Source", models.SET_NULL, null=True, related_name="rejected"
    )
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = RejectedQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("rejected submission")
        verbose_name_plural = _("Rejected submissions")
        permissions = [
            ("take_rejectedsubmission", gettext_noop("Can take rejected submissions as leads"))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead=None) | Q(taken_at__isnull=False), name="rejected_lead_was_taken"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Rejected submission %(pk)s") % {"pk": self.pk}


class UnknownPostQuerySet(models.QuerySet["UnknownPost"]):
    """Sets of counts."""

    def over(self, now: datetime) -> UnknownPostQuerySet:
        """Of days longer ago than they are kept for."""
        return self.filter(day__lt=(now - KEPT_FOR).date())


class UnknownPost(models.Model):
    """How often a day an address or key was tried that nobody has. Counts, and no bodies.

    Staff find a mistyped or revoked address by its beginning; so many rows a day, then one for all.
    """

    class Door(models.TextChoices):
        API = "api", _("API key")
        FORM = "form", _("form token")
        WEBHOOK = "webhook", _("webhook address")

    day = models.DateField(help_text=_("In UTC."))
    door = models.CharField(max_length=10, choices=Door.choices)
    beginning = models.CharField(
        max_length=6, blank=True, help_text=_("Six characters; empty for all further ones.")
    )
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    objects = UnknownPostQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["day", "door", "beginning"], name="unknown_post_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.beginning}…"
