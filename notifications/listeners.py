"""What the core says becomes rows, in the transaction in which it becomes true.

Nothing here sends, renders or wakes: the sweep finds the rows and wakes for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.dispatch import receiver

from leads.models import Destination, Lead, Site
from leads.models.sites.site import addresses
from leads.reasons import Reason
from leads.roles import is_administrator
from leads.signals import (
    connected_elsewhere,
    destination_paused,
    destination_resumed,
    lead_failed,
    leads_erased,
    leads_incomplete,
    leads_waiting,
    people_named,
    person_erased,
    set_up_changed,
    site_quiet,
    swept,
)
from notifications import pauses
from notifications.mail.folder import forget_mails
from notifications.models import Channel, Endpoint, MailLink, Notice, Reader
from notifications.models.mail_link import forget_leads
from notifications.note import note, note_digests
from notifications.tasks import wake_notices

Kind = Notice.Kind

QUIET_REASONS = {Reason.QUARANTINED}
"""Reasons that mail nobody: what looks like spam is in the table and in the digest."""


@receiver(lead_failed, dispatch_uid="notifications.lead_failed")
def note_failed_lead(lead: Lead, now: datetime, **_signal: Any) -> None:
    """One notice for each recipient and channel of the lead's site. Test leads notify nobody."""
    if lead.is_test or lead.reason in QUIET_REASONS:
        return
    about = {"lead": lead, "site_id": lead.site_id, "reason": lead.reason}
    channels = Channel.objects.concerned(Kind.LEAD_FAILED, lead.destination_id, lead.site_id)
    note(Kind.LEAD_FAILED, lead.site.recipient_list, channels, now, **about)


@receiver(leads_waiting, dispatch_uid="notifications.leads_waiting")
def note_waiting_leads(site: Site, count: int, now: datetime, **_signal: Any) -> None:
    """One notice for each recipient and channel of the site, with the number of leads."""
    _note_site(Kind.LEADS_WAITING, site, now, count=count)


@receiver(site_quiet, dispatch_uid="notifications.site_quiet")
def note_silence(site: Site, now: datetime, **_signal: Any) -> None:
    """One notice for each recipient and channel of a site that posts no leads any more."""
    _note_site(Kind.QUIET, site, now)


@receiver(destination_paused, dispatch_uid="notifications.destination_paused")
def note_pause(
    destination: Destination, site: Site | None, reason: str, now: datetime, **_signal: Any
) -> None:
    """One notice for everybody whom the pause concerns, once it has lasted."""
    people, channels = _concerned(Kind.PAUSED, destination, site)
    pauses.stopped(destination, site, people, channels, now, reason)


@receiver(destination_resumed, dispatch_uid="notifications.destination_resumed")
def note_resumption(
    destination: Destination, site: Site | None, now: datetime, **_signal: Any
) -> None:
    """One notice for everybody who was told of the pause."""
    people, channels = _concerned(Kind.RESUMED, destination, site)
    pauses.went_on(destination, site, people, channels, now)


@receiver(set_up_changed, dispatch_uid="notifications.set_up_changed")
def note_drift(destination: Destination, text: str, now: datetime, **_signal: Any) -> None:
    """One notice for everybody whose leads go there."""
    people, channels = _concerned(Kind.DRIFT, destination, None)
    note(Kind.DRIFT, people, channels, now, destination=destination, text=text[:500])


@receiver(connected_elsewhere, dispatch_uid="notifications.connected_elsewhere")
def note_other_address(destination: Destination, text: str, now: datetime, **_signal: Any) -> None:
    """One notice for each administrator, and for who is told of the destination anyhow."""
    people, channels = _concerned(Kind.OTHER_ADDRESS, destination, None)
    staff = get_user_model()._default_manager.filter(is_active=True, is_staff=True)
    admins = [one.email for one in staff.exclude(email="") if is_administrator(one)]
    about = {"destination": destination, "text": text[:500]}
    note(Kind.OTHER_ADDRESS, [*people, *admins], channels, now, **about)


@receiver(leads_incomplete, dispatch_uid="notifications.leads_incomplete")
def note_incomplete(site: Site, count: int, text: str, now: datetime, **_signal: Any) -> None:
    """One notice for each recipient and channel of the site whose leads lost values in Zoho."""
    _note_site(Kind.INCOMPLETE, site, now, count=count, text=text[:500])


@receiver(people_named, dispatch_uid="notifications.people_named")
def note_mention(lead: Lead, people: Iterable[Any], by: Any, now: datetime, **_signal: Any) -> None:
    """One mail for each whom a comment names; it says by whom, and nothing of what was said.

    Without the site, so that no link is in it that opens leads without an account.
    """
    addresses = [one.email for one in people]
    note(Kind.MENTIONED, addresses, [], now, lead=lead, text=by.get_username())


@receiver(swept, dispatch_uid="notifications.swept")
def wake_when_due(now: datetime, **_signal: Any) -> None:
    """Owe the digests of the hour, and have due notices sent whatever became of earlier wakes."""
    note_digests(now)
    MailLink.objects.end(now)
    if Notice.objects.due(now).exists() or Endpoint.objects.with_due(now).exists():
        wake_notices()


@receiver(leads_erased, dispatch_uid="notifications.leads_erased")
def forget_people(ids: list[int], **_signal: Any) -> None:
    """No link leads to erased leads, and no mail in our own folder is about them."""
    forget_leads(ids)
    transaction.on_commit(partial(forget_mails, ids=ids))


@receiver(person_erased, dispatch_uid="notifications.person_erased")
def forget_reader(emails: set[str], phones: set[str], **_signal: Any) -> None:
    """Who is erased reads no links: theirs end, and their browsers are not known any more."""
    transaction.on_commit(partial(forget_mails, emails, phones))
    Reader.objects.filter(recipient__in={email.lower() for email in emails}).delete()


def concerned(destination: Destination, site: Site | None) -> list[str]:
    """Who is told of a pause: a site's recipients, or those of all sites and the superusers."""
    if site is not None:
        return site.recipient_list
    lists = destination.sites.filter(enabled=True).values_list("recipients", flat=True)
    superusers = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
    admins = superusers.exclude(email="").values_list("email", flat=True)
    return [address for recipients in lists for address in addresses(recipients)] + list(admins)


def _note_site(kind: str, site: Site, now: datetime, **about: Any) -> None:
    channels = Channel.objects.concerned(kind, site.destination_id, site.pk)
    note(kind, site.recipient_list, channels, now, site=site, **about)


def _concerned(
    kind: str, destination: Destination, site: Site | None
) -> tuple[list[str], Iterable[Channel]]:
    channels = Channel.objects.concerned(kind, destination.pk, site.pk if site else None)
    return concerned(destination, site), channels
