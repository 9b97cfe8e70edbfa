"""SavedView: a filter of the failed table that a person gave a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from leads.selection import VERSION, LeadFilter


class SavedView(models.Model):
    """The address of a view, without anything that names a lead's person.

    It is written as version 1 of `LeadFilter` writes it; whoever changes that gives older ones a
    migration.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", editable=False
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, editable=False)
    opens = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Whether its person sees it first: the table's address without a filter."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["name", "pk"]
        verbose_name = _("saved view")
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="savedview_name_unique"),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(opens=True), name="savedview_one_opens"
            ),
        ]

    def __str__(self) -> str:
        return f"Saved view {self.pk}"

    @cached_property
    def wanted(self) -> LeadFilter:
        """What it holds; refused where an upgrade renamed or dropped what it asks for."""
        return LeadFilter.from_json({"version": VERSION} | QueryDict(self.query).dict())
