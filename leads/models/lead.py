"""Lead: one person's enquiry, and everything that people did to it."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.data import Reading
from leads.flags import Flag, read_flags
from leads.models.bulk_retry import BulkRetry
from leads.models.destination import Destination
from leads.models.queries.among import Many
from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site
from leads.reasons import Reason
from leads.via import LONGEST, acting_token

WAITING_AFTER = timedelta(minutes=15)
NORMAL_BATCH = 100
OWN = ("reason_text", "zoho_id")
"""Columns that may differ from lead to lead where all others change alike."""


def new_reference() -> uuid.UUID:
    """A UUID of version 7: the milliseconds since 1970, then 74 random bits.

    Those of leads that arrive together are neighbours in the index. One that is wholly random is
    written to another page of it for every lead, three times on its way: half of what a post
    writes, once there are millions. Python has it from 3.14 on.
    """
    time_and_dice = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return uuid.UUID(int=time_and_dice & ~(0xF << 76 | 0x3 << 62) | 7 << 76 | 2 << 62)


class LeadQuerySet(VisibleQuerySet["Lead"]):
    """Sets of leads, in the words of the desk and of the engine."""

    def among(self, pks: Sequence[int]) -> LeadQuerySet:
        """Those that have one of these ids, which may be thousands."""
        return self.filter(pk__among=Many(pks))

    def open(self) -> LeadQuerySet:
        """Not settled: queued or being sent."""
        return self.filter(status__in=Lead.OPEN)

    def incomplete(self) -> LeadQuerySet:
        """In the CRM, but not with all that was sent."""
        return self.filter(incomplete__isnull=False)

    def failed(self) -> LeadQuerySet:
        """A person must look."""
        return self.filter(status=Lead.Status.FAILED)

    def waiting(self, now: datetime) -> LeadQuerySet:
        """Held back by an outage: open for longer than 15 minutes."""
        return self.open().filter(queued_at__lte=now - WAITING_AFTER)

    def claimable(self, now: datetime) -> LeadQuerySet:
        """Queued and due, of a site that is not paused or whose probe is due.

        Names the few paused sites instead of joining them all: a join made PostgreSQL sort the
        whole backlog before it took the first hundred.
        """
        due = self.filter(status=Lead.Status.QUEUED, due_at__lte=now)
        return due.exclude(site__in=Site.objects.held(now).values("pk"))

    def oldest_due(self, destination_id: int, now: datetime) -> datetime | None:
        """Since when the destination's oldest due lead has been due; None when none is."""
        due = self.claimable(now).filter(destination_id=destination_id).order_by("due_at")
        # A band at a time, so that each look is one step into the index.
        first = [
            due.filter(band=band).values_list("due_at", flat=True).first()
            for band in Lead.Band.values
        ]
        return min((moment for moment in first if moment), default=None)

    def oldest_waiting(self) -> datetime | None:
        """Since when the lead has been on its way that waits longest; None when none waits."""
        waiting = self.filter(status__in=[Lead.Status.QUEUED, Lead.Status.SENDING])
        return waiting.order_by("queued_at", "pk").values_list("queued_at", flat=True).first()

    def orphaned(self, now: datetime) -> LeadQuerySet:
        """Being sent by a worker whose lease ran out: what became of them is not known."""
        return self.filter(status=Lead.Status.SENDING, due_at__lte=now)

    def counted(self) -> LeadQuerySet:
        """All but test leads."""
        return self.filter(is_test=False)

    def posted(self) -> LeadQuerySet:
        """All but imported ones, which tell nothing of a site's rhythm and of who waits."""
        return self.exclude(source=Lead.Source.IMPORT)

    def of_record(self, destination_id: int, zoho_id: str) -> LeadQuerySet:
        """The leads that a record of the CRM was made of, oldest first."""
        if not zoho_id:
            return self.none()
        return self.filter(destination_id=destination_id, zoho_id=zoho_id).order_by("pk")

    def same_email(self, destination_id: int, *emails: str) -> LeadQuerySet:
        """Leads that a new one with such a normalised address would duplicate, oldest first."""
        known = [email for email in emails if email]
        if not known:
            return self.none()
        return (
            self.counted()
            # Said again, so that PostgreSQL sees that the partial index on addresses fits.
            .exclude(email="")
            .filter(destination_id=destination_id, email__among=Many(known))
            .filter(status__in=Lead.IN_THE_WAY)
            .order_by("pk")
        )

    def lock_mendable(self, leads: models.QuerySet[Lead]) -> LeadQuerySet:
        """Those of these leads that a person may decide about, held until the transaction ends.

        Locked by rising id, so that two people with crossed lists never wait for each other.
        """
        return (
            self.filter(pk__in=leads.order_by().values("pk"), status__in=Lead.MENDABLE)
            # Not joined: leads of one site share one Site instead of each making its own.
            .prefetch_related("site")
            .defer("body")
            .order_by("pk")
            .select_for_update()
        )

    def change(self, changes: dict[int, dict[str, Any]], also: dict[str, Any]) -> None:
        """Change these leads, by id, in one UPDATE; `also` is written in all of them.

        Alike but for their OWN columns. Case and When over a hundred rows took a third of a
        batch's time.
        """
        alike = next(iter(changes.values()))
        others = [change for change in changes.values() if change is not alike]
        own = [n for n in OWN if n in alike and any(c[n] != alike[n] for c in others)]
        shared = {name: value for name, value in alike.items() if name not in own} | also
        if not own:
            self.among(list(changes)).update(**shared)
            return
        fields = [cast("models.Field[Any, Any]", self.model._meta.get_field(n)) for n in shared]
        pairs = zip(fields, shared.values(), strict=True)
        cells = [field.get_db_prep_save(value, connection) for field, value in pairs]
        cells += [cell for pk, c in changes.items() for cell in (pk, *(c[n] for n in own))]
        # The columns of VALUES are called column1, column2, … on both databases.
        sets = [f'"{field.column}" = %s' for field in fields]
        sets += [f'"{name}" = made.column{number}' for number, name in enumerate(own, 2)]
        row = f"({', '.join(['%s'] * (1 + len(own)))})"
        statement = (
            f'UPDATE "{self.model._meta.db_table}" SET {", ".join(sets)} '  # noqa: S608 - column names of our own
            f"FROM (VALUES {', '.join([row] * len(changes))}) AS made WHERE id = made.column1"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, cells)


