"""SecurityEvent: one thing that is kept as evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

KEPT_FOR = timedelta(days=180)
"""How long it is known from which address and about what; the row itself stays for good."""
UNKNOWN = 0
"""The account of what nobody's account did."""
LONGEST_ABOUT = 300


class SecurityEventQuerySet(models.QuerySet["SecurityEvent"]):
    """Sets of events."""

    def sealed(self) -> SecurityEventQuerySet:
        """In the chain, in its order."""
        return self.exclude(seq=None).order_by("seq")

    def ready(self, now: datetime) -> SecurityEventQuerySet:
        """Not in the chain yet, and counted to the end; the oldest first."""
        ended = Q(minute=None) | Q(minute__lt=now - timedelta(minutes=2))
        return self.filter(ended, seq=None).order_by("pk")

    def blank(self) -> int:
        """Let go of what is personal. The chain still verifies: it holds digests of it alone.

        How many rows; those that are blank already are passed over.
        """
        told = self.exclude(salt="")
        return told.update(address="", about="", salt="", minute=None)

    def blank_old(self, now: datetime) -> int:
        """Of events that are older than what is personal in them is kept for."""
        return self.filter(at__lt=now - KEPT_FOR).blank()

    def of_person(self, accounts: Iterable[int], words: Iterable[str]) -> SecurityEventQuerySet:
        """Of these accounts, or with one of the words in what they are about."""
        named = Q(account__in=[*accounts])
        for word in words:
            named |= Q(about__icontains=word)
        return self.filter(named)


class SecurityEvent(models.Model):
    """Evidence of one event; of failures one row an account, network and minute, with a count.

    `seq`, `digest` and `link` come when the sweep seals it; from then on nothing changes but that
    `address`, `about` and `salt` are blanked.
    """

    class Kind(models.TextChoices):
        LOGGED_IN = "logged_in", _("Logged in")
        LOGGED_OUT = "logged_out", _("Logged out")
        LOGIN_FAILED = "login_failed", _("Log-in failed")
        CODE_FAILED = "code_failed", _("Second factor failed")
        LOCKED = "locked", _("Too many tries")
        FACTOR = "factor", _("Second factor changed")
        PASSWORD = "password", _("Password changed")
        SESSIONS = "sessions", _("Sessions ended")
        RIGHTS = "rights", _("Account or rights changed")
        KEY = "key", _("Key or secret")
        CONNECTION = "connection", _("Zoho connected")
        EXPORT = "export", _("Export")
        ERASURE = "erasure", _("Erasure")
        LINKED = "linked", _("Sign-in at a provider linked")
        UNLINKED = "unlinked", _("Sign-in at a provider unlinked")
        SSO_REFUSED = "sso_refused", _("Single sign-on refused")

    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    account = models.PositiveBigIntegerField(
        default=UNKNOWN, help_text=_("Id of the account; 0 for unknown.")
    )
    method = models.CharField(max_length=40, blank=True, help_text=_("How it was shown who it is."))
    count = models.PositiveIntegerField(default=1)
    minute = models.DateTimeField(null=True, help_text=_("While more of its minute are counted."))

    address = models.CharField(max_length=43, blank=True, help_text=_("Of failures the network."))
    about = models.CharField(max_length=LONGEST_ABOUT, blank=True)
    salt = models.CharField(max_length=32, blank=True)

    seq = models.PositiveBigIntegerField(null=True, unique=True, help_text=_("Place in the chain."))
    digest = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=64, blank=True)

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("security event")
        verbose_name_plural = _("Security events")
        permissions = [("export_securityevent", gettext_noop("Can export security events"))]
        indexes = [
            models.Index(fields=["at"], name="security_event_at"),
            models.Index(fields=["id"], condition=Q(seq=None), name="security_event_unsealed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["minute", "kind", "account", "address"],
                condition=Q(minute__isnull=False),
                name="failure_once_a_minute",
            ),
            models.CheckConstraint(
                condition=Q(seq=None, link="") | Q(seq__isnull=False, minute=None) & ~Q(link=""),
                name="security_event_sealed_whole",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Security event %(pk)s") % {"pk": self.pk}

    @property
    def account_id(self) -> str:
        """The account as it is written everywhere: its id, or unknown."""
        return str(self.account or "unknown")


def id_of(user: Any) -> int:
    """The id of an account, of a user or of nobody."""
    return int(user if isinstance(user, int) else getattr(user, "pk", None) or UNKNOWN)
