"""Pausing and resuming by hand. Who turned the switch is kept in the admin's own log."""

from __future__ import annotations

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Model

from leads.clock import database_now
from leads.delivery.wakeup import wake_after_commit
from leads.models import Destination, Site
from leads.reasons import Reason
from leads.signals import destination_paused, destination_resumed


@transaction.atomic
def pause_destination(destination: Destination, user: AbstractBaseUser) -> bool:
    """Stop sending until a person resumes; True when it was running until now.

    A pause that Zoho caused becomes a person's: it then ends by no answer.
    """
    now, reason = database_now(), Reason.PAUSED_BY_HAND
    changed = Destination.objects.pause(destination.pk, reason, now, None)
    if changed:
        destination_paused.send(
            Destination, destination=destination, site=None, reason=reason, now=now
        )
    attribute(destination, user, "Paused sending.")
    return changed


@transaction.atomic
def resume_destination(destination: Destination, user: AbstractBaseUser) -> bool:
    """Send again at once; True when it was paused."""
    if not Destination.objects.resume(destination.pk):
        return False
    destination_resumed.send(Destination, destination=destination, site=None, now=database_now())
    attribute(destination, user, "Resumed sending.")
    wake_after_commit(destination.pk)
    return True


@transaction.atomic
def resume_site(site: Site, user: AbstractBaseUser) -> bool:
    """Let the site's leads go again; True when they were held back."""
    if not Site.objects.resume(site.pk):
        return False
    destination_resumed.send(Site, destination=site.destination, site=site, now=database_now())
    attribute(site, user, "Resumed sending.")
    wake_after_commit(site.destination_id)
    return True


@transaction.atomic
def switch_site(site: Site, on: bool, user: AbstractBaseUser) -> bool:
    """Let a site post, or answer it 403 from the next post on; True when that is new."""
    if not Site.objects.switch(site.pk, on, database_now()):
        return False
    attribute(site, user, "Enabled the site." if on else "Disabled the site.")
    return True


def attribute(row: Model, user: AbstractBaseUser, message: str) -> None:
    """An entry of the admin's history: who did what to which row."""
    LogEntry.objects.log_actions(
        user_id=user.pk,
        queryset=[row],
        action_flag=CHANGE,
        change_message=message,
        single_object=True,
    )
