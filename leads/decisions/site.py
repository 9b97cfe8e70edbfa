"""A site's settings: written where they are different, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from leads.clock import database_now
from leads.models import Site

WORKED_OUT = ["envelope"]
"""What nobody enters, and so nobody is told of."""
ALARM = frozenset(("enabled", "quiet_alarm", "quiet_hours"))
"""With these, how long the site has been silent counts from now on."""
WATCH = ("quiet_since", "quiet_check_at", "watched_since")


def make_site(site: Site) -> None:
    """Store a new site. Raises ValidationError, by field."""
    site.full_clean(exclude=WORKED_OUT)
    site.save(force_insert=True)


@transaction.atomic
def change_site(site: Site, values: Mapping[str, Any]) -> list[str]:
    """The names of what was different. Raises ValidationError, by field.

    Nothing else is written: a pause or an alarm of this very moment is left alone.
    """
    changed = [name for name, value in values.items() if getattr(site, name) != value]
    for name in changed:
        setattr(site, name, values[name])
    site.full_clean(exclude=WORKED_OUT)
    if changed:
        watch = count_silence_anew(site) if ALARM & set(changed) else ()
        site.save(update_fields=[*changed, *watch])
    return changed


def count_silence_anew(site: Site) -> tuple[str, ...]:
    """Silence counts from now on; the names of the columns that say so."""
    site.quiet_since = site.quiet_check_at = None
    site.watched_since = database_now()
    return WATCH
