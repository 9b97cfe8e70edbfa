"""Sites that have gone silent: noticed by the sweep, told once for each silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from leads.counters.traffic_baseline import alarm_due, silent_since
from leads.models import Lead, Site
from leads.signals import site_quiet

SOONEST = timedelta(minutes=5)
LATEST = timedelta(days=1)


def listen(now: datetime) -> None:
    """End the alarms that a lead has answered, and raise those whose time has come.

    A site is looked at again when its silence could have become too long, not before: a lead
    that comes in meanwhile only moves that moment on.
    """
    end_answered()
    due = Q(quiet_check_at=None) | Q(quiet_check_at__lte=now)
    for site in Site.objects.listened_for().filter(due, quiet_since=None):
        look(site, now)


def end_answered() -> None:
    """End the alarm of every site that has spoken again, or that nobody listens for any more."""
    answer = (
        Lead.objects.counted()
        .posted()
        .filter(site=OuterRef("pk"), received_at__gt=OuterRef("quiet_since"))
    )
    over = Q(enabled=False) | Q(quiet_alarm=Site.QuietAlarm.OFF) | Exists(answer)
    quiet = Site.objects.quiet().filter(over).values_list("pk", flat=True)
    for pk in list(quiet):
        Site.objects.filter(pk=pk).update(quiet_since=None, quiet_check_at=None)


def look(site: Site, now: datetime) -> None:
    """Raise the site's alarm, or say when to look again."""
    due = alarm_due(site)
    if due is not None and due <= now:
        raise_alarm(site, now)
        return
    following = now + LATEST if due is None else min(max(due, now + SOONEST), now + LATEST)
    # Whoever changed the site meanwhile wants it looked at anew.
    unchanged = Site.objects.filter(pk=site.pk, quiet_check_at=site.quiet_check_at)
    unchanged.update(quiet_check_at=following)


@transaction.atomic
def raise_alarm(site: Site, now: datetime) -> bool:
    """Note the silence and have it told; True for the one sweep that did."""
    since = silent_since(site)
    row = Site.objects.listened_for().filter(pk=site.pk, quiet_since=None)
    if since is None or not row.update(quiet_since=since):
        return False
    site.quiet_since = since
    site_quiet.send(Site, site=site, since=since, now=now)
    return True
