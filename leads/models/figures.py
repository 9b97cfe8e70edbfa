"""Figure: counters as append-only deltas. Sums are the truth; folding only shortens them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads.models.site import Site


class Figure(models.Model):
    """A change of one counter, or (folded) the sum of such changes.

    Leads are counted by the quarter hour in which they were received and their status,
    attempts by the quarter hour in which they were logged and their response code. Written in
    the transaction that made the change true, so sums hold at every instant; quarter hours
    make them right in every time zone.
    """

    class Kind(models.TextChoices):
        LEAD = "lead"
        ATTEMPT = "attempt"

    kind = models.CharField(max_length=7, choices=Kind.choices)
    site = models.ForeignKey(Site, models.PROTECT, related_name="figures")
    quarter = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=30, blank=True)
    amount = models.IntegerField()
    folded = models.BooleanField(default=False)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "site", "quarter", "outcome", "reason"],
                condition=Q(folded=True),
                name="figure_folded_once",
            ),
        ]
        indexes = [
            # The series of a page read the quarter hours of a span.
            models.Index(fields=["kind", "quarter"], name="figure_quarter"),
            models.Index(fields=["id"], condition=Q(folded=False), name="figure_unfolded"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome} {self.amount:+}"
