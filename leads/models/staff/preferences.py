"""Preferences: the settings that staff may change, in one row."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Preferences(models.Model):
    """The one row behind the Settings page of the admin."""

    refuse_duplicate_emails = models.BooleanField(
        _(
            "Do not add new leads via API if a lead with a similar e-mail already exists "
            "(avoids duplicates)"
        ),
        default=False,
        help_text=_(
            "Addresses are compared without regard to case and surrounding blanks. A lead that "
            "is held by this rule is stored and shown in the failed table. Sites may differ."
        ),
    )
    ask_zoho_for_duplicates = models.BooleanField(
        _("Also ask Zoho before a lead is sent"),
        default=False,
        help_text=_(
            "Finds records that people or other programs made: one question to Zoho for 50 "
            "leads. While Zoho does not answer it, the leads wait."
        ),
    )

    keep_exchanges_days = models.PositiveIntegerField(
        _("Keep what was sent to Zoho and its answers"),
        null=True,
        blank=True,
        default=90,
        db_default=90,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Days; empty: for good. Codes, reasons and times always stay, and so do the exchanges "
            "of leads that are not resolved."
        ),
    )
    keep_leads_days = models.PositiveIntegerField(
        _("Keep the personal data of settled leads"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Days after a lead was delivered, entered or discarded; empty: for good. Figures do "
            "not change. Failed and waiting leads are never touched."
        ),
    )

    our_name = models.CharField(
        _("Who you are"),
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text=_("Your company or team, as readers of the mails know it."),
    )
    our_contact = models.CharField(
        _("Whom to ask"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("An e-mail address or a telephone number for questions about a mail."),
    )
    our_words = models.TextField(
        _("Words of your own"),
        max_length=1_000,
        blank=True,
        default="",
        db_default="",
        help_text=_("What readers should know besides, such as how fast a lead must be called."),
    )

    class Meta:
        verbose_name = _("settings")
        verbose_name_plural = _("settings")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="preferences_one_row"),
        ]

    def __str__(self) -> str:
        return gettext("Settings")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the one row there is."""
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def read(cls) -> Preferences:
        """The row, or what it begins with: for who only looks, and so writes nothing."""
        return cls.objects.first() or cls()

    @classmethod
    def load(cls) -> Preferences:
        """The row, made on first use."""
        return cls.objects.get_or_create(pk=1)[0]
