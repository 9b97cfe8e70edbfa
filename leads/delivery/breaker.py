"""Whether a destination may be called now, how soon, and what an answer does to that.

A pause is one column: `paused_until` is when one lead is tried, None waits for a person. The
right to try is won by moving that moment forward, so there is never more than one probe.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from leads.clock import Deadline, database_now
from leads.delivery.backoff import OUTAGE_RESTS, rest
from leads.models import ApiCall, Destination, Site
from leads.models.destination import SUCCESS_IS_NEWS_AFTER
from leads.reasons import Owner, Reason
from leads.signals import destination_paused, destination_resumed

FAULTS_THAT_OPEN = 3
MOST_UNPROVEN = 4
"""Calls that may be open since the last answer, however many may be otherwise: with the probes of
an outage they are ten at most in ten minutes.
"""
SURE_FOR = timedelta(seconds=2)
"""How long after an answer calls need not be counted one after the other."""
MOST_COUNTED = 3
"""Calls of one try for which a rest is made longer."""
FEW_CALLS_FOR = timedelta(minutes=10)
"""How long after the start of an outage that is done: in that time there are ten calls at most."""
PROBE_EVERY = timedelta(minutes=10)
NEXT_LEAD_AFTER = timedelta(minutes=1)
"""How long at most the next lead waits after a probe that waits for a question itself."""
STATE = ["paused_at", "paused_until", "pause_reason", "faults", "last_success_at"]
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
    the third, and not at as many as there are workers. Nor do more than a few go before the first
    answer shows that there is one. To be decided in the transaction that opens the call.
    """
    destination.refresh_from_db(fields=STATE)
    if _is_in_doubt(destination, now):  # who decides at the same moment does so after the other
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


def _is_in_doubt(destination: Destination, now: datetime) -> bool:
    """Whether it failed, or was not heard of lately where many may call it at once."""
    success = destination.last_success_at
    is_heard_of = success is not None and success > now - SURE_FOR
    return bool(destination.faults) or (counts_calls(destination) and not is_heard_of)


def counts_calls(destination: Destination) -> bool:
    """Whether more calls may be open at once than go without an answer."""
    return destination.max_slots > MOST_UNPROVEN


def _waits_for_another(destination: Destination, now: datetime) -> bool:
    """Whether as many calls are under way as go before an answer: one where the last one failed,
    a few where none came since they began. As far as one can still be under way.

    Whoever makes those goes on afterwards, and the sweep wakes where they died.
    """
    since = now - timedelta(seconds=settings.SEND_TIMEOUT)
    calls = ApiCall.objects.filter(destination=destination, kind=ApiCall.Kind.INSERT, ended_at=None)
    if destination.faults:
        return calls.filter(started_at__gte=since).exists()
    if not counts_calls(destination):
        return False
    since = max(since, destination.last_success_at or since)
    return calls.filter(started_at__gte=since)[:MOST_UNPROVEN].count() >= MOST_UNPROVEN


def return_probe(holder: Destination | Site, wait: timedelta = timedelta()) -> None:
    """Let the probe that `holder` won be tried by somebody else, at once or after a while: nothing
    was learned.
    """
    if holder.paused_until is None:
        return
    rows = type(holder).objects.filter(pk=holder.pk, paused_until=holder.paused_until)
    rows.exclude(paused_at=None).update(paused_until=database_now() + wait)


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
    often = SUCCESS_IS_NEWS_AFTER / 10 if counts_calls(destination) else SUCCESS_IS_NEWS_AFTER
    if not Destination.objects.is_news(destination.pk, now, often):
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
        plain = rest(faults - FAULTS_THAT_OPEN, jitter, OUTAGE_RESTS)
        few = (paused_at or now) + FEW_CALLS_FOR
        # What made it fail may be over by then: nobody has to wait longer for what a try costs.
        until = min(now + plain * min(calls, MOST_COUNTED), max(now + plain, few))
        pause(destination, reason, now, until)


def throttled(
    destination: Destination, reason: Reason, now: datetime, wait: float | None, jitter: float
) -> None:
    """The CRM asked to wait: do so as long as it says the first time, and longer each time."""
    faults = Destination.objects.add_fault(destination.pk)
    grown = rest(faults - 1, jitter)
    asked = grown if wait is None else timedelta(seconds=wait)
    pause(destination, reason, now, now + (asked if faults == 1 else max(asked, grown)))


def pause(destination: Destination, reason: Reason, now: datetime, until: datetime) -> None:
    """Stop calling; an alert where people must act for a reason that is new.

    An outage does not take the place of what people were told of: its end mends nothing of that.
    """
    row = Destination.objects.select_for_update().get(pk=destination.pk)
    told = row.pause_reason
    if needs_people(told) and not needs_people(reason):
        reason = Reason(told)
    Destination.objects.pause(row.pk, reason, now, until)
    if needs_people(reason) and told not in (reason, Reason.PAUSED_BY_HAND):
        destination_paused.send(Destination, destination=row, site=None, reason=reason, now=now)


def pause_site(site: Site, reason: Reason, now: datetime) -> None:
    """Hold one site's leads back; an alert where the reason is new."""
    row = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    Site.objects.pause(site.pk, reason, now, now + PROBE_EVERY)
    if row.pause_reason not in (reason, Reason.PAUSED_BY_HAND):
        destination_paused.send(
            Site, destination=site.destination, site=site, reason=reason, now=now
        )


def site_worked(site: Site, now: datetime) -> None:
    """A paused site's lead was stored."""
    if Site.objects.resume(site.pk):
        destination_resumed.send(Site, destination=site.destination, site=site, now=now)


def needs_people(reason: str) -> bool:
    """Whether a pause for this reason ends only when somebody acts."""
    return bool(reason) and Reason(reason).owner == Owner.SETUP
