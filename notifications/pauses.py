"""Who is told that sending stops and goes on: nobody of what is over within seconds, and of the end
nobody who was not told of the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from leads.models import Destination, Site
from notifications.models import Channel, Notice, NoticeQuerySet
from notifications.note import note
from notifications.throttle import SETTLES

Kind = Notice.Kind
Beliefs = dict[str | int, set[str]]
"""Why each address, or channel, believes that sending stopped: every reason since the last end."""


def stopped(
    destination: Destination,
    site: Site | None,
    people: Iterable[str],
    channels: Iterable[Channel],
    now: datetime,
    reason: str,
) -> None:
    """Owe the news of a pause, once it has lasted. Who still believes in the same needs none,
    whatever other reasons there were since.
    """
    _take_back(_about(destination, site, Kind.RESUMED))
    told = beliefs(destination, site)
    note(
        Kind.PAUSED,
        [address for address in people if reason not in told.get(address.lower(), ())],
        [channel for channel in channels if reason not in told.get(channel.pk, ())],
        now,
        destination=destination,
        site=site,
        reason=reason,
        due_at=now + SETTLES,
    )


def went_on(
    destination: Destination,
    site: Site | None,
    people: Iterable[str],
    channels: Iterable[Channel],
    now: datetime,
) -> None:
    """Owe the news of its end, once that has lasted, to those who believe in a pause, and tell the
    others nothing of it.

    A channel that wants to hear of ends alone hears of each.
    """
    _take_back(_about(destination, site, Kind.PAUSED))
    told = beliefs(destination, site)
    note(
        Kind.RESUMED,
        [address for address in people if told.get(address.lower())],
        [
            channel
            for channel in channels
            if told.get(channel.pk) or Kind.PAUSED not in channel.events
        ],
        now,
        destination=destination,
        site=site,
        due_at=now + SETTLES,
    )


def beliefs(destination: Destination, site: Site | None) -> Beliefs:
    """Why each believes that sending stopped, to a destination or from one site.

    News that is owed or under way counts. An end that could not be delivered does too: who was not
    reached then is told of the next pause as of a new one.
    """
    status = Notice.Status
    told = Q(status__in=[status.SENT, status.PENDING]) | Q(claim__isnull=False) | Q(resent=True)
    rows = _about(destination, site, Kind.PAUSED, Kind.RESUMED).order_by()
    ends = rows.filter(
        told | Q(status=status.FAILED),
        kind=Kind.RESUMED,
        via=OuterRef("via"),
        recipient__iexact=OuterRef("recipient"),
        pk__gt=OuterRef("pk"),
    )
    found: Beliefs = {}
    paused = rows.filter(told, kind=Kind.PAUSED).exclude(Exists(ends))
    for channel, recipient, reason in paused.values_list("channel_id", "recipient", "reason"):
        found.setdefault(channel or recipient.lower(), set()).add(reason)
    return found


def _about(destination: Destination, site: Site | None, *kinds: Any) -> NoticeQuerySet:
    return Notice.objects.filter(destination=destination, site=site, kind__in=kinds)


def _take_back(rows: NoticeQuerySet) -> None:
    """Drop what nobody has begun to send: it is no longer so."""
    rows.filter(status=Notice.Status.PENDING, claim=None, resent=False).drop()
