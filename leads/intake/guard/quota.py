"""How many leads a site may post in a minute: exact, however many come at once."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import datetime

from django.conf import settings

from leads.intake.errors import OverQuota
from leads.models import Allowance, Lead, Site
from leads.store import database

MINUTE = 60


def quota_of(site: Site) -> int:
    """Leads that the site may post in a minute; 0 for any number."""
    return settings.INTAKE_QUOTA if site.quota is None else site.quota


def fits(site: Site, leads: int) -> bool:
    """Whether so many leads, all or none, can ever be admitted together."""
    return not quota_of(site) or leads <= quota_of(site)


def admitted(site: Site, source: str, key: str | None) -> AbstractContextManager[datetime]:
    """Count one more post of this minute, and store its lead within; the database's time.

    Raises OverQuota; also for a post whose Idempotency-Key the site has used before, which is not
    counted: who asks looks for its lead next. A person's decision at the desk needs no quota.
    """
    if not quota_of(site) or source == Lead.Source.DESK:
        return database.intake(lambda: site.asked_at or database.now(), lambda: None)
    return database.intake(
        lambda: use_one(site, source, key),
        lambda: Allowance.objects.give_back(counter_of(site, source)),
    )


def counter_of(site: Site, source: str) -> str:
    """What the site's posts are counted under: a public form uses up nothing of its server's."""
    return f"{source}:{site.pk}"


def use_one(site: Site, source: str, key: str | None = None) -> datetime:
    """Count one more of this minute; the database's time. Raises OverQuota, see `admitted`."""
    quota = quota_of(site)
    if not quota:
        return site.asked_at or database.now()
    now = database.use_allowance(counter_of(site, source), quota, MINUTE, site.pk, key)
    if now is None:
        raise OverQuota(f"The site may post {quota} leads a minute.", wait=rest_of(MINUTE))
    return now


def rest_of(seconds: int) -> int:
    """Seconds until the next period begins, at least 1."""
    return seconds - int(time.time()) % seconds
