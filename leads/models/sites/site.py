"""Site: what posts leads, and by which rules they are taken."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    validate_email,
)
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.data import KNOWN_FIELDS
from leads.models.destination import Destination
from leads.models.pausable import Pausable, PausableQuerySet

TRAP = "_note_2"
"""The trap field of a new site: a name that no browser fills in by itself."""


def addresses(text: str) -> list[str]:
    """E-mail addresses as people list them: by comma, semicolon, blank or line."""
    return list(filter(None, re.split(r"[\s,;]+", text)))


def validate_recipients(value: str) -> None:
    """E-mail addresses and nothing else."""
    for address in addresses(value):
        try:
            validate_email(address)
        except ValidationError:
            raise ValidationError(
                _("“%(address)s” is not an e-mail address."), params={"address": address}
            ) from None


def validate_options(value: Any) -> None:
    """An object of request options."""
    if not isinstance(value, dict):
        raise ValidationError(_("Expected a JSON object such as {“lar_id”: “…”}."))


class SiteQuerySet(PausableQuerySet["Site"]):
    """Sets of sites."""

    reach = "pk"

    def language(self) -> str:
        """The one that all of them speak, else English."""
        spoken = list(self.order_by().values_list("language", flat=True).distinct()[:2])
        return spoken[0] if len(spoken) == 1 else "en"

    def switch(self, pk: int, on: bool, now: datetime) -> bool:
        """Enable or disable; True when it was the other way round. Silence counts from here."""
        row = self.filter(pk=pk, enabled=not on)
        return bool(
            row.update(enabled=on, quiet_since=None, watched_since=now, quiet_check_at=None)
        )

    def recognise(self, pk: int, on: bool) -> bool:
        """Find names by what forms call them, or not; True when it was the other way round."""
        return bool(self.filter(pk=pk, recognises=not on).update(recognises=on))

    def quiet(self) -> SiteQuerySet:
        """Those that have been silent for longer than they ever are."""
        return self.exclude(quiet_since=None)

    def listened_for(self) -> SiteQuerySet:
        """Those whose silence would be told."""
        return self.filter(enabled=True).exclude(quiet_alarm=Site.QuietAlarm.OFF)


class Site(Pausable):
    """A web site or campaign that posts leads."""

    class DuplicateRule(models.TextChoices):
        INHERIT = "inherit", _("As in the settings")
        REFUSE = "refuse", _("Hold a lead whose e-mail exists")
        ACCEPT = "accept", _("Let it through")

    class DuplicatePolicy(models.TextChoices):
        HOLD = "hold", _("Hold the lead for a person")
        UPDATE = "update", _("Update the record that exists")
        SEND = "send", _("Send anyway")

    class Nameless(models.TextChoices):
        HOLD = "hold", _("Hold the lead for a person")
        FIRST_NAME = "first_name", _("Send the first name as Last_Name")
        EMAIL = "email", _("Send the first name, else the e-mail address, as Last_Name")

    class QuietAlarm(models.TextChoices):
        AUTO = "auto", _("When it is silent for longer than its own rhythm explains")
        FIXED = "fixed", _("After a number of hours without a lead")
        OFF = "off", _("Never")

    name = models.CharField(max_length=100, unique=True)
    destination = models.ForeignKey(Destination, models.PROTECT, related_name="sites")
    enabled = models.BooleanField(
        default=True,
        help_text=_(
            "A disabled site is answered 403 and nothing is stored; only posts to its webhook "
            "addresses are stored and held, as form tools never post again."
        ),
    )
    recipients = models.TextField(
        blank=True,
        validators=[validate_recipients],
        help_text=_("Who is told when a lead fails: e-mail addresses, by comma or one a line."),
    )
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Two capital letters, such as DE."))],
        help_text=_("Two letters, such as DE: where a phone number without a prefix belongs."),
    )
    language = models.CharField(
        max_length=7,
        choices=settings.LANGUAGES,
        default="en",
        db_default="en",
        help_text=_("What its mails, its links without an account and its form's answers speak."),
    )
    duplicate_rule = models.CharField(
        _("duplicate e-mails"),
        max_length=10,
        choices=DuplicateRule.choices,
        default=DuplicateRule.INHERIT,
    )
    duplicate_policy = models.CharField(
        _("record exists in Zoho"),
        max_length=10,
        choices=DuplicatePolicy.choices,
        default=DuplicatePolicy.HOLD,
        help_text=_(
            "What happens to a lead whose record Zoho already holds. An update leaves the "
            "record's own reference alone. A field that Zoho itself keeps unique cannot be "
            "sent anyway: such a lead is held."
        ),
    )
    recognises = models.BooleanField(
        _("recognise names"),
        default=True,
        # Sites of before go on as they did until somebody has seen what would change.
        db_default=False,
        help_text=_(
            "Plain posts and browser forms too: find the name, e-mail address and phone number "
            "by what the form calls them. Posts to webhook addresses are always read so."
        ),
    )
    nameless = models.CharField(
        _("a lead without a name"),
        max_length=10,
        choices=Nameless.choices,
        default=Nameless.HOLD,
        db_default=Nameless.HOLD,
    )
    quota = models.PositiveIntegerField(
        _("leads a minute"),
        null=True,
        blank=True,
        help_text=_(
            "How many leads the site may post in a minute; empty for the default, 0 for any."
        ),
    )
    allowed_origins = models.TextField(
        blank=True,
        help_text=_("Browser forms: pages that may post, one https://host a line."),
    )
    honeypot = models.CharField(
        _("trap field"),
        max_length=50,
        blank=True,
        default=TRAP,
        db_default=TRAP,
        help_text=_(
            "Browser forms: a hidden field that people leave empty. Who fills it in is held as "
            "likely spam; empty for no trap."
        ),
    )
    min_fill_seconds = models.PositiveSmallIntegerField(
        _("seconds to fill in"),
        default=3,
        db_default=3,
        help_text=_(
            "Browser forms with a “_started” stamp: who is faster is held as likely spam; 0 for "
            "any. Forms without the stamp are not timed."
        ),
    )
    repeat_window = models.PositiveSmallIntegerField(
        _("double-submit window"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(600)],
        help_text=_(
            "Seconds, up to 600, in which the same fields without an Idempotency-Key make no "
            "second lead; 0 for off."
        ),
    )
    signed_only = models.BooleanField(
        _("signed requests only"),
        default=False,
        db_default=False,
        help_text=_(
            "Its server signs each request with a signing key; secret keys are refused. Forms and "
            "webhook addresses go on as they are."
        ),
    )
    quiet_alarm = models.CharField(
        _("quiet-site alarm"),
        max_length=5,
        choices=QuietAlarm.choices,
        default=QuietAlarm.AUTO,
        db_default=QuietAlarm.AUTO,
        help_text=_(
            "Tells the recipients when leads stop coming in. The rhythm is learned from the last "
            "four weeks, hour by hour of the week, so nights and weekends are no silence."
        ),
    )
    quiet_hours = models.PositiveSmallIntegerField(
        _("hours without a lead"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 90)],
        help_text=_("Only with “After a number of hours”."),
    )

    mail_details = models.BooleanField(
        _("whole contacts in mails of many leads"),
        default=False,
        db_default=False,
        help_text=_(
            "A mail about more than three failed leads holds name, phone, e-mail and message of up "
            "to 50 of them, so that its reader can call back without opening anything. Off: a line "
            "each. Mails of up to three leads always hold them whole."
        ),
    )
    mail_links = models.BooleanField(
        _("links that open without an account"),
        default=False,
        db_default=False,
        help_text=_(
            "Mails about failed leads hold a link that lets their recipient enter these leads by "
            "hand, send them again or say that they are none: for 14 days, after a code that is "
            "mailed to the same address. Off: who has no account can only read."
        ),
    )

    module = models.CharField(
        _("Zoho module"),
        max_length=50,
        default="Leads",
        validators=[RegexValidator(r"^[A-Za-z][A-Za-z0-9_]*$", _("An API name, such as Leads."))],
    )
    options = models.JSONField(
        _("request options"),
        default=dict,
        blank=True,
        validators=[validate_options],
        help_text=_("Keys sent beside the records, such as trigger or lar_id, as JSON."),
    )
    envelope = models.CharField(
        max_length=64,
        editable=False,
        help_text=_("Leads of different envelopes never share a call."),
    )

    waiting_since = models.DateTimeField(
        null=True, editable=False, help_text=_("When its people were told that leads wait.")
    )
    quiet_since = models.DateTimeField(
        null=True, editable=False, help_text=_("Since when it is silent, once that was told.")
    )
    quiet_check_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When its silence could next become too long.")
    )
    watched_since = models.DateTimeField(
        null=True, editable=False, help_text=_("Silence counts from here at the earliest.")
    )
    has_endpoints = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Whether programs of others are told what becomes of its leads."),
    )
    draft = models.UUIDField(
        null=True,
        unique=True,
        editable=False,
        help_text=_("The run of “Connect a site” that made it: each makes one site."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SiteQuerySet.as_manager()

    # Of the request at hand, see `leads.intake.guard.keys`: the duplicate rule in force, and when
    # the database was asked.
    refuses_duplicates = False
    asked_at: datetime | None = None

    class Meta:
        ordering = ["name"]
        permissions = [
            ("resume_site", gettext_noop("Can resume a paused site")),
            ("test_site", gettext_noop("Can send test leads")),
        ]
        indexes = [models.Index(fields=["destination", "envelope"], name="site_envelope")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row, its envelope following the module and the options."""
        self.envelope = self.make_envelope()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "envelope"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """The hours where the alarm goes by them, and nowhere else; a trap that people miss.

        Recipients are kept one a line, each once.
        """
        super().clean()
        self.recipients = "\n".join(dict.fromkeys(addresses(self.recipients)))
        if self.honeypot in KNOWN_FIELDS:
            text = _("People fill in this field: take a name that none of them has.")
            raise ValidationError({"honeypot": text})
        if self.signed_only and not self.has_signing_key():
            text = _("Issue a signing key first, or nothing that its server sends is taken.")
            raise ValidationError({"signed_only": text})
        if self.quiet_alarm != self.QuietAlarm.FIXED:
            self.quiet_hours = None
        elif self.quiet_hours is None:
            raise ValidationError({"quiet_hours": _("Say after how many hours.")})

    def has_signing_key(self) -> bool:
        """Whether a live key of it signs requests."""
        return bool(self.pk and self.keys.live().filter(kind="signed").exists())

    def make_envelope(self) -> str:
        """A name for everything that the leads of one call must have in common."""
        shared = json.dumps([self.module, self.options], sort_keys=True)
        return hashlib.sha256(shared.encode()).hexdigest()

    def rule_in_force(self, global_rule: bool) -> bool:
        """Whether a lead with an e-mail that exists is held, given the global switch."""
        if self.duplicate_rule == self.DuplicateRule.INHERIT:
            return global_rule
        return self.duplicate_rule == self.DuplicateRule.REFUSE

    @property
    def recipient_list(self) -> list[str]:
        """The addresses that are told of failures."""
        return addresses(self.recipients)

    @property
    def origin_list(self) -> list[str]:
        """The origins whose pages may post to the site's form."""
        return [origin.rstrip("/").lower() for origin in self.allowed_origins.split()]
