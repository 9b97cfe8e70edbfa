"""Endpoint: a program of a site's owner that is told what became of the site's leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models import Site
from leads.models.queries.visible import VisibleQuerySet
from notifications.models.addressed import SECRETS, Addressed


class Event(models.TextChoices):
    """What an endpoint can be told. A new one is a line here, and whatever writes it down."""

    DELIVERED = "lead.delivered", _("A lead is in Zoho")
    UPDATED = "lead.updated", _("A lead was written over its record in Zoho")
    FAILED = "lead.failed", _("A lead failed")
    ENTERED = "lead.entered", _("A person entered a lead in Zoho")
    DISCARDED = "lead.discarded", _("A person gave a lead up")
    CONVERTED = "lead.converted", _("A lead was converted in Zoho")


TEST = "test"
"""The event that nothing happened for: a person asked for it."""
FAILS_BEFORE_REST = 3
# How long an endpoint that only fails is left alone after the third, fourth … failure in a row.
RESTS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
TELL_EVERY = timedelta(hours=3)
"""An endpoint that rests now and then is told of no more often."""
TELL_LOSS_EVERY = timedelta(days=1)


def all_events() -> list[str]:
    """Every event, what a new endpoint gets."""
    return list(Event.values)


class EndpointQuerySet(VisibleQuerySet["Endpoint"]):
    """Finding who is told."""

    def without_secrets(self) -> EndpointQuerySet:
        """Rows that need no key of FIELD_KEYS to be read."""
        return self.defer(*SECRETS)

    def listening(self) -> EndpointQuerySet:
        """Those for which events are written down."""
        return self.exclude(state=Endpoint.State.OFF)

    def open(self, now: datetime) -> EndpointQuerySet:
        """Those that are called now: neither paused nor off nor at rest."""
        awake = Q(rests_until=None) | Q(rests_until__lte=now)
        return self.filter(awake, state=Endpoint.State.ON)

    def with_due(self, now: datetime) -> EndpointQuerySet:
        """Those that are owed something now, the one that waited longest first."""
        owed = apps.get_model("notifications", "Message")._default_manager
        due = owed.filter(endpoint=OuterRef("pk"), status="pending", due_at__lte=now)
        called = self.open(now).filter(Exists(due)) | self.filter(Exists(due.filter(event=TEST)))
        return called.select_related("site").order_by(F("tried_at").asc(nulls_first=True), "pk")

    def switch_off(self, pk: int, now: datetime, why: str) -> bool:
        """Call it no more; False where it is off already."""
        row = self.filter(pk=pk).exclude(state=Endpoint.State.OFF)
        return bool(row.update(state=Endpoint.State.OFF, tried_at=now, error=why))

    def tell_sites(self, *sites: int) -> None:
        """Let each of these sites know whether it has endpoints: where none has, no lead asks."""
        listening = self.model.objects.listening().filter(site=OuterRef("pk"))
        Site.objects.filter(pk__in=sites).update(has_endpoints=Exists(listening))

    def win_telling(self, pk: int, column: str, every: timedelta, now: datetime) -> bool:
        """Whether people are to be told of it now, as they were not of late."""
        quiet = Q(**{column: None}) | Q(**{f"{column}__lte": now - every})
        return bool(self.filter(quiet, pk=pk).update(**{column: now}))


class Endpoint(Addressed):
    """A webhook of a site. Its calls are signed; its address and secrets are kept encrypted."""

    class State(models.TextChoices):
        ON = "on", _("On")
        PAUSED = "paused", _("Paused")
        OFF = "off", _("Off")

    name = models.CharField(
        max_length=60, help_text=_("What you call it, such as the program that is told.")
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="endpoints")
    events = models.JSONField(default=all_events)
    personal_data = models.BooleanField(
        _("with personal data"),
        default=False,
        help_text=_(
            "Off, an event names the lead by its reference alone. On, it carries the lead's "
            "fields: whoever runs the receiver reads names, addresses and messages."
        ),
    )
    state = models.CharField(max_length=6, choices=State.choices, default=State.ON, editable=False)
    fails = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Calls that failed since the last one that did not.")
    )
    rests_until = models.DateTimeField(null=True, editable=False)
    tried_at = models.DateTimeField(_("last tried"), null=True, editable=False)
    worked_at = models.DateTimeField(_("last delivered"), null=True, editable=False)
    error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    rest_told_at = models.DateTimeField(null=True, editable=False)
    loss_told_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("outcome webhook")
        verbose_name_plural = _("outcome webhooks")
        permissions = [("test_endpoint", gettext_noop("Can send test events"))]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse events that there are none of."""
        if not isinstance(self.events, list) or set(map(str, self.events)) - set(Event.values):
            raise ValidationError({"events": _("Choose from the list.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Let the site know."""
        super().save(*args, **kwargs)
        Endpoint.objects.tell_sites(self.site_id)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """With all its messages; the site knows."""
        done = super().delete(*args, **kwargs)
        Endpoint.objects.tell_sites(self.site_id)
        return done

    def worked(self, now: datetime) -> None:
        """A call arrived: whatever was wrong is over."""
        rows = Endpoint.objects.filter(pk=self.pk)
        rows.update(fails=0, rests_until=None, tried_at=now, worked_at=now, error="")

    def failed(self, began: datetime, now: datetime, error: str, wait: timedelta) -> bool:
        """A call did not arrive; whether the endpoint rests now, and people are to be told.

        Of calls that were open at one time the first one that ends counts. `wait` is how long the
        receiver asked to be left alone.
        """
        rows = Endpoint.objects.filter(pk=self.pk)
        counted = rows.filter(Q(tried_at=None) | Q(tried_at__lte=began))
        if not counted.update(fails=F("fails") + 1, tried_at=now, error=error[:300]):
            return False
        fails = rows.values_list("fails", flat=True).first() or 0
        step = fails - FAILS_BEFORE_REST
        rest = max(RESTS[min(step, len(RESTS) - 1)] if step >= 0 else timedelta(), wait)
        if rest:
            rows.update(rests_until=now + rest)
        if step < 0:
            return False
        return Endpoint.objects.win_telling(self.pk, "rest_told_at", TELL_EVERY, now)
