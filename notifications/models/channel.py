"""Channel: where notices go besides mail. Its address opens a door, so it is kept as a secret."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models import Destination, Site
from leads.models.queries.visible import VisibleQuerySet
from notifications.models.addressed import SECRETS, Addressed

EVENTS = ["lead_failed", "leads_waiting", "paused", "resumed", "resolved", "quiet"]
"""The kinds of notices that a channel may want. A test is for whoever asks for it."""


def all_events() -> list[str]:
    """Every kind, what a new channel gets."""
    return list(EVENTS)


class ChannelQuerySet(VisibleQuerySet["Channel"]):
    """Finding who is told, and keeping how the last delivery went."""

    def concerned(self, kind: str, destination_id: int, site_id: int | None) -> Iterable[Channel]:
        """The channels that want this kind of notice about the site, or about all of them."""
        about = Q(destination=destination_id)
        if site_id is not None:
            about |= Q(site=site_id)
        else:
            about |= Q(site__destination=destination_id, site__enabled=True)
        rows = self.filter(about, enabled=True).without_secrets()
        return [channel for channel in rows if kind in channel.events]

    def without_secrets(self) -> ChannelQuerySet:
        """Rows that need no key of FIELD_KEYS to be read."""
        return self.defer(*SECRETS)

    def answered(self, pk: int, now: datetime, error: str) -> int:
        """Keep how a delivery went; an empty error means well."""
        values: dict[str, Any] = {"tried_at": now, "error": error}
        return self.filter(pk=pk).update(**values if error else {**values, "worked_at": now})

    def switch_off(self, pk: int, now: datetime, why: str) -> int:
        """Disable a channel whose receiver wants no more."""
        return self.filter(pk=pk).update(enabled=False, tried_at=now, error=why)


class Channel(Addressed):
    """A webhook of one site, or of all sites of a destination."""

    class Kind(models.TextChoices):
        SLACK = "slack", _("Slack or compatible (incoming webhook)")
        WEBHOOK = "webhook", _("Signed webhook (JSON)")

    name = models.CharField(
        max_length=60, help_text=_("What you call it, such as #sales. Shown with each notice.")
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SLACK)
    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True, related_name="channels")
    destination = models.ForeignKey(
        Destination,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="channels",
        help_text=_("Instead of a site: notices of all sites that deliver there."),
    )
    events = models.JSONField(default=all_events)
    personal_data = models.BooleanField(
        _("with personal data"),
        default=False,
        help_text=_(
            "Off, a notice names the lead by its number and link alone. On, it carries the whole "
            "lead: whoever reads the channel reads names, addresses and messages."
        ),
    )
    enabled = models.BooleanField(default=True)
    tried_at = models.DateTimeField(_("last tried"), null=True, editable=False)
    worked_at = models.DateTimeField(_("last delivered"), null=True, editable=False)
    error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("test_channel", gettext_noop("Can send test notices"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(site=None, destination__isnull=False)
                | Q(site__isnull=False, destination=None),
                name="channel_is_of_a_site_or_a_destination",
                violation_error_message=_("Choose a site or a destination, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse events that there are none of."""
        if not isinstance(self.events, list) or set(map(str, self.events)) - set(EVENTS):
            raise ValidationError({"events": _("Choose from the list.")})

    @property
    def signs(self) -> bool:
        """Whether calls are signed: a Slack address needs no secret."""
        return self.kind == self.Kind.WEBHOOK
