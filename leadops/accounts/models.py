"""What somebody did to the set-up, and what browsers tell of our pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.db import models
from django.utils.translation import gettext_lazy as _

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
KEPT_FOR = timedelta(days=30)
"""How long counts of policy reports are kept."""


class AuditEntry(LogEntry):
    """A row of the admin's own log, to read only. It names things by id and holds no values.

    What is done to leads stands on the leads.
    """

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("Audit")


class PolicyReportQuerySet(models.QuerySet["PolicyReport"]):
    """Sets of counts."""

    def over(self, now: datetime) -> PolicyReportQuerySet:
        """Of days longer ago than they are kept for."""
        return self.filter(day__lt=(now - KEPT_FOR).date())


class PolicyReport(models.Model):
    """How often a day the content security policy kept a page from loading something."""

    day = models.DateField(help_text=_("In UTC."))
    directive = models.CharField(
        max_length=40, blank=True, help_text=_("Empty for all further ones of that day.")
    )
    refused = models.CharField(max_length=100, blank=True)
    page = models.CharField(max_length=100, blank=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    objects = PolicyReportQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("policy report")
        verbose_name_plural = _("Policy reports")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "directive", "refused", "page"], name="policy_report_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"Policy report {self.pk}"


class LoginTryQuerySet(models.QuerySet["LoginTry"]):
    """Sets of counts."""

    def give_back(self, keys: list[str]) -> None:
        """One try less, and nobody has to wait for it."""
        counted = self.filter(key__in=keys, wrong__gt=0)
        counted.update(wrong=models.F("wrong") - 1, next_at=LONG_AGO)


class LoginTry(models.Model):
    """How often a password was wrong in a row, for an account, an address, a pair or a browser.

    Names and addresses stand here as keyed hashes: what was typed as a name may be a password.
    """

    class Kind(models.TextChoices):
        """What is counted by."""

        ACCOUNT = "account", _("account, from anywhere")
        ADDRESS = "address", _("address")
        PAIR = "pair", _("account and address")
        DEVICE = "device", _("browser that logged in before")

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    account = models.CharField(max_length=64, blank=True, db_index=True)
    wrong = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=LONG_AGO, db_index=True)
    next_at = models.DateTimeField(default=LONG_AGO)

    objects = LoginTryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("wrong passwords")
        verbose_name_plural = _("wrong passwords")

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}"
