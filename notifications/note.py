"""Writing down what people must be told. Sending it is a later task."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from notifications.models import LONGEST_ADDRESS, Channel, Notice


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
