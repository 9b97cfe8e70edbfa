"""LeadImport: a file of leads, from its upload to the last row; its rows are kept for a week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site
from leads.via import LONGEST, acting_token

KEPT_FOR = timedelta(days=7)
"""After its end, or after its upload where it was never begun."""


class LeadImportQuerySet(VisibleQuerySet["LeadImport"]):
    """Sets of imports, and the conditional updates that people compete for."""

    def active(self) -> LeadImportQuerySet:
        """Those that a worker has something to do for."""
        return self.filter(state__in=LeadImport.ACTIVE)

    def with_file(self) -> LeadImportQuerySet:
        """Those whose rows are still kept."""
        return self.filter(forgotten_at=None)

    def over(self, now: datetime) -> LeadImportQuerySet:
        """Those whose rows were kept long enough."""
        last = Coalesce("ended_at", "created_at")
        return self.with_file().exclude(state__in=LeadImport.ACTIVE).alias(last=last).filter(
            last__lt=now - KEPT_FOR
        )  # fmt: skip

    def move(self, pk: int, come_from: tuple[str, ...], **columns: Any) -> bool:
        """Change one that stands in one of these states; False where somebody was faster."""
        return bool(self.with_file().filter(pk=pk, state__in=come_from).update(**columns))


class LeadImport(models.Model):
    """Many rows of one file, made into leads of one site behind fresh ones, or corrections."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        TRYING = "trying", _("Dry run")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Done")

    class Kind(models.TextChoices):
        LEADS = "leads", _("New leads")
        CORRECTIONS = "corrections", _("Corrections of failed leads")

    ACTIVE = (State.TRYING, State.RUNNING)
    STARTABLE = (State.PLANNED, State.TRYING, State.STOPPED)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.LEADS)
    site = models.ForeignKey(
        Site,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("Whose leads they are; none: corrections of leads of any site."),
    )
    name = models.CharField(_("file"), max_length=200, blank=True)
    columns = models.JSONField(default=list)
    chosen = models.JSONField(
        default=dict, help_text=_("Columns that a person chose, by our field.")
    )
    key_column = models.CharField(
        max_length=200, blank=True, help_text=_("The column that tells rows apart.")
    )
    sends = models.BooleanField(
        default=True, help_text=_("Whether corrected leads are retried as well.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    via = models.CharField(
        max_length=LONGEST,
        blank=True,
        default=acting_token,
        help_text=_("The API token that it was uploaded by."),
    )
    created_at = models.DateTimeField()

    total = models.PositiveIntegerField(default=0, help_text=_("Rows in the file."))
    trial = models.JSONField(null=True, help_text=_("What the dry run found so far, by reason."))
    counts = models.JSONField(default=dict, help_text=_("Rows by what became of them."))
    reasons = models.JSONField(default=dict, help_text=_("Rows that a rule holds, by reason."))

    tried = models.PositiveIntegerField(default=0, editable=False)
    cursor = models.PositiveIntegerField(default=0, editable=False)
    touched_at = models.DateTimeField(editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    forgotten_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When its rows were deleted.")
    )
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = LeadImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("import_lead", gettext_noop("Can import leads"))]
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(site__isnull=False) | Q(kind="corrections"),
                name="leadimport_leads_have_a_site",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Import %(pk)s") % {"pk": self.pk}

    @property
    def words(self) -> str:
        """The site, and what the rows are."""
        site = self.site.name if self.site else gettext("any site")
        return f"{site} · {self.get_kind_display()}"

    @property
    def is_active(self) -> bool:
        """Whether a worker has something to do for it."""
        return self.state in self.ACTIVE

    @property
    def done(self) -> int:
        """Rows that are over."""
        return sum(self.counts.values())

    def add(self, counts: Mapping[str, int], reasons: Mapping[str, int]) -> None:
        """Count what became of some more rows."""
        self.counts = dict(Counter(self.counts) + Counter(counts))
        self.reasons = dict(Counter(self.reasons) + Counter(reasons))

    def forget(self, now: datetime) -> None:
        """Delete its rows, and what may tell of a person; the counts stay."""
        self.chunks.all().delete()
        self.name, self.columns, self.chosen, self.key_column = "", [], {}, ""
        if self.trial:
            self.trial = self.trial | {"mapping": {}}
        self.forgotten_at = now
        self.save()


class ImportChunk(models.Model):
    """Some hundred rows of a file, and what became of each. Deleted with the file."""

    lead_import = models.ForeignKey(LeadImport, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    rows = models.TextField(help_text=_("JSON: [line, values by column] each; null once erased."))
    results = models.TextField(
        blank=True, help_text=_("JSON: [line, outcome, lead, reason, words] each.")
    )
    seen = models.TextField(
        blank=True, help_text=_("What the dry run knows the rows and their addresses by.")
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["lead_import", "number"], name="importchunk_number"),
        ]

    def __str__(self) -> str:
        return f"Import {self.lead_import_id} chunk {self.number}"


class Outcome(models.TextChoices):
    """What became of one row."""

    QUEUED = "queued", _("Queued")
    HELD = "held", _("Held by a rule")
    ALREADY_HERE = "already_here", _("Already here")
    ERASED = "erased", _("Erased before its turn")
    CORRECTED = "corrected", _("Corrected")
    RETRIED = "retried", _("Corrected and retried")
    UNCHANGED = "unchanged", _("Nothing changed")
    CHANGED_MEANWHILE = "changed_meanwhile", _("Changed by somebody meanwhile")
    NOT_OPEN = "not_open", _("No longer failed")
    NOT_FOUND = "not_found", _("No such lead here")
    UNREADABLE = "unreadable", _("Not understood")
