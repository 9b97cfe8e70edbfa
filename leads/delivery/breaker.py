"""Whether a destination may be called now, how soon, and what an answer does to that.

A pause is one column: `paused_until` is when one lead is tried, None waits for a person. The
right to try is won by moving that moment forward, so there is never more than one probe.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now

from leads.clock import Deadline
from leads.delivery.backoff import OUTAGE_RESTS, rest
from leads.models import ApiCall, Destination, Site
from leads.reasons import Owner, Reason
from leads.signals import destination_paused, destination_resumed

FAULTS_THAT_OPEN = 3
MOST_COUNTED = 3
"""Calls of one try for which a rest is made longer."""
PROBE_EVERY = timedelta(minutes=10)
STATE = ["paused_at", "paused_until", "pause_reason", "faults"]
"""What an answer changes, and a decision to call reads."""


def may_try(destination: Destination, now: datetime) -> bool:
    """Whether a call may be chosen: it runs, or is paused with its probe due, and waits for none.
    Nothing is won yet.
    """
    if destination.paused_at is None:
        return not _waits_for_another(destination, now)
    return destination.paused_until is not None and destination.paused_until <= now


def admit(destination: Destination, now: datetime, lease: timedelta) -> int:
    """How many leads the next call may carry: a batch, one as a probe, or none. The destination is
    read anew: while this worker waited for its turn another may have found that nobody answers.

    After a failure calls go one by one until one is answered: whether it was an outage shows at
    the third, and not at as many as there are workers. To be decided in the transaction that opens
    the call.
    """
    destination.refresh_from_db(fields=STATE)
    if destination.faults:  # those who decide at the same moment do so one after the other
        rows = Destination.objects.select_for_update(no_key=True)
        destination.refresh_from_db(fields=STATE, from_queryset=rows)
    if destination.paused_at is None:
        return 0 if _waits_for_another(destination, now) else destination.batch_size
    if not Destination.objects.take_probe(destination.pk, now, lease):
        return 0
    destination.paused_until = now + lease
    return 1


def is_as_seen(destination: Destination) -> bool:
    """Whether nobody paused it, nor saw it fail, since the call was admitted that is open by now.

    Its open call keeps others from pausing it until that is on disk (a key shared by both rows).
    """
    rows = Destination.objects.filter(pk=destination.pk, faults__lte=destination.faults)
    return rows.filter(paused_at=destination.paused_at).exists()


def _waits_for_another(destination: Destination, now: datetime) -> bool:
    """Whether the last call failed and the next, as far as one can still be, is under way.

    Whoever makes that one goes on afterwards, and the sweep wakes where it died.
    """
    if not destination.faults:
        return False
    since = now - timedelta(seconds=settings.SEND_TIMEOUT)
    inserts = ApiCall.objects.filter(destination=destination, kind=ApiCall.Kind.INSERT)
    return inserts.filter(ended_at=None, started_at__gte=since).exists()


def return_probe(holder: Destination | Site) -> None:
    """Let the probe that `holder` won be tried by somebody else at once: nothing was learned."""
    if holder.paused_until is None:
        return
    rows = type(holder).objects.filter(pk=holder.pk, paused_until=holder.paused_until)
    rows.exclude(paused_at=None).update(paused_until=Now())


def keep_pace(destination: Destination, now: datetime, deadline: Deadline, needed: float) -> bool:
    """Wait until this call may start; False when that is too late to leave `needed` seconds.

    The row holds the moment of the next start that is free, for all machines.
    """
    interval = timedelta(seconds=1 / destination.calls_per_second)
    while True:
        seen = destination.next_call_at
        start = max(seen or now, now)
        wait = (start - now).total_seconds()
        if not deadline.allows(wait + needed):
            return False
        if Destination.objects.take_ticket(destination.pk, seen, start + interval):
            deadline.clock.sleep(wait)
            return True
        destination.refresh_from_db(fields=["next_call_at"])


def worked(destination: Destination, now: datetime) -> None:
    """A call was answered sensibly: forget the faults, and end a pause that was not a person's."""
    if not Destination.objects.is_news(destination.pk, now):
        return
    row = Destination.objects.select_for_update().get(pk=destination.pk)
    row.last_success_at, row.faults = now, 0
    paused_for = row.pause_reason
    if paused_for and paused_for != Reason.PAUSED_BY_HAND:
        row.paused_at = row.paused_until = None
        row.pause_reason = ""
    row.save(
        update_fields=["last_success_at", "faults", "paused_at", "paused_until", "pause_reason"]
    )
    if needs_people(paused_for) and not row.pause_reason:
        destination_resumed.send(Destination, destination=row, site=None, now=now)


def failed(
    destination: Destination,
    reason: Reason,
    began_at: datetime,
    now: datetime,
    jitter: float,
    calls: int = 1,
) -> None:
    """A try failed as a whole: rest once three calls did in a row, and after every probe; longer
    each time, and the longer the more calls a try takes. One that began before the rest did says
    nothing new.
    """
    paused_at = Destination.objects.values_list("paused_at", flat=True).get(pk=destination.pk)
    if paused_at is not None and began_at < paused_at:
        return
    faults = Destination.objects.add_fault(destination.pk, calls)
    if faults >= FAULTS_THAT_OPEN or paused_at is not None:
        wait = rest(faults - FAULTS_THAT_OPEN, jitter, OUTAGE_RESTS) * min(calls, MOST_COUNTED)
        pause(destination, reason, now, now + wait)


def throttled(
    destination: Destination, reason: Reason, now: datetime, wait: float | None, jitter: float
) -> None:
    """The CRM asked to wait: do so as long as it says, else longer each time."""
    faults = Destination.objects.add_fault(destination.pk)
    asked = rest(faults - 1, jitter) if wait is None else timedelta(seconds=wait)
    pause(destination, reason, now, now + asked)


def pause(destination: Destination, reason: Reason, now: datetime, until: datetime) -> None:
    """Stop calling; one alert when people must act and have not been told."""
    row = Destination.objects.select_for_update().get(pk=destination.pk)
    told = row.pause_reason
    Destination.objects.pause(row.pk, reason, now, until)
    if needs_people(reason) and not needs_people(told):
        destination_paused.send(Destination, destination=row, site=None, reason=reason, now=now)


def pause_site(site: Site, reason: Reason, now: datetime) -> None:
    """Hold one site's leads back; one alert."""
    if Site.objects.pause(site.pk, reason, now, now + PROBE_EVERY):
        destination_paused.send(
            Site, destination=site.destination, site=site, reason=reason, now=now
        )


def site_worked(site: Site, now: datetime) -> None:
    """A paused site's lead was answered sensibly."""
    if Site.objects.resume(site.pk):
        destination_resumed.send(Site, destination=site.destination, site=site, now=now)


def needs_people(reason: str) -> bool:
    """Whether a pause for this reason ends only when somebody acts."""
    return bool(reason) and Reason(reason).owner == Owner.SETUP