class Lead(models.Model):
    """One person's enquiry. `body` and `data` never change; a correction is a new revision."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        ENTERED = "entered", _("Entered by hand")
        DISCARDED = "discarded", _("Discarded")

    class Band(models.IntegerChoices):
        NORMAL = 0, _("normal")
        BULK = 1, _("behind fresh leads")

    class Source(models.TextChoices):
        API = "api", _("API")
        FORM = "form", _("browser form")
        DESK = "desk", _("a person, out of a rejected submission")
        WEBHOOK = "webhook", _("webhook address")
        IMPORT = "import", _("import of a file")

    OPEN = (Status.QUEUED, Status.SENDING)
    UNRESOLVED = (Status.QUEUED, Status.SENDING, Status.FAILED)
    MENDABLE = (Status.FAILED, Status.QUEUED)
    BY_HAND = (Status.ENTERED, Status.DISCARDED)
    RESOLVED = (Status.DELIVERED, *BY_HAND)
    IN_THE_WAY = (Status.QUEUED, Status.SENDING, Status.DELIVERED, Status.ENTERED)

    reference = models.UUIDField(unique=True, default=new_reference, editable=False)
    # No index of their own: `lead_received` and `lead_due` begin with them.
    site = models.ForeignKey(Site, models.PROTECT, related_name="leads", db_index=False)
    destination = models.ForeignKey(
        Destination, models.PROTECT, related_name="leads", db_index=False
    )

    # What arrived.
    body = models.BinaryField(editable=False)
    content_type = models.CharField(max_length=100, blank=True)
    data = models.JSONField(editable=False)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.API)
    page = models.CharField(max_length=500, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001
    fingerprint = models.CharField(max_length=64, editable=False)
    flags = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("What was odd about it; see `leads.flags`."),
    )
    # No index of its own: `lead_source` is partial, plain posts are not in it.
    webhook_source = models.ForeignKey(
        "leads.Source",
        models.SET_NULL,
        null=True,
        related_name="leads",
        db_index=False,
        # Nor a constraint: it would lock the table of all leads while it is made.
        db_constraint=False,
    )
    reading = models.JSONField(
        null=True,
        editable=False,
        help_text=_("What was read from the data by shape and recognised; empty for plain posts."),
    )
    repeats = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_("How often the source posted it again.")
    )
    is_test = models.BooleanField(default=False)
    attribution = models.CharField(
        max_length=240,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Source, campaign and page that it is counted under."),
    )
    received_at = models.DateTimeField()

    is_assigned = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Whether it is somebody's: those that are nobody's are found by an index."),
    )

    # What the desk shows and searches, following the newest revision.
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    revision = models.PositiveSmallIntegerField(default=0)

    # Where it stands.
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    band = models.PositiveSmallIntegerField(choices=Band.choices, default=Band.NORMAL)
    due_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text=_("Tries that the record itself used up; outages use up none.")
    )
    deaths = models.PositiveSmallIntegerField(
        default=0, help_text=_("Worker deaths while it was sent alone.")
    )
    batch_limit = models.PositiveSmallIntegerField(default=NORMAL_BATCH)
    maybe_landed = models.BooleanField(
        default=False, help_text=_("Whether the outcome of an earlier try is unknown.")
    )
    landed_revision = models.PositiveSmallIntegerField(
        null=True, help_text=_("The revision that may have landed then.")
    )
    skip_duplicate_rule = models.BooleanField(default=False)
    in_the_way = models.CharField(
        max_length=40, blank=True, help_text=_("The record in Zoho that the lead repeats.")
    )
    in_the_way_module = models.CharField(
        max_length=50,
        blank=True,
        default="",
        db_default="",
        help_text=_("The module of that record, where Zoho names it."),
    )
    update_existing = models.BooleanField(
        default=False, help_text=_("Whether a person chose to write the lead over that record.")
    )
    reason = models.CharField(max_length=30, choices=Reason.choices, blank=True)
    reason_field = models.CharField(max_length=100, blank=True)
    reason_text = models.CharField(max_length=500, blank=True)
    zoho_id = models.CharField(_("Zoho id"), max_length=40, blank=True)
    # No index of its own: `lead_bulk` is partial, for the few leads that were retried in bulk.
    bulk = models.ForeignKey(
        BulkRetry, models.SET_NULL, null=True, related_name="leads", db_index=False
    )
    failed_at = models.DateTimeField(_("created"), null=True)
    settled_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(
        null=True, help_text=_("When everything that tells of the person was taken out.")
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        # Nobody adds, edits or deletes a lead by a form: what people do are decisions.
        default_permissions = ("view",)
        permissions = [
            ("view_personal_data", gettext_noop("Can see personal data of leads")),
            ("export_lead", gettext_noop("Can export leads")),
            ("erase_person", gettext_noop("Can erase a person")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "idempotency_key"], name="lead_idempotency_key_unique"
            ),
            models.CheckConstraint(
                condition=Q(status="sending", claim__isnull=False)
                | (~Q(status="sending") & Q(claim=None)),
                name="lead_claim_only_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "sending"], due_at__isnull=False, settled_at=None)
                | (~Q(status__in=["queued", "sending"]) & Q(due_at=None, settled_at__isnull=False)),
                name="lead_due_while_open",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed", failed_at__isnull=False) & ~Q(reason=""))
                | ~Q(status="failed"),
                name="lead_failed_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status="delivered") | ~Q(zoho_id=""),
                name="lead_delivered_has_a_record",
            ),
            models.CheckConstraint(
                condition=Q(update_existing=False) | ~Q(in_the_way=""),
                name="lead_update_names_a_record",
            ),
            models.CheckConstraint(
                condition=Q(batch_limit__gte=1), name="lead_batch_limit_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["destination", "band", "due_at"],
                condition=Q(status="queued"),
                name="lead_due",
            ),
            models.Index(fields=["due_at"], condition=Q(status="sending"), name="lead_lease"),
            models.Index(
                fields=["queued_at", "id"],
                condition=Q(status__in=["queued", "sending"]),
                name="lead_waiting",
            ),
            models.Index(
                fields=["-failed_at", "-id"], condition=Q(status="failed"), name="lead_failed"
            ),
            models.Index(
                fields=["-failed_at", "-id"],
                condition=Q(status="failed", is_assigned=False),
                name="lead_failed_nobodys",
            ),
            models.Index(
                fields=["reason", "-failed_at", "-id"],
                condition=Q(status="failed"),
                name="lead_failed_reason",
            ),
            models.Index(
                fields=["site", "-failed_at", "-id"],
                condition=Q(status="failed"),
                name="lead_failed_site",
            ),
            models.Index(
                fields=["attempts", "-failed_at", "-id"],
                condition=Q(status="failed"),
                name="lead_failed_tries",
            ),
            models.Index(fields=["site", "received_at"], name="lead_received"),
            # Whatever became of them; what is in the CRM has no reason any more.
            models.Index(
                fields=["reason", "-id"], condition=~Q(reason=""), name="lead_reason_newest"
            ),
            models.Index(fields=["-id"], condition=Q(is_test=True), name="lead_test_newest"),
            models.Index(
                fields=["webhook_source", "-id"],
                condition=Q(webhook_source__isnull=False),
                name="lead_source",
            ),
            models.Index(
                fields=["webhook_source", "fingerprint"],
                condition=Q(webhook_source__isnull=False),
                name="lead_source_repeat",
            ),
            models.Index(fields=["email"], condition=~Q(email=""), name="lead_email"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="lead_phone"),
            models.Index(fields=["zoho_id"], condition=~Q(zoho_id=""), name="lead_record"),
            models.Index(
                fields=["status", "-id"],
                condition=Q(status__in=["entered", "discarded"]),
                name="lead_by_hand",
            ),
            models.Index(
                fields=["bulk", "status"], condition=Q(bulk__isnull=False), name="lead_bulk"
            ),
            # What retention has not come to yet.
            models.Index(
                fields=["settled_at"],
                condition=Q(erased_at=None, settled_at__isnull=False),
                name="lead_kept",
            ),
        ]

    def __str__(self) -> str:
        # Never a name: this text is copied into the audit log, where no erasure reaches it.
        return f"Lead {self.pk}"

    @property
    def oddities(self) -> list[Flag]:
        """What was odd about it when it arrived."""
        return read_flags(self.flags)

    @property
    def is_in_its_way_elsewhere(self) -> bool:
        """Whether the record in its way is of another module, over which it cannot be written."""
        return self.in_the_way_module not in ("", self.site.module)

    @property
    def can_update(self) -> bool:
        """Whether it may be written over the record in its way."""
        return bool(self.in_the_way) and not self.is_in_its_way_elsewhere

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way."""
        return self.status in self.OPEN

    @property
    def is_quarantined(self) -> bool:
        """Whether it is held because it looks like spam."""
        return self.status == self.Status.FAILED and self.reason == Reason.QUARANTINED

    @property
    def whose(self) -> str:
        """The name of whoever it is assigned to; empty for nobody's."""
        assignment: Any = getattr(self, "assignment", None)
        return str(assignment.user) if assignment else ""

    @property
    def reason_title(self) -> str:
        """The reason in words, with the guilty field; empty where there is none."""
        return Reason.title_of(self.reason, self.reason_field) if self.reason else ""

    @property
    def who(self) -> str:
        """Name, e-mail and phone in one line, for people with the right to see them."""
        return " · ".join(part for part in (self.name, self.email, self.phone) if part)

    @property
    def unclear(self) -> dict[str, list[str]]:
        """Paths that fit equally, by the field that a person has to choose one for."""
        return {} if self.revision or not self.reading else self.reading["unclear"]

    def current_data(self) -> dict[str, Any]:
        """The fields to send: those of the newest revision, else what arrived."""
        if not self.revision:
            return Reading.of(self.reading, self.data) if self.reading else dict(self.data)
        # `revisions` is prefetched where leads are handled in batches.
        newest = max(self.revisions.all(), key=lambda revision: revision.number)
        return Reading.corrected(newest.data, newest.filled, self.reading, self.data)


