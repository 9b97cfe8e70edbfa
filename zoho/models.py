"""Connection: one Zoho organisation. ModuleFields: its fields. Mapping: how a site fills them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from leads.models import Destination, Lead, Site
from leads.models.queries.visible import VisibleQuerySet
from leads.secrets import EncryptedTextField, Locked


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """The conditional updates that let one worker refresh the token for all."""

    def without_secrets(self) -> ConnectionQuerySet:
        """For pages: readable whatever keys FIELD_KEYS holds."""
        return self.defer("client_secret", "refresh_token", "access_token")

    def win_proof(self, pk: int, now: datetime, lease: timedelta) -> bool:
        """Win the right to wake the one task that proves; False while another one runs."""
        free = Q(proving_until=None) | Q(proving_until__lte=now)
        return bool(self.filter(free, pk=pk).update(proving_until=now + lease))

    def spend(self, pk: int, today: date, credits: int = 1, over: bool = False) -> bool:
        """Take credits of the day's; False where not so many are left. `over`: take them anyway."""
        row = self.filter(pk=pk)
        row.exclude(proof_day=today).update(proof_day=today, proof_used=0)
        room = Q() if over else Q(proof_used__lte=F("proof_credits") - credits)
        return bool(row.filter(room).update(proof_used=F("proof_used") + credits))

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
    # Zoho's own number of the organisation (`zgid`); empty where it was not told.
    organisation = models.CharField(
        max_length=40, blank=True, default="", db_default="", editable=False
    )

    # Proof of arrival: how much of what was delivered is read back, at which price a day.
    proof_share = models.PositiveSmallIntegerField(
        _("read back"),
        default=5,
        db_default=5,
        validators=[MaxValueValidator(100)],
        help_text=_(
            "Per cent of the delivered leads whose records are read back and compared. The first "
            "leads after a change, and all that were sent again, are read back anyway."
        ),
    )
    proof_credits = models.PositiveIntegerField(
        _("credits for proof"),
        default=200,
        db_default=200,
        help_text=_("API credits a day for reading back and for the nightly comparison."),
    )
    proof_day = models.DateField(null=True, editable=False)
    proof_used = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # The lease of the one task that proves; a lost message costs no more than it.
    proving_until = models.DateTimeField(null=True, editable=False)

    # What became of the leads: off until somebody wants it.
    reads_sales = models.BooleanField(
        _("read what became of leads"),
        default=False,
        db_default=False,
        help_text=_(
            "Each night, within the credits for proof: owner and status of the delivered leads, "
            "and the deals they were converted into."
        ),
    )
    sales_months = models.PositiveSmallIntegerField(
        _("months followed"),
        default=6,
        db_default=6,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("For so long after its delivery a lead is asked about."),
    )
    won_stages = models.CharField(
        _("stages that count as won"),
        max_length=500,
        default="Closed Won",
        db_default="Closed Won",
        help_text=_("Stages of deals, separated by commas, as Zoho names them."),
    )
    # How far the pass has come, by (settled_at, id), and when the last one was over.
    sales_from = models.DateTimeField(null=True, editable=False)
    sales_lead = models.BigIntegerField(default=0, db_default=0, editable=False)
    sales_read_at = models.DateTimeField(null=True, editable=False)
    # The organisation's own, which deals have that name none.
    currency = models.CharField(max_length=3, blank=True, db_default="", editable=False)

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
        permissions = [("connect_zoho", gettext_noop("Can connect Zoho"))]

    def __str__(self) -> str:
        return gettext("Zoho connection %(pk)s") % {"pk": self.pk}

    @property
    def is_set_up(self) -> bool:
        """Whether all credentials have been entered."""
        return bool(self.client_id and self.client_secret and self.refresh_token)

    @property
    def won(self) -> frozenset[str]:
        """The stages that count as won, as they are compared."""
        names = (name.strip().casefold() for name in self.won_stages.split(","))
        return frozenset(name for name in names if name)

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
    unreadable = models.JSONField(
        null=True, help_text=_("Fields that are there, and that Zoho does not show us.")
    )
    untold = models.JSONField(
        null=True,
        help_text=_("Fields and layouts before the changes that nobody was told of yet."),
    )
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
        return gettext("Comparison %(pk)s") % {"pk": self.pk}


