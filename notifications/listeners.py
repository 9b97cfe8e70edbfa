"""What the core says becomes rows, in the transaction in which it becomes true.

Nothing here sends, renders or rings: the sweep finds the rows and rings for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.dispatch import receiver

from leads.models import Destination, Lead, Site
from leads.signals import (
    destination_paused,
    destination_resumed,
    lead_failed,
    leads_waiting,
    site_quiet,
    swept,
)
from notifications.models import LONGEST_ADDRESS, Notice
from notifications.tasks import ring_notices

Kind = Notice.Kind


@receiver(lead_failed, dispatch_uid="notifications.lead_failed")
def note_failed_lead(lead: Lead, now: datetime, **_signal: Any) -> None:
    """One notice for each recipient of the lead's site. Test leads notify nobody."""
    if lead.is_test:
        return
    _note(
        Kind.LEAD_FAILED,
        lead.site.recipient_list,
        now,
        lead=lead,
        site_id=lead.site_id,
        reason=lead.reason,
    )


@receiver(leads_waiting, dispatch_uid="notifications.leads_waiting")
def note_waiting_leads(site: Site, count: int, now: datetime, **_signal: Any) -> None:
    """One notice for each recipient of the site, with the number of leads."""
    _note(Kind.LEADS_WAITING, site.recipient_list, now, site=site, count=count)


@receiver(site_quiet, dispatch_uid="notifications.site_quiet")
def note_silence(site: Site, now: datetime, **_signal: Any) -> None:
    """One notice for each recipient of a site that posts no leads any more."""
    _note(Kind.QUIET, site.recipient_list, now, site=site)


@receiver(destination_paused, dispatch_uid="notifications.destination_paused")
def note_pause(
    destination: Destination, site: Site | None, reason: str, now: datetime, **_signal: Any
) -> None:
    """One notice for everybody whom the pause concerns."""
    people = concerned(destination, site)
    _note(Kind.PAUSED, people, now, destination=destination, site=site, reason=reason)


@receiver(destination_resumed, dispatch_uid="notifications.destination_resumed")
def note_resumption(
    destination: Destination, site: Site | None, now: datetime, **_signal: Any
) -> None:
    """One notice for everybody whom the pause concerned."""
    people = concerned(destination, site)
    _note(Kind.RESUMED, people, now, destination=destination, site=site)


@receiver(swept, dispatch_uid="notifications.swept")
def ring_when_due(now: datetime, **_signal: Any) -> None:
    """Have due notices sent, whatever became of an earlier ring."""
    if Notice.objects.due(now).exists():
        ring_notices()


def concerned(destination: Destination, site: Site | None) -> list[str]:
    """Who is told of a pause: a site's recipients, or those of all sites and the superusers."""
    if site is not None:
        return site.recipient_list
    lists = destination.sites.filter(enabled=True).values_list("recipients", flat=True)
    superusers = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
    admins = superusers.exclude(email="").values_list("email", flat=True)
    return [address for recipients in lists for address in recipients.split()] + list(admins)


def _note(kind: str, people: Iterable[str], now: datetime, **about: Any) -> None:
    # One address is told once, however often and in whatever case it is listed. An address
    # that no mail server takes must not fail the transaction that it is noted in.
    addresses = {address.lower(): address for address in people if len(address) <= LONGEST_ADDRESS}
    Notice.objects.bulk_create(
        Notice(kind=kind, recipient=address, created_at=now, due_at=now, **about)
        for address in addresses.values()
    )
