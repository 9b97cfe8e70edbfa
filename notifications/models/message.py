"""Message: one event of one lead for one endpoint, written down with what happened."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from leads.models import Lead
from leads.models.queries.visible import VisibleQuerySet
from leads.reasons import Reason
from notifications.models.endpoint import TEST, Endpoint, Event

RETRIED_FOR = timedelta(days=1)
"""How long an event that does not arrive is tried; then it is given up, and people are told."""
# How long to wait after the first, second, … failed try; after the last one the last wait again.
WAITS = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=3),
)
KEPT_FOR = timedelta(days=30)
"""How long the log of what was sent goes back."""
CHUNK = 5_000
"""Rows that one statement deletes."""


class Batch(NamedTuple):
    """Messages of one endpoint, held by whoever knows the token, and in the order of sending."""

    endpoint: Endpoint
    token: uuid.UUID
    messages: list[Message]
    claimed_at: datetime


class MessageQuerySet(VisibleQuerySet["Message"]):
    """Sets of messages, and the conditional updates that two senders may compete for."""

    reach = "endpoint__site"

    def pending(self) -> MessageQuerySet:
        """Owed."""
        return self.filter(status=Message.Status.PENDING)

    def due(self, now: datetime) -> MessageQuerySet:
        """Owed and not before their time, to endpoints that are called now; tests to any.

        Those of a sender that died are due again.
        """
        called = Q(endpoint__in=Endpoint.objects.open(now).values("pk")) | Q(event=TEST)
        return self.pending().filter(called, due_at__lte=now)

    def first_of_leads(self) -> MessageQuerySet:
        """Those before which nothing is owed about the same lead: it is told in order."""
        earlier = Message.objects.pending().filter(
            endpoint=OuterRef("endpoint"), lead=OuterRef("lead"), pk__lt=OuterRef("pk")
        )
        return self.exclude(Exists(earlier))

    def claim(self, endpoint: Endpoint, size: int, now: datetime, lease: timedelta) -> Batch | None:
        """Win up to so many due messages of the endpoint, one a lead, the oldest first.

        None when nothing is due or another sender was faster. The try is counted here.
        """
        due = self.due(now).filter(endpoint=endpoint).first_of_leads().order_by("due_at", "pk")
        chosen = list(due.values_list("pk", flat=True)[:size])
        if not chosen:
            return None
        token = uuid.uuid4()
        free = self.pending().filter(pk__in=chosen, due_at__lte=now)
        free.update(claim=token, due_at=now + lease, tries=F("tries") + 1)
        rows = self.held_by(token).select_related("lead").order_by("pk")
        won = list(rows.defer("lead__body").prefetch_related("lead__revisions"))
        return Batch(endpoint, token, won, now) if won else None

    def held_by(self, token: uuid.UUID) -> MessageQuerySet:
        """What the claim won and has not settled; empty once the lease passed to another."""
        return self.pending().filter(claim=token)

    def sent(self, now: datetime, answer: int | None) -> int:
        """Settle as delivered."""
        status = Message.Status.SENT
        return self.update(status=status, sent_at=now, claim=None, error="", answer=answer)

    def refused(self, now: datetime, error: str, answer: int | None, wait: timedelta) -> int:
        """Note a failed try: due again after its wait, given up once its day is over.

        How many were given up. `wait` is how long the receiver asked to be left alone.
        """
        self.filter(until__gt=now).update(
            due_at=Case(
                *(When(tries=n, then=Value(now + max(one, wait))) for n, one in _NUMBERED),
                default=Value(now + max(WAITS[-1], wait)),
                output_field=models.DateTimeField(),
            ),
            error=error[:300],
            answer=answer,
        )
        count = self.filter(until__lte=now).give_up(error, answer)
        self.update(claim=None)
        return count

    def give_up(self, error: str, answer: int | None = None) -> int:
        """Try no more; a person may have them sent all the same."""
        status = Message.Status.FAILED
        return self.update(status=status, claim=None, error=error[:300], answer=answer)

    def give_back(self, now: datetime) -> int:
        """Let go of what was claimed and not tried."""
        return self.update(claim=None, due_at=now, tries=F("tries") - 1)

    def send_again(self, now: datetime) -> int:
        """Owe them once more, for another day; those still owed are due now."""
        self.pending().filter(claim=None).update(due_at=now, until=now + RETRIED_FOR)
        return self.exclude(status=Message.Status.PENDING).update(
            status=Message.Status.PENDING,
            tries=0,
            due_at=now,
            until=now + RETRIED_FOR,
            sent_at=None,
            claim=None,
            error="",
        )

    def let_go(self, now: datetime) -> int:
        """Delete what is older than the log goes back; how many."""
        old, count = self.filter(created_at__lt=now - KEPT_FOR).order_by("created_at"), 0
        while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
            count += Message.objects.filter(pk__in=ids).delete()[0]
        return count


_NUMBERED = tuple(enumerate(WAITS, 1))


class Message(models.Model):
    """Holds no personal data: what is sent is written when it is sent.

    `due_at` means *not before* and, while a claim holds the row, *lease expiry*: a sender that died
    gives its messages back by itself. Each is sent at least once, unless its receiver takes nothing
    for a day.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("to be sent")
        SENT = "sent", _("delivered")
        FAILED = "failed", _("given up")

    # No index of its own: `message_log` begins with it.
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="messages", db_index=False)
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="messages")
    event = models.CharField(max_length=30)
    lead_status = models.CharField(_("lead's status"), max_length=10, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    zoho_id = models.CharField(_("Zoho id"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("happened"))
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(_("next try"))
    until = models.DateTimeField(help_text=_("When it is given up, if it has not arrived."))
    claim = models.UUIDField(null=True, editable=False)
    answer = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(_("delivered"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("outcome message")
        verbose_name_plural = _("outcome messages")
        default_permissions = ("view",)
        permissions = [("redeliver_message", gettext_noop("Can deliver outcome messages again"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="pending") | Q(claim=None),
                name="message_claim_only_while_pending",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False)
                | (~Q(status="sent") & Q(sent_at=None)),
                name="message_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(event="test") | Q(lead__isnull=False), name="message_names_its_lead"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at", "id"],
                condition=Q(status="pending"),
                name="message_due",
            ),
            models.Index(
                fields=["endpoint", "lead", "id"],
                condition=Q(status="pending"),
                name="message_in_order",
            ),
            models.Index(
                fields=["claim"], condition=Q(claim__isnull=False), name="message_claimed"
            ),
            # Tests go to endpoints that are called for nothing else: found beside a backlog.
            models.Index(
                fields=["endpoint"],
                condition=Q(status="pending", event="test"),
                name="message_tests",
            ),
            models.Index(fields=["endpoint", "-id"], name="message_log"),
            models.Index(fields=["created_at"], name="message_kept"),
        ]

    def __str__(self) -> str:
        return gettext("Outcome message %(pk)s") % {"pk": self.pk}

    @property
    def event_title(self) -> str:
        """The event in words."""
        if self.event == TEST:
            return gettext("A test")
        return str(Event(self.event).label) if self.event in Event.values else self.event

    @property
    def reason_title(self) -> str:
        """The reason in words; empty where there is none."""
        return Reason.title_of(self.reason) if self.reason else ""
