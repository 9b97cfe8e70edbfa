"""What somebody did to the set-up, and what browsers tell of our pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leadops.accounts.evidence.rows import SecurityEvent
from leadops.accounts.login.rows import LoginTry
from leadops.accounts.sso.rows import IdentityProvider
from leadops.accounts.tokens.answers import ApiAnswer
from leadops.accounts.tokens.rows import ApiToken, ServiceAccount

__all__ = [
    "ApiAnswer",
    "ApiToken",
    "AuditEntry",
    "IdentityProvider",
    "LoginTry",
    "PolicyReport",
    "SecurityEvent",
    "ServiceAccount",
]

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
        return gettext("Policy report %(pk)s") % {"pk": self.pk}


class AccountLanguage(models.Model):
    """The language that somebody reads the desk in; without a row it is English."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    language = models.CharField(max_length=7, choices=settings.LANGUAGES)

    class Meta:
        default_permissions = ()
        verbose_name = _("language of an account")

    def __str__(self) -> str:
        return f"Language of account {self.pk}"
