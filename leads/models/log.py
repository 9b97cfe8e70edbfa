"""ApiCall: one HTTP request to Zoho; ApiLog: what one try to insert one lead came to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models.destination import Destination
from leads.models.lead import Lead
from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site
from leads.reasons import Reason, ResponseCode

MILLISECOND = timedelta(milliseconds=1)
LONGEST_MS = 2**31 - 1
"""25 days: the end of PostgreSQL's integer."""


class ApiCallQuerySet(VisibleQuerySet["ApiCall"]):
    """Sets of calls."""

    def of_sites(self, sites: Collection[int]) -> Q:
        """Those that carried a lead of the sites, among others perhaps."""
        carried = ApiLog.objects.filter(call=models.OuterRef("pk"), site__in=sites)
        return Q(models.Exists(carried))


class ApiLogQuerySet(VisibleQuerySet["ApiLog"]):
    """Sets of attempts."""


class ApiCall(models.Model):
    """One HTTP request to Zoho, carrying up to 100 leads.

    The row is committed before the request leaves and closed after it. A row that was never
    closed is the evidence of a call whose outcome is unknown.
    """

    class Kind(models.TextChoices):
        INSERT = "insert", _("insert")
        UPDATE = "update", _("update")
        READ = "read", _("read")
        METADATA = "metadata", _("metadata")
        TOKEN = "token", _("token")

    destination = models.ForeignKey(Destination, models.PROTECT, related_name="calls")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    claim = models.UUIDField(null=True, db_index=True)
    leads = models.PositiveSmallIntegerField(_("leads carried"), default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField(
        _("took"), null=True, help_text=_("Milliseconds; empty when its end was not seen.")
    )
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    request = models.TextField(blank=True, help_text=_("Clipped, without secrets."))
    response = models.TextField(blank=True, help_text=_("Clipped, without secrets."))
    error = models.CharField(max_length=500, blank=True)

    objects = ApiCallQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("API call")
        verbose_name_plural = _("API calls")
        indexes = [
            models.Index(fields=["started_at"], condition=Q(ended_at=None), name="apicall_open"),
            # What retention has not come to yet.
            models.Index(
                fields=["started_at"],
                condition=~(Q(request="") & Q(response="")),
                name="apicall_kept",
            ),
            # What the list is filtered by.
            models.Index(fields=["started_at"], name="apicall_started"),
            models.Index(fields=["took_ms"], name="apicall_took"),
            models.Index(fields=["kind", "-id"], name="apicall_kind"),
            models.Index(
                fields=["-id"], condition=Q(status__gte=400, status__lt=500), name="apicall_4xx"
            ),
            models.Index(fields=["-id"], condition=Q(status__gte=500), name="apicall_5xx"),
            models.Index(fields=["-id"], condition=Q(status=None), name="apicall_unanswered"),
        ]

    def __str__(self) -> str:
        return gettext("Call %(pk)s") % {"pk": self.pk}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep how long it took, in a column that lists can be filtered by."""
        took = self.duration
        # A clock that was put right in between makes any length, and a column has an end.
        self.took_ms = None if took is None else min(max(0, took // MILLISECOND), LONGEST_MS)
        super().save(*args, **kwargs)

    @property
    def duration(self) -> timedelta | None:
        """How long the call took; None while it is open or when its end was not seen."""
        return self.ended_at - self.started_at if self.ended_at else None


class ApiLog(models.Model):
    """One settled try to get one lead into Zoho. Never edited. Its id is the "API log id"."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="logs")
    # No index of its own: `apilog_site_newest` begins with it.
    site = models.ForeignKey(Site, models.PROTECT, related_name="logs", db_index=False)
    call = models.ForeignKey(ApiCall, models.SET_NULL, null=True, related_name="logs")
    response_code = models.PositiveSmallIntegerField(choices=ResponseCode.choices)
    reason = models.CharField(max_length=30, choices=Reason.choices, blank=True)
    reason_field = models.CharField(max_length=100, blank=True)
    reason_text = models.CharField(max_length=500, blank=True)
    zoho_id = models.CharField(_("Zoho id"), max_length=40, blank=True)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    answer = models.TextField(_("Zoho's own words"), blank=True)
    record = models.JSONField(_("record as sent"), null=True)
    repairs = models.JSONField(default=list)
    revision = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_index=True)

    objects = ApiLogQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("API log")
        verbose_name_plural = _("API logs")
        constraints = [
            models.CheckConstraint(
                condition=(Q(response_code=13003, reason="") & ~Q(zoho_id=""))
                | (Q(response_code=13002) & ~Q(reason="")),
                name="apilog_code_fits_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"], condition=Q(response_code=13002), name="apilog_not_inserted"
            ),
            # What retention has not come to yet.
            models.Index(
                fields=["created_at"], condition=Q(record__isnull=False), name="apilog_kept"
            ),
            # What the list is filtered by.
            models.Index(fields=["site", "-id"], name="apilog_site_newest"),
            models.Index(
                fields=["reason", "-id"], condition=~Q(reason=""), name="apilog_reason_newest"
            ),
            models.Index(
                fields=["-id"], condition=Q(status__gte=400, status__lt=500), name="apilog_4xx"
            ),
            models.Index(fields=["-id"], condition=Q(status__gte=500), name="apilog_5xx"),
            models.Index(fields=["-id"], condition=Q(status=None), name="apilog_unanswered"),
        ]

    def __str__(self) -> str:
        return gettext("API log %(pk)s") % {"pk": self.pk}

    @property
    def reason_title(self) -> str:
        """The reason in words, with the guilty field; empty for a 13003."""
        return Reason.title_of(self.reason, self.reason_field) if self.reason else ""


class Entry(NamedTuple):
    """The columns of a new API log: an instance of each took longer than to store it."""

    lead_id: int
    site_id: int
    created_at: datetime
    revision: int
    response_code: int = ResponseCode.NOT_INSERTED
    reason: str = ""
    reason_field: str = ""
    reason_text: str = ""
    call_id: int | None = None
    zoho_id: str = ""
    status: int | None = None
    answer: str = ""
    record: dict[str, Any] | None = None
    repairs: Sequence[str] = ()
