"""What a digest counts: what a day's leads became, and what still waits for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from leads.counters.deltas import quarter_of
from leads.models import CounterDelta, Lead, Site
from leads.reasons import Reason

TOP = 5
MOST_SITES = 20
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Share:
    """One reason for which leads are still failed."""

    title: str
    count: int
    reason: str


@dataclass(frozen=True)
class Quarantine:
    """What a site has in quarantine, as spam or from unknown pages; no other mail tells of it."""

    site: str
    site_id: int
    count: int


@dataclass(frozen=True)
class Day:
    """The day before `until`. Test leads are not counted."""

    since: datetime
    until: datetime
    leads: dict[str, int]
    """Leads received in the day, by what they are now."""
    reasons: list[Share]
    """Why leads are failed now, whenever they came, the most frequent first."""
    failed: int
    """All that are failed now."""
    waiting: int
    """Open for more than 15 minutes; counted to 10,000."""
    oldest: Lead | None
    """The lead that has been failed for longest."""
    held: list[Quarantine]
    """What waits in quarantine now, whenever it came, by site, the most first."""
    site_id: int | None

    @property
    def received(self) -> int:
        """Leads that came in."""
        return sum(self.leads.values())

    @property
    def open(self) -> int:
        """Leads of the day that are still on their way."""
        return sum(self.leads[status] for status in Lead.OPEN)


def day_before(at: datetime, site_id: int | None) -> Day:
    """The counts of one site, or of all, for the day that ended at the quarter hour of `at`."""
    until = quarter_of(at)
    # By the calendar: the day of a clock change has 23 or 25 hours.
    local = timezone.localtime(until).replace(tzinfo=None)
    since = timezone.make_aware(local - timedelta(days=1))
    deltas = CounterDelta.objects.filter(kind=CounterDelta.Kind.LEAD)
    leads = Lead.objects.counted()
    if site_id is not None:
        deltas, leads = deltas.filter(site_id=site_id), leads.filter(site_id=site_id)
    received = deltas.filter(quarter__gte=since, quarter__lt=until)
    reasons = _sums(deltas.filter(outcome=Lead.Status.FAILED), "reason")
    waiting = leads.waiting(at).order_by()
    return Day(
        since=since,
        until=until,
        leads=dict.fromkeys(Lead.Status.values, 0) | _sums(received, "outcome"),
        reasons=[
            Share(Reason.title_of(reason), count, reason)
            for reason, count in reasons.most_common(TOP)
            if count > 0
        ],
        failed=sum(reasons.values()),
        waiting=waiting[: MOST_COUNTED + 1].count(),
        held=_held(deltas),
        oldest=leads.failed().only("pk", "failed_at").order_by("failed_at", "pk").first(),
        site_id=site_id,
    )


def _held(deltas: QuerySet[CounterDelta]) -> list[Quarantine]:
    held = deltas.filter(outcome=Lead.Status.FAILED, reason=Reason.QUARANTINED)
    by_site = _sums(held, "site").most_common(MOST_SITES)
    names = Site.objects.in_bulk([site_id for site_id, count in by_site if count > 0])
    return [
        Quarantine(names[site_id].name, site_id, count) for site_id, count in by_site if count > 0
    ]


def _sums(deltas: QuerySet[CounterDelta], by: str) -> Counter[Any]:
    rows = deltas.values_list(by).annotate(n=Sum("amount")).order_by()
    return Counter(dict(rows))
