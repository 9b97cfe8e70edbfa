"""Wallboard: figures on a screen that nobody is logged in at, by a secret address."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models.queries.visible import VisibleQuerySet
from leads.models.sites.site import Site
from leads.models.sites.site_key import SiteKey

EVERY = timedelta(seconds=10)
"""How often its figures are counted at most, however many screens ask."""
SECRET_BYTES = 24


class WallboardQuerySet(VisibleQuerySet["Wallboard"]):
    """Finding the board that an address opens."""

    def live(self) -> WallboardQuerySet:
        """Those that were not revoked, of people who may still log in."""
        return self.filter(revoked_at=None, made_by__is_active=True, made_by__is_staff=True)

    def shown_by(self, secret: str) -> Wallboard | None:
        """The live board of this secret."""
        boards = self.live().select_related("made_by", "site")
        return boards.filter(digest=SiteKey.digest_of(secret)).first()

    def win(self, pk: int, now: datetime) -> bool:
        """Win the right to count its figures; True for one caller in ten seconds."""
        is_old = Q(counted_at=None) | Q(counted_at__lte=now - EVERY) | Q(counted_at__gt=now)
        return bool(self.filter(is_old, pk=pk).update(counted_at=now))


class Wallboard(models.Model):
    """Totals, sites and reasons, no lead. It ends when it is revoked or its maker is disabled."""

    name = models.CharField(max_length=60, help_text=_("Where it hangs, such as Sales office."))
    site = models.ForeignKey(
        Site,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="wallboards",
        help_text=_("Empty: all sites that you may see."),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="wallboards", editable=False
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    counted_at = models.DateTimeField(_("last shown"), null=True, editable=False)
    figures: models.JSONField[Any, Any] = models.JSONField(
        null=True, editable=False, help_text=_("What was counted then: numbers and names of sites.")
    )

    objects = WallboardQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view", "add")
        permissions = [("revoke_wallboard", gettext_noop("Can revoke wallboards"))]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def new_secret() -> str:
        """192 random bits, for an address."""
        return secrets.token_urlsafe(SECRET_BYTES)

    def keep(self, secret: str) -> None:
        """Be opened by this secret, of which a digest is kept."""
        self.digest = SiteKey.digest_of(secret)
