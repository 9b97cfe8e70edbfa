"""The chain: the sweep puts events into it, in order, and `audit_verify` goes along it.

Each link is a hash of the link before, of what an event says, and of a salted digest of what is
personal in it. So a row that was changed, taken out or put in between shows, and what is personal
can be blanked. Whoever rewrites the whole table makes another head: that one goes to the log.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from leadops.accounts.evidence.rows import SecurityEvent
from leads.store import database

log = logging.getLogger("leadops.security")

MOST_A_SWEEP = 1_000
FIRST = "0" * 64
"""The link before the first."""
HOUR = 60 * 60


def digest_of(event: SecurityEvent) -> str:
    """The salted digest of what is personal."""
    return _hash([event.salt, event.address, event.about])


def link_of(before: str, event: SecurityEvent) -> str:
    """The link of an event that follows another link."""
    at = event.at.astimezone(UTC).isoformat()
    said = [event.seq, at, event.kind, event.account, event.method, event.count]
    return _hash([before, *said, event.digest])


def _hash(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@transaction.atomic
def seal(now: datetime) -> int:
    """Put what is ready into the chain; how many events.

    Not in the transaction of whoever records: they would all wait for each other.
    """
    database.lock_names(["security chain"])
    ready = list(SecurityEvent.objects.ready(now).select_for_update()[:MOST_A_SWEEP])
    if not ready:
        return 0
    last = SecurityEvent.objects.sealed().last()
    seq, link = (last.seq or 0, last.link) if last else (0, FIRST)
    for event in ready:
        seq += 1
        event.seq, event.minute, event.digest = seq, None, digest_of(event)
        event.link = link = link_of(link, event)
    SecurityEvent.objects.bulk_update(ready, ["seq", "minute", "digest", "link"], batch_size=100)
    return len(ready)


def sweep_evidence(now: datetime, **_signal: Any) -> None:
    """Seal, and once an hour have the log know the head of the chain."""
    seal(now)
    head = SecurityEvent.objects.sealed().last()
    if head and database.use_allowance("security chain head", 1, HOUR):
        log.info("head of the security events: %s %s", head.seq, head.link)


@dataclass
class Verdict:
    """What a walk along the chain came to."""

    events: int = 0
    blanked: int = 0
    head: str = FIRST
    fault: str = ""
    """The first thing that is wrong; empty where nothing is."""
    known: bool = True
    """Whether a head that was named is in the chain."""


def verify(events: Iterable[SecurityEvent], named: str = "") -> Verdict:
    """Walk along the events, in their order. `named` is a link that the log has told of."""
    verdict = Verdict(known=not named)
    for event in events:
        if fault := fault_of(event, verdict.events + 1, verdict.head):
            verdict.fault = fault
            return verdict
        verdict.events, verdict.head = verdict.events + 1, event.link
        verdict.blanked += not event.salt
        verdict.known = verdict.known or event.link == named
    return verdict


def fault_of(event: SecurityEvent, seq: int, before: str) -> str:
    """What is wrong with the event that is to be at this place, behind this link."""
    if event.seq != seq:
        return f"Event {seq} of the chain is missing."
    if event.salt and digest_of(event) != event.digest:
        return f"Event {seq}: address or subject were changed."
    if not event.salt and (event.address or event.about):
        return f"Event {seq}: address or subject were put in."
    if link_of(before, event) != event.link:
        return f"Event {seq} was changed, or what stood before it."
    return ""