class FailedLead(Lead):
    """A lead as a row of the table Failed leads API injection."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("failed lead")
        verbose_name_plural = _("Failed leads API injection")
        permissions = [
            ("retry_lead", gettext_noop("Can retry leads")),
            ("enter_lead", gettext_noop("Can mark leads as entered by hand")),
            ("discard_lead", gettext_noop("Can discard leads")),
            ("correct_lead", gettext_noop("Can correct leads")),
            ("assign_lead", gettext_noop("Can assign leads to colleagues")),
        ]


class Revision(models.Model):
    """A correction of a lead's data by a person. Revision 0 is what arrived, in `Lead.data`."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    data = models.JSONField()
    filled = models.JSONField(
        null=True, help_text=_("What was given for fields of the CRM itself, by its names.")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["lead", "number"], name="revision_number_unique"),
        ]

    def __str__(self) -> str:
        return f"Lead {self.lead_id} revision {self.number}"


class LeadEventQuerySet(VisibleQuerySet["LeadEvent"]):
    """Sets of what people did."""

    reach = "lead__site"


class LeadEvent(models.Model):
    """What a person did to a lead. Append-only."""

    class Kind(models.TextChoices):
        RETRIED = "retried", _("Retried")
        SENT_ANYWAY = "sent_anyway", _("Sent anyway")
        CORRECTED = "corrected", _("Corrected and retried")
        UPDATED = "updated", _("Sent as an update of the record in Zoho")
        ENTERED = "entered", _("Marked as entered by hand")
        DISCARDED = "discarded", _("Discarded")
        RELEASED = "released", _("Released: not spam")
        EXPORTED = "exported", _("Given to the person")
        ERASED = "erased", _("Erased")
        UNDONE = "undone", _("Taken back")
        NOTED = "noted", _("Note")
        COMMENTED = "commented", _("Comment")
        ASSIGNED = "assigned", _("Assigned")
        UNASSIGNED = "unassigned", _("Assigned to nobody")
        REPAIRED = "repaired", _("Repaired in Zoho")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    link = models.CharField(
        max_length=320,
        blank=True,
        default="",
        db_default="",
        help_text=_("Whose link in a mail it was done by, where nobody had logged in: an address."),
    )
    via = models.CharField(
        max_length=LONGEST,
        blank=True,
        default=acting_token,
        db_default="",
        help_text=_("The API token that it was done by, where a program acted for the user."),
    )
    # Neither index nor constraint: the table is large, and hardly a row names anybody.
    whom = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text=_("To whom the lead was assigned."),
    )
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    before = models.JSONField(
        null=True, help_text=_("What the decision changed, by column, as it was before.")
    )
    stamp = models.DateTimeField(
        null=True,
        help_text=_(
            "The moment that the decision wrote on the lead, due_at or settled_at: while it "
            "stands there, nothing has happened since."
        ),
    )

    objects = LeadEventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"Lead {self.lead_id} {self.kind}"

    ASIDE = (Kind.NOTED, Kind.COMMENTED, Kind.ASSIGNED, Kind.UNASSIGNED)
    """What changes nothing of the lead."""

    @property
    def title(self) -> str:
        """What was done, and to whom the lead was given where it was."""
        if self.kind == self.Kind.ASSIGNED:
            return str(_("Assigned to %s")) % (self.whom or _("somebody who has left"))
        return self.get_kind_display()

    @property
    def who(self) -> str:
        """Who did it: a member of staff, or the link of a mail's recipient; empty for who left."""
        if self.link:
            return str(_("link of %s")) % self.link
        name = str(self.user or "")
        through = str(_("via token %s")) % self.via
        return f"{name} · {through}" if self.via else name


class Incomplete(models.Model):
    """The mark of a lead whose record lacks values that were sent. Its status stays as it is."""

    # No constraint: it would lock the table of all leads while it is made.
    lead = models.OneToOneField(
        Lead, models.CASCADE, related_name="incomplete", db_constraint=False
    )
    missing = models.CharField(
        max_length=200, help_text=_("The names of the fields, nothing of a person.")
    )
    found_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        verbose_name = _("incomplete lead")

    def __str__(self) -> str:
        return f"Lead {self.lead_id} lacks {self.missing}"
