"""Claiming: which leads travel together in the next call, won before anything is sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, prefetch_related_objects

from leads.apply import Move, apply
from leads.clock import database_now
from leads.delivery.gateway import Batch
from leads.models import ApiCall, Destination, Lead, Site
from leads.models.lead import NORMAL_BATCH
from leads.models.transitions import become, claimed

FRESH_FOR = timedelta(minutes=1)
FRESH_FIRST = ("fresh", "older", "bulk")
OLDER_FIRST = ("older", "fresh", "bulk")
BULK_FIRST = ("bulk", "fresh", "older")


def order_of(draw: float) -> tuple[str, ...]:
    """Which leads come first, by a number in [0, 1).

    Four batches of five begin with fresh leads. The fifth begins with what waits, so that
    nothing starves: three times in four with older leads, once with bulk retries.
    """
    if draw < 0.80:
        return FRESH_FIRST
    return OLDER_FIRST if draw < 0.95 else BULK_FIRST


def claim(destination: Destination, limit: int, draw: float, suspects: bool = True) -> Batch | None:
    """Win up to `limit` leads that may share a call; None when none is due.

    Without `suspects` only leads that may travel in a batch of any size: no call with one of
    them went wrong as a whole, and none is to update a record.

    Claim token, lease and the open ApiCall are committed when this returns.
    """
    with transaction.atomic():
        now = database_now()
        due = Lead.objects.claimable(now).filter(destination=destination)
        if not suspects:
            due = due.filter(batch_limit=NORMAL_BATCH, update_existing=False)
        if destination.paused_at is None:
            leads = _choose(due, limit, now, order_of(draw))
        else:
            leads = _choose_probe(due, now, destination.pause_reason)
        prefetch_related_objects([lead for lead in leads if lead.revision], "revisions")
        return _open_call(destination, leads, now) if leads else None


def _choose_probe(due: QuerySet[Lead], now: datetime, reason: str) -> list[Lead]:
    """The lead that tells most about a destination that failed: one that nothing is known against,
    then one that was not refused for the reason of the pause, else the one whose last try is
    longest ago. So no bad lead is probed with twice in a row.
    """
    innocent = due.filter(maybe_landed=False)
    for rows in (innocent.exclude(reason=reason), innocent, due):
        if chosen := _choose(rows, 1, now, OLDER_FIRST):
            return chosen
    return []


def _choose(due: QuerySet[Lead], limit: int, now: datetime, order: tuple[str, ...]) -> list[Lead]:
    """Up to `limit` due leads of the envelope and batch limit of the first one, locked."""
    sites: dict[int, Site] = {}
    due = due.select_for_update(skip_locked=True).order_by("due_at").defer("body")
    chosen: list[Lead] = []
    for kind in order:
        rows = due.filter(_kind(kind, now))
        if not chosen:
            head = rows.first()
            if head is None:
                continue
            # After the head: the site of a lead that can be seen can be seen too.
            sites = Site.objects.select_related("destination").in_bulk()
            head.site = sites[head.site_id]
            if head.site.paused_at is not None:
                return _choose_site_probe(due, head, now)
            if head.update_existing:  # one record by its id: a call of its own
                return [head]
            alike = _alike(head, sites.values())
            due, rows = due.filter(alike), rows.filter(alike)
            limit = min(limit, head.batch_limit)
        chosen += rows.exclude(pk__in=[lead.pk for lead in chosen])[: limit - len(chosen)]
        if len(chosen) >= limit:
            break
    for lead in chosen:
        lead.site = sites[lead.site_id]
    return chosen


def _choose_site_probe(due: QuerySet[Lead], head: Lead, now: datetime) -> list[Lead]:
    """A lead alone that tries its paused site: one that was not refused as the pause says."""
    site = head.site
    if not _wins_probe(site, now):
        return []
    rows = due.filter(site=site, update_existing=False).exclude(reason=site.pause_reason)
    chosen = rows.first() or head
    chosen.site = site
    return [chosen]


def _kind(kind: str, now: datetime) -> Q:
    just_now = now - FRESH_FOR
    return {
        "fresh": Q(band=Lead.Band.NORMAL, due_at__gt=just_now),
        "older": Q(band=Lead.Band.NORMAL, due_at__lte=just_now),
        "bulk": Q(band=Lead.Band.BULK),
    }[kind]


def _alike(head: Lead, sites: Iterable[Site]) -> Q:
    """Which leads may travel with this one."""
    alike = [
        site.pk for site in sites if site.envelope == head.site.envelope and site.paused_at is None
    ]
    return Q(site_id__in=alike, batch_limit=head.batch_limit, update_existing=False)


def _wins_probe(site: Site, now: datetime) -> bool:
    """Whether this lead, alone, may try its paused site."""
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    wins = Site.objects.take_probe(site.pk, now, lease)
    if wins:
        site.paused_until = now + lease
    return wins


def _open_call(destination: Destination, leads: list[Lead], now: datetime) -> Batch:
    token = uuid.uuid4()
    change = claimed(token, now + timedelta(seconds=settings.LEASE_SECONDS))
    apply([Move(lead, change) for lead in leads])
    for lead in leads:
        become(lead, change)
    call = ApiCall.objects.create(
        destination=destination,
        kind=ApiCall.Kind.INSERT,
        claim=token,
        leads=len(leads),
        started_at=now,
    )
    return Batch(destination, token, leads, call, now, destination.resend_is_safe)
