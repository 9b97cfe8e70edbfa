"""Who is told that sending stops and goes on: nobody of what is over within seconds, and of the end
nobody who was not told of the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from leads.models import Destination, Site
from notifications.models import Channel, Notice, NoticeQuerySet
from notifications.note import note
from notifications.throttle import SETTLES

Kind = Notice.Kind
Words = dict[str | int, tuple[str, str]]
"""What each address, or channel, was told last: the kind of the notice and its reason."""


def stopped(
    destination: Destination,
    site: Site | None,
    people: Iterable[str],
    channels: Iterable[Channel],
    now: datetime,
    reason: str,
) -> None:
    """Owe the news of a pause, once it has lasted. Who still believes in the same needs none."""
    _take_back(_about(destination, site, Kind.RESUMED))
    told, same = last_words(destination, site), (str(Kind.PAUSED), str(reason))
    note(
        Kind.PAUSED,
        [address for address in people if told.get(address.lower()) != same],
        [channel for channel in channels if told.get(channel.pk) != same],
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
    """Owe the news of its end to those who believe in a pause, and tell the others nothing of it.

    A channel that wants to hear of ends alone hears of each.
    """
    _take_back(_about(destination, site, Kind.PAUSED))
    told = last_words(destination, site)
    note(
        Kind.RESUMED,
        [address for address in people if _kind(told, address.lower()) == Kind.PAUSED],
        [
            channel
            for channel in channels
            if _kind(told, channel.pk) == Kind.PAUSED or Kind.PAUSED not in channel.events
        ],
        now,
        destination=destination,
        site=site,
    )


def last_words(destination: Destination, site: Site | None) -> Words:
    """What each was told last of the pauses of a destination, or of one site.

    A mail that is under way counts. An end that could not be delivered does too: who was not
    reached then is told of the next pause as of a new one.
    """
    told = Q(status=Notice.Status.SENT) | Q(claim__isnull=False) | Q(resent=True)
    given_up = Q(kind=Kind.RESUMED, status=Notice.Status.FAILED)
    rows = _about(destination, site, Kind.PAUSED, Kind.RESUMED).filter(told | given_up).order_by()
    last = rows.values("via", "recipient").annotate(last=Max("pk")).values("last")
    columns = ("channel_id", "recipient", "kind", "reason")
    return {
        channel or recipient.lower(): (kind, reason)
        for channel, recipient, kind, reason in (
            Notice.objects.filter(pk__in=last).order_by("pk").values_list(*columns)
        )
    }


def _kind(told: Words, whom: str | int) -> str:
    return told.get(whom, ("", ""))[0]


def _about(destination: Destination, site: Site | None, *kinds: Any) -> NoticeQuerySet:
    return Notice.objects.filter(destination=destination, site=site, kind__in=kinds)


def _take_back(rows: NoticeQuerySet) -> None:
    """Drop what nobody has begun to send: it is no longer so."""
    rows.filter(status=Notice.Status.PENDING, claim=None, resent=False).drop()
