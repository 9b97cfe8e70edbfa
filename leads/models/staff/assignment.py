"""Assignment: which member of staff looks after a lead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.lead import Lead


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Whose leads are whose. What happened is told by each lead's events."""

    def give(self, ids: list[int], user_id: int, now: datetime) -> None:
        """Make these leads the user's, whosever they were."""
        rows = [Assignment(lead_id=pk, user_id=user_id, assigned_at=now) for pk in ids]
        self.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["lead"],
            update_fields=["user", "assigned_at"],
        )
        Lead.objects.filter(pk__in=ids).update(is_assigned=True)

    def take_back(self, ids: list[int]) -> None:
        """Make these leads nobody's."""
        self.filter(lead__in=ids).delete()
        Lead.objects.filter(pk__in=ids).update(is_assigned=False)


def back_to_nobody(collector: Any, field: Any, rows: Any, using: str) -> None:
    """The assignments go with their user, and the leads are nobody's again."""
    Lead.objects.filter(pk__in=[row.lead_id for row in rows]).update(is_assigned=False)
    models.CASCADE(collector, field, rows, using)


class Assignment(models.Model):
    """A lead is one person's or nobody's, whatever becomes of it.

    A table of its own: few leads are ever given to somebody. It goes with its user, and when the
    lead's person is erased.
    """

    # No constraint: it would lock the table of all leads while it is made.
    lead = models.OneToOneField(
        Lead, models.CASCADE, related_name="assignment", db_constraint=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, back_to_nobody, related_name="assignments")
    assigned_at = models.DateTimeField(db_default=Now())

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("assignment")

    def __str__(self) -> str:
        return f"Assignment {self.pk}"
