"""BulkRetry: one press of “Retry all…”, from its plan to the last answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models.queries.visible import VisibleQuerySet
from leads.selection import LeadFilter
from leads.via import LONGEST, acting_token


class BulkRetryQuerySet(VisibleQuerySet["BulkRetry"]):
    """Sets of bulk retries, and the conditional updates that people compete for."""

    def of_sites(self, sites: Collection[int]) -> Q:
        """Those that could reach no other site's leads; one without sites could reach any."""
        reached = BulkRetry.sites.through.objects.filter(bulkretry=OuterRef("pk"))
        return Q(Exists(reached)) & ~Q(Exists(reached.exclude(site__in=sites)))

    def active(self) -> BulkRetryQuerySet:
        """Those that still put leads into the queue or wait for answers."""
        return self.filter(state__in=BulkRetry.ACTIVE)

    def unfinished(self) -> BulkRetryQuerySet:
        """Those whose own work is not over: leads to queue, or to take back after a stop."""
        return self.filter(walked_at=None).exclude(state=BulkRetry.State.DONE)

    def stop(self, pk: int, user_id: int | None, now: datetime) -> bool:
        """Stop it; False when it was over already. No user: it stops by itself."""
        row = self.active().filter(pk=pk)
        # Unfinished again: what was queued and not yet sent is to be taken back.
        return bool(
            row.update(
                state=BulkRetry.State.STOPPED,
                stopped_by=user_id,
                ended_at=now,
                walked_at=None,
            )
        )


class BulkRetry(models.Model):
    """Many failed leads sent again by one decision, behind fresh ones.

    Names no person: its filter holds codes, dates and ids. A lead points to the bulk retry that
    queued it last, so it belongs to one at most.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    ACTIVE = (State.PLANNED, State.RUNNING)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    filter = models.JSONField(editable=False)
    filter_key = models.CharField(max_length=64, editable=False)
    words = models.CharField(max_length=500)
    sites = models.ManyToManyField(
        "leads.Site",
        related_name="+",
        editable=False,
        help_text=_("The sites whose leads alone it may hold; none: those of any."),
    )
    fill = models.JSONField(
        null=True,
        editable=False,
        help_text=_(
            "What is filled in on the way: a field, with a value or a path until all leads have "
            "it. Then only the field is kept."
        ),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    via = models.CharField(
        max_length=LONGEST,
        blank=True,
        default=acting_token,
        db_default="",
        help_text=_("The API token that it was started by."),
    )
    created_at = models.DateTimeField(help_text=_("Leads that fail later are not part of it."))

    total = models.PositiveIntegerField(default=0, help_text=_("Leads when it was planned."))
    queued = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0, help_text=_("Stopped by a rule before a call."))
    skipped = models.PositiveIntegerField(
        default=0, help_text=_("Settled or retried by somebody else before their turn.")
    )
    returned = models.PositiveIntegerField(
        default=0, help_text=_("Queued, and failed again unsent because it was stopped.")
    )

    cursor = models.CharField(max_length=60, blank=True, editable=False)
    touched_at = models.DateTimeField(editable=False)
    walked_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = BulkRetryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        verbose_name = _("bulk retry")
        verbose_name_plural = _("bulk retries")
        constraints = [
            # Pressed twice, or by two people: the second one joins the first.
            models.UniqueConstraint(
                fields=["filter_key"],
                condition=Q(state__in=("planned", "running")),
                name="bulkretry_one_a_filter",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Bulk retry %(pk)s") % {"pk": self.pk}

    @property
    def is_active(self) -> bool:
        """Whether it still queues leads or waits for answers."""
        return self.state in self.ACTIVE

    @property
    def wanted(self) -> LeadFilter:
        """Which leads it was started for; refused where an upgrade renamed what it asks for."""
        return LeadFilter.from_json(self.filter)

    def forget_fill(self) -> None:
        """Keep only which field was filled in: the leads have the value now, and a term."""
        if self.fill:
            self.fill = {"field": self.fill.get("field", "")}

    @staticmethod
    def key_of(query: dict[str, Any]) -> str:
        """A name for a filter's parameters: the same for the same filter."""
        return hashlib.sha256(json.dumps(query, sort_keys=True).encode()).hexdigest()
