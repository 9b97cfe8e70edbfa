"""Pausing and resuming by hand. Who turned the switch is written down where it is turned.

Each answers whether anything changed, in the caller's transaction or one of its own.
"""

from __future__ import annotations

from django.db import transaction

from leads.clock import database_now
from leads.delivery.wakeup import wake_after_commit
from leads.models import Destination, Site
from leads.reasons import Reason
from leads.signals import destination_paused, destination_resumed


@transaction.atomic
def pause_destination(destination: Destination) -> bool:
    """Stop sending until a person resumes; True when it was running until now.

    A pause that Zoho caused becomes a person's: it then ends by no answer.
    """
    now, reason = database_now(), Reason.PAUSED_BY_HAND
    changed = Destination.objects.pause(destination.pk, reason, now, None)
    if changed:
        destination_paused.send(
            Destination, destination=destination, site=None, reason=reason, now=now
        )
    return changed


@transaction.atomic
def resume(row: Destination | Site) -> bool:
    """Let the leads of a destination or a site go at once; True when they were held back."""
    if not type(row).objects.resume(row.pk):
        return False
    site = row if isinstance(row, Site) else None
    destination = row.destination if isinstance(row, Site) else row
    destination_resumed.send(type(row), destination=destination, site=site, now=database_now())
    wake_after_commit(destination.pk)
    return True


def switch_site(site: Site, on: bool) -> bool:
    """Let a site post, or answer it 403 from the next post on; True when that is new."""
    return Site.objects.switch(site.pk, on, database_now())