class Finding(models.Model):
    """One difference that a comparison found. Ids only; it changes no lead."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("Delivered, and not in Zoho")
        CONVERTED = "converted", _("Delivered, and converted in Zoho since")
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


class ReadBack(models.Model):
    """A delivered lead whose record is to be read, or was, and compared with what was sent."""

    class Why(models.TextChoices):
        FIRST = "first", _("among the first after a change")
        REPEAT = "repeat", _("sent more than once")
        SAMPLE = "sample", _("sample")
        REPAIR = "repair", _("repaired")

    class State(models.TextChoices):
        DUE = "due", _("Not read yet")
        WHOLE = "whole", _("Whole")
        INCOMPLETE = "incomplete", _("Incomplete")
        CONVERTED = "converted", _("Converted")
        GONE = "gone", _("Deleted, or merged into another record")

    # No constraint: whoever clears the table of leads need not know this one.
    lead = models.OneToOneField(Lead, models.CASCADE, related_name="read_back", db_constraint=False)
    destination = models.ForeignKey(Destination, models.CASCADE, related_name="+", db_index=False)
    module = models.CharField(max_length=50)
    record_id = models.CharField(max_length=40)
    version = models.CharField(
        max_length=40, help_text=_("Of site, mapping, layout and metadata by which it was sent.")
    )
    why = models.CharField(max_length=10, choices=Why.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    sent = models.JSONField(
        null=True, help_text=_("The record as it was sent; empty once it proved whole.")
    )
    due_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        verbose_name = _("reading back")
        indexes = [
            models.Index(
                fields=["destination", "due_at"], condition=Q(state="due"), name="readback_due"
            ),
            models.Index(fields=["version"], name="readback_version"),
            models.Index(fields=["created_at"], name="readback_created"),
        ]

    def __str__(self) -> str:
        return f"Reading back of lead {self.lead_id}"


class CauseQuerySet(VisibleQuerySet["Cause"]):
    """Sets of causes."""


class Cause(models.Model):
    """Why values of a site's leads did not arrive: a field, and what is wrong with it."""

    class Kind(models.TextChoices):
        EMPTY = "empty", _("is empty in Zoho")
        OUTSIDE = "outside", _("is not in the layout")
        DROPPED = "dropped", _("is no longer a field of the module")
        READ_ONLY = "read_only", _("can no longer be written")
        CUT = "cut", _("was cut")
        REPLACED = "replaced", _("holds another reference")

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    module = models.CharField(max_length=50)
    field = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    told_at = models.DateTimeField()

    objects = CauseQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("cause")
        constraints = [
            models.UniqueConstraint(fields=["site", "module", "field", "kind"], name="cause_unique")
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.get_kind_display()}"


class Loss(models.Model):
    """One value of one lead that is not in its record."""

    read_back = models.ForeignKey(ReadBack, models.CASCADE, related_name="losses")
    cause = models.ForeignKey(Cause, models.CASCADE, related_name="losses")
    field = models.CharField(max_length=100)
    found_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True)
    was_restored = models.BooleanField(
        default=False, help_text=_("A repair wrote it before, and the field did not keep it.")
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("lost value")
        constraints = [
            models.UniqueConstraint(fields=["read_back", "field"], name="loss_unique"),
        ]
        indexes = [
            models.Index(fields=["cause"], condition=Q(restored_at=None), name="loss_open"),
        ]

    def __str__(self) -> str:
        return f"Lost value {self.pk}"


class RepairQuerySet(VisibleQuerySet["Repair"]):
    """Sets of repairs."""

    def of_sites(self, sites: Collection[int]) -> Q:
        """Those that hold leads of the sites alone."""
        items = RepairItem.objects.filter(repair=OuterRef("pk"))
        return Q(Exists(items)) & ~Q(Exists(items.exclude(read_back__lead__site__in=sites)))


class Repair(models.Model):
    """A person's order to write lost values into records, of one lead or of many."""

    destination = models.ForeignKey(Destination, models.CASCADE, related_name="+")
    words = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    objects = RepairQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("repair in Zoho")
        verbose_name_plural = _("repairs in Zoho")
        indexes = [
            models.Index(fields=["created_at"], condition=Q(ended_at=None), name="repair_open"),
        ]

    def __str__(self) -> str:
        return gettext("Repair %(pk)s") % {"pk": self.pk}

    @property
    def is_active(self) -> bool:
        """Whether records are still to be looked at."""
        return self.ended_at is None


class RepairItem(models.Model):
    """One lead of a repair, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RESTORED = "restored", _("Restored")
        FILLED = "filled", _("Filled by somebody meanwhile")
        CONVERTED = "converted", _("Converted: nothing was written")
        GONE = "gone", _("Deleted, or merged: nothing was written")
        FAILED = "failed", _("Not restored")
        STOPPED = "stopped", _("Stopped before it")

    repair = models.ForeignKey(Repair, models.CASCADE, related_name="items")
    read_back = models.ForeignKey(ReadBack, models.CASCADE, related_name="repairs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    text = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("repaired lead")
        constraints = [
            # Pressed twice, a lead still stands in one list.
            models.UniqueConstraint(
                fields=["read_back"], condition=Q(state="waiting"), name="repairitem_waits_once"
            ),
        ]
        indexes = [models.Index(fields=["repair", "state"], name="repairitem_state")]

    def __str__(self) -> str:
        return f"Lead of repair {self.repair_id}"
