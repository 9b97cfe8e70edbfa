"""Writing down what people must be told. Sending it is a later task."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads.models import VisibleSite
from notifications.models import LONGEST_ADDRESS, Channel, Digest, Notice


def note(
    kind: str, people: Iterable[str], channels: Iterable[Channel], now: datetime, **about: Any
) -> list[Notice]:
    """One notice for each address and each channel, in one statement."""
    # One address is told once, however often and in whatever case it is listed. An address
    # that no mail server takes must not fail the transaction that it is noted in.
    addresses = {address.lower(): address for address in people if len(address) <= LONGEST_ADDRESS}
    shared = {"kind": kind, "created_at": now, "due_at": now, **about}
    mails = [Notice(recipient=address, **shared) for address in addresses.values()]
    calls = [
        Notice(via=channel.kind, recipient=channel.label, channel=channel, **shared)
        for channel in channels
    ]
    return Notice.objects.bulk_create([*mails, *calls])


def note_digests(now: datetime) -> int:
    """Owe the digests and reports whose hour has begun; how many.

    Each is owed once a day, by whichever worker looks first. Its leads are counted when it leaves.
    """
    local = timezone.localtime(now)
    owed = 0
    for digest in Digest.objects.due(local):
        with transaction.atomic():
            if not Digest.objects.win_day(digest.pk, local.date()):
                continue
            # Its figures may be of sites that the recipient's account does not see.
            if not VisibleSite.objects.keeps_from(digest.recipient, digest.site_id):
                note_digest(digest, now)
                owed += 1
    return owed


def kind_of(digest: Digest) -> Notice.Kind:
    """The counts of a day, or the report of a week."""
    return Notice.Kind.DIGEST if digest.weekday is None else Notice.Kind.REPORT


def note_digest(digest: Digest, now: datetime) -> None:
    """Owe one now."""
    note(kind_of(digest), [digest.recipient], [], now, site_id=digest.site_id)
