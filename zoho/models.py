"""Connection: one Zoho organisation. ModuleFields: its fields. Mapping: how a site fills them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Destination, Lead, Site
from leads.secrets import EncryptedTextField, Locked


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """The conditional updates that let one worker refresh the token for all."""

    def without_secrets(self) -> ConnectionQuerySet:
        """For pages: readable whatever keys FIELD_KEYS holds."""
        return self.defer("client_secret", "refresh_token", "access_token")

    def win_refresh(self, seen: Connection, now: datetime, lease: timedelta, noted: str) -> bool:
        """Win the right to refresh, and note that it was used.

        False while another one refreshes, or did since `seen` was read, whatever it came to.
        """
        free = Q(refreshing_until=None) | Q(refreshing_until__lte=now)
        row = self.filter(
            free,
            pk=seen.pk,
            access_stamp=seen.access_stamp,
            refreshes=seen.refreshes,
            refresh_again_at=seen.refresh_again_at,
        )
        return bool(row.update(refreshing_until=now + lease, refreshes=noted))

    def end_refresh(self, pk: int, lease_until: datetime, seen: str, **values: Any) -> bool:
        """Publish what a refresh came to; False when its lease had passed to another one."""
        row = self.filter(pk=pk, refreshing_until=lease_until, access_stamp=seen)
        return bool(row.update(refreshing_until=None, **values))


class Connection(models.Model):
    """One Zoho organisation that a destination stands for."""

    destination = models.OneToOneField(Destination, models.CASCADE, related_name="zoho")
    accounts_url = models.URLField(
        _("accounts address"),
        default="https://accounts.zoho.com",
        help_text=_("Of the organisation's data centre, such as https://accounts.zoho.eu"),
    )
    client_id = models.CharField(_("client id"), max_length=100, blank=True)
    client_secret = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    reference_field = models.CharField(
        max_length=50,
        default="Lead_Ref",
        validators=[RegexValidator(r"^[A-Za-z][A-Za-z0-9_]*$", _("An API name, as Lead_Ref."))],
        help_text=_(
            "API name of a single-line field of the Zoho module, marked “Do not allow duplicate "
            "values”. With it a lead can never make two records."
        ),
    )

    access_token = EncryptedTextField(blank=True, editable=False)
    # Changes with every token: two workers that saw the same stamp saw the same token.
    access_stamp = models.CharField(max_length=32, blank=True, editable=False)
    access_expires_at = models.DateTimeField(null=True, editable=False)
    api_domain = models.URLField(blank=True, editable=False)
    scope = models.TextField(blank=True, editable=False)
    connected_at = models.DateTimeField(null=True, editable=False)

    # The one refresher's lease, and the moments of the last refreshes, in seconds since 1970:
    # they are counted here because Zoho counts those of all machines together.
    refreshing_until = models.DateTimeField(null=True, editable=False)
    refreshes = models.CharField(max_length=200, blank=True, editable=False)
    # What the last refresh failed of, and until when nobody asks again.
    refresh_fault = models.JSONField(null=True, editable=False)
    refresh_again_at = models.DateTimeField(null=True, editable=False)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Zoho connection")
        permissions = [("connect_zoho", "Can connect Zoho")]

    def __str__(self) -> str:
        return f"Zoho connection {self.pk}"

    @property
    def is_set_up(self) -> bool:
        """Whether all credentials have been entered."""
        return bool(self.client_id and self.client_secret and self.refresh_token)

    @property
    def locked_secrets(self) -> list[str]:
        """The credentials that are stored and that no key of FIELD_KEYS opens."""
        names = ("client_secret", "refresh_token")
        return [name for name in names if isinstance(getattr(self, name), Locked)]


class ModuleFields(models.Model):
    """The fields of one module, as Zoho last described them, by API name."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="modules")
    module = models.CharField(max_length=50)
    fields = models.JSONField(default=dict)
    layouts = models.JSONField(
        null=True, help_text=_("The fields of each layout; empty while no site names one.")
    )
    read_at = models.DateTimeField()
    stale = models.BooleanField(default=False)
    # When an answer last contradicted the fields. Zoho can insist on what its metadata does not
    # say (a layout's own mandatory fields), and must not be asked again before every batch.
    doubted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("fields of a module")
        verbose_name_plural = _("fields of modules")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["connection", "module"], name="modulefields_unique"),
        ]

    def __str__(self) -> str:
        return f"Fields of {self.module}"


class Rest(models.Model):
    """A kind of question that Zoho did not answer, and until when it is not asked again.

    Only questions about the set-up rest, and those that prove what arrived: delivery goes on.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="rests")
    what = models.CharField(max_length=80)
    until = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    refused = models.BooleanField(default=False)
    scope = models.CharField(max_length=80, blank=True)
    stamp = models.CharField(max_length=32, blank=True)
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("question that rests")
        constraints = [
            models.UniqueConstraint(fields=["connection", "what"], name="rest_unique"),
        ]

    def __str__(self) -> str:
        return f"Rest of {self.what}"


class Mapping(models.Model):
    """A site's own rules; a site without a row goes by the default ones of its module."""

    class Rest(models.TextChoices):
        APPEND = "append", _("Append to Description as “label: value”")
        LEAVE_OUT = "leave_out", _("Leave out")

    site = models.OneToOneField(Site, models.CASCADE, related_name="zoho_mapping")
    rules = models.JSONField(default=list)
    rest = models.CharField(
        _("what no rule uses"), max_length=10, choices=Rest.choices, default=Rest.APPEND
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("field mapping")

    def __str__(self) -> str:
        return f"Mapping of site {self.site_id}"


class Reconciliation(models.Model):
    """One comparison of the delivered leads of a destination's module with Zoho's records.

    It may take several runs: the cursors say how far both sides were compared.
    """

    destination = models.ForeignKey(Destination, models.CASCADE, related_name="reconciliations")
    module = models.CharField(max_length=50)
    since = models.DateTimeField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_lead = models.BigIntegerField(default=0)
    last_record = models.CharField(max_length=40, default="0")
    leads_done = models.BooleanField(default=False)
    leads = models.PositiveIntegerField(_("leads delivered"), default=0)
    records = models.PositiveIntegerField(_("records with a reference"), default=0)
    credits = models.PositiveIntegerField(_("credits used"), default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("comparison with Zoho")
        verbose_name_plural = _("comparisons with Zoho")
        constraints = [
            models.UniqueConstraint(
                fields=["destination", "module"],
                condition=Q(ended_at=None),
                name="reconciliation_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"Comparison {self.pk}"


class Finding(models.Model):
    """One difference that a comparison found. Ids only; it changes no lead."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("Delivered, and not in Zoho")
        UNKNOWN = "unknown", _("In Zoho with a reference that no lead has")
        UNSETTLED = "unsettled", _("In Zoho, and not delivered here")

    reconciliation = models.ForeignKey(Reconciliation, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="+")
    record_id = models.CharField(max_length=40, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Finding {self.pk}"
