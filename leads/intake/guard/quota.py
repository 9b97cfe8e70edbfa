"""How many leads a site may post in a minute: exact, however many come at once."""

from __future__ import annotations

import time
from datetime import datetime

from django.conf import settings

from leads.clock import database_now
from leads.intake.errors import OverQuota
from leads.models import Allowance, Site

MINUTE = 60


def admit(site: Site, source: str, key: str | None = None) -> datetime:
    """Count one more post of this minute; the database's time. Raises OverQuota.

    A post whose Idempotency-Key the site has used before is not counted, and raises OverQuota
    too: who asks looks for its lead next.
    """
    quota = settings.INTAKE_QUOTA if site.quota is None else site.quota
    if not quota:
        return site.asked_at or database_now()
    now = Allowance.objects.take(name(site, source), quota, MINUTE, site.pk, key)
    if now is None:
        raise OverQuota(f"The site may post {quota} leads a minute.", wait=rest_of(MINUTE))
    return now


def give_back(site: Site, source: str) -> None:
    """The post made no lead: it costs nothing."""
    Allowance.objects.give_back(name(site, source))


def name(site: Site, source: str) -> str:
    """The counter's name: a public form cannot use up what the site's server needs."""
    return f"{source}:{site.pk}"


def rest_of(seconds: int) -> int:
    """Seconds until the next period begins, at least 1."""
    return seconds - int(time.time()) % seconds
