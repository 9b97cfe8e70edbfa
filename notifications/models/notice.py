"""Notice: something that people must be told, as a row; a mail or a webhook is its delivery."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from leads.models import ApiLog, Destination, Lead, Site
from leads.models.queries.visible import VisibleQuerySet
from leads.reasons import Reason, ResponseCode
from notifications import throttle
from notifications.models.channel import Channel

if TYPE_CHECKING:
    from notifications.digest_counts import Day
    from notifications.week_counts import Week

# How long to wait after the first, second, … failed try; after the last one a person decides.
DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
CODE_WORTH = timedelta(minutes=10)
"""A code that did not leave within it is waited for by nobody."""
# The longest address that the rules of mail allow, and Django's validator with them.
LONGEST_ADDRESS = 320


GROUP = ("kind", "via", "recipient", "channel", "resent")
"""What the notices of one mail or one call have in common."""


class Claim(NamedTuple):
    """All notices of one kind to one address, held by whoever knows the token."""

    kind: str
    via: str
    recipient: str
    channel: int | None
    resent: bool
    token: uuid.UUID


class NoticeQuerySet(VisibleQuerySet["Notice"]):
    """Sets of notices, and the conditional updates that two senders may compete for."""

    def due(self, now: datetime) -> NoticeQuerySet:
        """Owed and not before their time; those of a sender that died are due again."""
        return self.filter(status=Notice.Status.PENDING, due_at__lte=now)

    def mails(self) -> NoticeQuerySet:
        """Those that go by mail."""
        return self.filter(via=Notice.Via.MAIL)

    def posts(self) -> NoticeQuerySet:
        """Those that go to a channel."""
        return self.exclude(via=Notice.Via.MAIL)

    def pointless(self, now: datetime) -> NoticeQuerySet:
        """Those that would only cost somebody a minute: what they tell is no longer so.

        What a person asked to be sent again is never among them.
        """
        newer = Notice.objects.filter(
            recipient=OuterRef("recipient"),
            kind=OuterRef("kind"),
            status=Notice.Status.PENDING,
            via=OuterRef("via"),
            pk__gt=OuterRef("pk"),
        )
        of_the_lead = newer.filter(lead=OuterRef("lead"))
        of_the_cause = newer.filter(site=OuterRef("site"), reason=OuterRef("reason"))
        still_waiting = Lead.objects.waiting(now).counted().filter(site=OuterRef("site"))
        told = self.filter(resent=False).order_by()
        failed = told.filter(kind=Notice.Kind.LEAD_FAILED)
        paused = told.filter(kind=Notice.Kind.PAUSED)
        # A union and no `or`: an `or` of EXISTS compares each notice with each other one.
        return failed.exclude(lead__status=Lead.Status.FAILED).union(
            failed.filter(Exists(of_the_lead)),
            told.filter(~Exists(still_waiting), kind=Notice.Kind.LEADS_WAITING),
            paused.filter(site=None, destination__paused_at=None),
            paused.filter(site__isnull=False, site__paused_at=None),
            told.filter(kind=Notice.Kind.QUIET, site__quiet_since=None),
            told.filter(Exists(of_the_cause), kind=Notice.Kind.RESOLVED),
            # Whoever asked for it has long gone on, or asked again.
            self.order_by().filter(kind=Notice.Kind.CODE, created_at__lte=now - CODE_WORTH),
        )

    def drop(self) -> int:
        """Mark as no longer needed; how many were."""
        # The set is found through other tables, and an UPDATE names one only.
        pending = Notice.objects.filter(pk__in=self.values("pk"), status=Notice.Status.PENDING)
        return pending.update(status=Notice.Status.DROPPED, claim=None, error="")

    def claim(self, now: datetime, lease: timedelta) -> Claim | None:
        """Win all due notices of one kind to one address, the longest due first.

        None when nothing is due or another sender was faster. The try is counted here, before
        anything is sent, so that a mail that ends its sender is not tried for ever. What a burst
        holds back is due again when its next mail may leave.
        """
        while first := self.due(now).order_by("due_at", "pk").values(*GROUP).first():
            group = self.due(now).filter(**first)
            until = Notice.objects.held_until(Claim(**first, token=uuid.uuid4()), now)
            if until is not None and until > now:
                group.update(due_at=until, claim=None)
                continue
            claim = Claim(**first, token=uuid.uuid4())
            won = group.update(claim=claim.token, due_at=now + lease, tries=F("tries") + 1)
            return claim if won else None
        return None

    def held_until(self, claim: Claim, now: datetime) -> datetime | None:
        """When the throttled mail to this address may leave; None where it may now."""
        if claim.kind not in throttle.KINDS or claim.via not in throttle.PACED or claim.resent:
            return None
        whom = {name: getattr(claim, name) for name in GROUP if name != "kind"}
        told = self.filter(kind__in=throttle.KINDS[claim.kind], **whom)
        sent = told.filter(status=Notice.Status.SENT, sent_at__gt=now - throttle.CALM)
        leaving = told.filter(status=Notice.Status.PENDING, claim__isnull=False, due_at__gt=now)
        # The notices of one mail were settled at one moment.
        told_at = sent.values_list("sent_at", flat=True).distinct().order_by("sent_at")
        moments = [moment for moment in told_at if moment is not None]
        moments += [now] * leaving.values("claim").distinct().order_by().count()
        return throttle.held_until(moments)

    def held_by(self, claim: Claim) -> NoticeQuerySet:
        """What the claim won and has not settled; empty once the lease passed to another."""
        return self.filter(claim=claim.token, status=Notice.Status.PENDING)

    def sent(self, now: datetime, error: str = "") -> int:
        """Settle as sent; `error` says what was left out of the mail."""
        return self.update(status=Notice.Status.SENT, sent_at=now, claim=None, error=error)

    def refused(self, now: datetime, error: str, wait: timedelta = timedelta()) -> int:
        """Note a failed try: due again after its delay, given up after the last one.

        `wait` is how long the receiver asked to be left alone.
        """
        delays = [
            When(tries=number, then=Value(now + max(DELAYS[number - 1], wait)))
            for number in _NUMBERS
        ]
        return self.update(
            status=Case(
                When(tries__gt=len(DELAYS), then=Value(Notice.Status.FAILED)),
                default=Value(Notice.Status.PENDING),
            ),
            due_at=Case(*delays, default=Value(now), output_field=models.DateTimeField()),
            claim=None,
            error=error,
        )

    def fail(self, error: str) -> int:
        """Give up at once, because no later try can do better."""
        return self.update(status=Notice.Status.FAILED, claim=None, error=error)

    def put_off(self, until: datetime, error: str, uncount: int = 0) -> int:
        """Wait for the mail server to come back, which is no fault of theirs.

        `uncount` takes back the tries that a claim counted.
        """
        return self.update(tries=F("tries") - uncount, due_at=until, claim=None, error=error)

    def give_up(self, error: str) -> int:
        """Set aside those that used up their tries without one that came to an end."""
        return self.filter(tries__gt=len(DELAYS)).update(
            status=Notice.Status.FAILED, claim=None, error=error
        )

    def send_again(self, now: datetime) -> int:
        """Owe them once more because a person says so; those still owed are left alone."""
        settled = self.exclude(status=Notice.Status.PENDING)
        return settled.update(
            status=Notice.Status.PENDING,
            resent=True,
            tries=0,
            due_at=now,
            sent_at=None,
            claim=None,
            error="",
        )

    def for_mail(self) -> NoticeQuerySet:
        """With everything that a mail names, so that writing it asks the database nothing."""
        log_id = (
            ApiLog.objects.filter(lead=OuterRef("lead"), response_code=ResponseCode.NOT_INSERTED)
            .order_by("-pk")
            .values("pk")[:1]
        )
        return (
            self.select_related("lead__site", "site", "destination")
            .defer("lead__body")
            .prefetch_related("lead__revisions")
            .annotate(log_id=Subquery(log_id))  # type: ignore[no-redef]  # declared on Notice
        )


_NUMBERS = range(1, len(DELAYS) + 1)


class Notice(models.Model):
    """One message to one address. Holds no personal data: the mail is written when it is sent.

    `recipient` is a mail address or a channel's label. `due_at` means *not before* and, while a
    claim holds the row, *lease expiry*: a sender that died gives its notices back by itself.
    Each is sent at least once.
    """

    class Kind(models.TextChoices):
        LEAD_FAILED = "lead_failed", _("A lead failed")
        LEADS_WAITING = "leads_waiting", _("Leads are waiting")
        PAUSED = "paused", _("Sending paused")
        RESUMED = "resumed", _("Sending resumed")
        QUIET = "quiet", _("A site is silent")
        RESOLVED = "resolved", _("Failures stopped")
        DRIFT = "drift", _("Fields changed in Zoho")
        OTHER_ADDRESS = "other_address", _("Zoho at another address")
        INCOMPLETE = "incomplete", _("Incomplete in Zoho")
        ENDPOINT_RESTS = "endpoint_rests", _("An outcome webhook does not answer")
        ENDPOINT_OFF = "endpoint_off", _("An outcome webhook was switched off")
        UNDELIVERED = "undelivered", _("Outcomes were not delivered")
        DIGEST = "digest", _("Daily digest")
        REPORT = "report", _("Weekly report")
        CODE = "code", _("Code for a link")
        MENTIONED = "mentioned", _("Named in a comment")
        TEST = "test", _("Test notice")

    class Via(models.TextChoices):
        MAIL = "mail", _("mail")
        SLACK = "slack", _("Slack")
        WEBHOOK = "webhook", _("webhook")

    class Status(models.TextChoices):
        PENDING = "pending", _("to be sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("given up")
        DROPPED = "dropped", _("no longer needed")

    kind = models.CharField(max_length=15, choices=Kind.choices)
    via = models.CharField(
        max_length=10, choices=Via.choices, default=Via.MAIL, db_default=Via.MAIL.value
    )
    recipient = models.CharField(max_length=LONGEST_ADDRESS)
    # The label stays when the channel goes: what was said remains evidence.
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="notices")
    site = models.ForeignKey(Site, models.CASCADE, null=True, related_name="notices")
    destination = models.ForeignKey(Destination, models.CASCADE, null=True, related_name="notices")
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="notices")
    reason = models.CharField(max_length=30, blank=True)
    text = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("What is to be said beside the kind: names of fields, nothing of a person."),
    )
    count = models.PositiveIntegerField(
        _("leads"), default=1, help_text=_("How many leads it speaks of.")
    )
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.PENDING)
    resent = models.BooleanField(
        _("asked for again"),
        default=False,
        help_text=_("A person wants it sent, even if its lead has arrived meanwhile."),
    )
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claim = models.UUIDField(null=True, editable=False)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True)

    if TYPE_CHECKING:
        log_id: int | None  # put on by `for_mail`

    # Put on by `notifications.resolution` when the notice is put into words.
    still_failed: int | None = None
    digest: Day | None = None
    report: Week | None = None

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("resend_notice", gettext_noop("Can send notices again"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="pending") | Q(claim=None),
                name="notice_claim_only_while_pending",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False)
                | (~Q(status="sent") & Q(sent_at=None)),
                name="notice_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(kind="lead_failed") | Q(lead__isnull=False),
                name="notice_of_a_failure_names_its_lead",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="pending"), name="notice_due"),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="notice_claimed"),
            # What an address was told lately: the throttle counts it before each mail.
            models.Index(
                fields=["recipient", "sent_at"], condition=Q(status="sent"), name="notice_told"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Notice %(pk)s") % {"pk": self.pk}

    @property
    def reason_title(self) -> str:
        """The reason in words; empty where there is none."""
        return Reason.title_of(self.reason) if self.reason else ""

    def describe(self) -> str:
        """What became of it, in one line: “Mail to sales@example.com: sent”."""
        how = str(self.Via(self.via).label)
        line = _("%(how)s to %(whom)s: %(state)s") % {
            "how": how[:1].upper() + how[1:],
            "whom": self.recipient,
            "state": self.get_status_display(),
        }
        return f"{line} ({self.error})" if self.error and self.status != "sent" else line
