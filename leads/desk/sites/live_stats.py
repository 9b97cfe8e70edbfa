"""What sites have been sending of late: read from the counters and from the ends of indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from leads.counters.deltas import quarter_of, rate, sums
from leads.desk.kit.formatting import percent
from leads.desk.kit.lists.paging import capped_count, shown_count
from leads.models import CounterDelta, Lead, Site

DAY = timedelta(days=1)
FAILED_CAP = 999


@dataclass(frozen=True)
class LiveStats:
    """One site's leads; test leads are in none of it."""

    last: datetime | None
    today: int
    week: int
    delivered_rate: str
    """Delivered of those of the week that are settled."""
    failed: str


def live_stats_of(site: Site, now: datetime) -> LiveStats:
    """For the site's page."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    week = outcomes([site.pk], now - timedelta(days=7))[site.pk]
    settled = sum(n for outcome, n in week.items() if outcome not in Lead.OPEN)
    return LiveStats(
        last=Lead.objects.counted()
        .filter(site=site)
        .order_by("-received_at")
        .values_list("received_at", flat=True)
        .first(),
        today=sum(outcomes([site.pk], midnight)[site.pk].values()),
        week=sum(week.values()),
        delivered_rate=percent(rate(week[Lead.Status.DELIVERED], settled)),
        failed=failed_now(site.pk),
    )


def outcomes(sites: Iterable[int], since: datetime) -> dict[int, Counter[str]]:
    """How many leads of each outcome came in, by site, to the quarter hour."""
    found: dict[int, Counter[str]] = {pk: Counter() for pk in sites}
    came = sums((CounterDelta.Kind.LEAD,), list(found), quarter_of(since), "site_id", "outcome")
    for (site_id, outcome), n in came.items():
        found[site_id][outcome] = n
    return found


def failed_now(site_id: int) -> str:
    """How many of the site's leads a person must look at, counted no further than 999."""
    failed = Lead.objects.failed().counted().filter(site=site_id)
    return shown_count(capped_count(failed, FAILED_CAP), FAILED_CAP)


def with_last_lead(sites: QuerySet[Site]) -> QuerySet[Site]:
    """Each with `last_lead_at`: one step into an index a site."""
    newest = Lead.objects.counted().filter(site=OuterRef("pk")).order_by("-received_at")
    return sites.annotate(last_lead_at=Subquery(newest.values("received_at")[:1]))


def silent_sites(user: Any, most: int = 5) -> QuerySet[Site]:
    """The sites of the user whose silence was told, the longest silent first."""
    return Site.objects.visible_to(user).listened_for().quiet().order_by("quiet_since")[:most]
