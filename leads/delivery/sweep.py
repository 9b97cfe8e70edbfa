"""Sweep: every few seconds, look for whatever a lost message or a dead worker left behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from leads.clock import Deadline, database_now
from leads.counters.breakdown import mend
from leads.counters.compaction import keep_up
from leads.counters.volume import roll_up
from leads.delivery.quiet import listen
from leads.delivery.reclaim import reclaim
from leads.delivery.wakeup import wake
from leads.models import Destination, Lead, Site, Slot
from leads.signals import leads_waiting, swept

FOLDING = 4.0
"""Seconds of a sweep for the figures: a supervisor sweeps every ten, and has other things to do."""


def sweep(has_time: bool = True) -> list[int]:
    """Bring back orphans, wake for what is due, sum the figures, tell who waits and who is silent.

    The ids of the destinations that were woken. Harmless however often and wherever it runs. Who is
    cut off after a minute leaves what may take longer to others.
    """
    reclaim()
    now = database_now()
    Slot.objects.filter(leased_until__lte=now).update(token=None, leased_until=None)
    woken = [
        pk
        for pk in Destination.objects.open(now).with_due_leads(now).values_list("pk", flat=True)
        if wake(pk, every=timedelta())
    ]
    if has_time:
        mend(now)
    keep_up(Deadline(FOLDING))
    roll_up(now)
    tell_who_waits(now)
    listen(now)
    swept.send(None, now=now)
    return woken


def tell_who_waits(now: datetime) -> None:
    """Tell each site's people once when its leads have waited for more than 15 minutes.

    Those of an import wait behind fresh ones for hours, and nothing is wrong.
    """
    late = Lead.objects.waiting(now).counted().posted()
    waiting = Exists(late.filter(site=OuterRef("pk")))
    sites = Site.objects.annotate(has_waiting=waiting)
    sites.filter(has_waiting=False).exclude(waiting_since=None).update(waiting_since=None)
    for site in sites.filter(has_waiting=True, waiting_since=None):
        if Site.objects.filter(pk=site.pk, waiting_since=None).update(waiting_since=now):
            count = late.filter(site=site).count()
            leads_waiting.send(Site, site=site, count=count, now=now)
