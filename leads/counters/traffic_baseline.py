"""A site's own rhythm: how long it may be silent before that cannot be chance.

For every hour of the week, the local one, the last four weeks say how likely a quarter hour is to
bring a lead. A silence is as surprising as the quarter hours that it lasts: −ln(1 − p) for each,
summed. A night in which nothing ever comes adds nothing, a busy morning much. Quarter hours with
a lead are counted, not leads, so that a newsletter's hundred leads weigh as one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from leads.counters.deltas import quarter_of
from leads.models import CounterDelta, Lead, Site

QUARTER = timedelta(minutes=15)
WEEK = timedelta(weeks=1)
WEEKS = 4
FEWEST_WEEKS = 2
FEWEST_QUARTERS = 20
"""Less history than two weeks and twenty quarter hours with a lead is no rhythm."""

TOO_QUIET = 10.0
"""Surprise that is told: by chance it comes about once in e^10 = 22,000 silences."""
BEYOND_THE_LONGEST = 1.5
"""And only when it is so many times the longest silence of the four weeks."""
NEVER_MORE = 30.0
"""One long outage in the history must not silence the alarm for the next one."""
AT_LEAST = timedelta(hours=1)
HORIZON = timedelta(weeks=8)


@dataclass(frozen=True)
class TrafficBaseline:
    """What four weeks of a site say about silence."""

    surprise: dict[int, float]
    """Of a quarter hour without a lead, by the hour of the week; 0 where none is named."""
    limit: float
    """How much surprise is too much."""

    def too_quiet_at(self, since: datetime) -> datetime:
        """When a silence that began then has lasted too long; at most eight weeks later."""
        quarter, felt = quarter_of(since) + QUARTER, 0.0
        while felt < self.limit and quarter < since + HORIZON:
            felt += self.surprise.get(hour_of_week(quarter), 0.0)
            quarter += QUARTER
        return max(quarter, since + AT_LEAST)


def hour_of_week(moment: datetime) -> int:
    """0 for the hour after Monday's midnight, to 167; by the clock on the wall."""
    local = timezone.localtime(moment)
    return local.weekday() * 24 + local.hour


def baseline_of(site: Site, last: datetime) -> TrafficBaseline | None:
    """The site's rhythm in the weeks before its last lead; None where there is too little of it."""
    active = active_quarters(site, last)
    if not active:
        return None
    weeks = weeks_known(site, last)
    if weeks < FEWEST_WEEKS:
        return None
    begin = quarter_of(last) + QUARTER - weeks * WEEK
    active = [quarter for quarter in active if quarter >= begin]
    if len(active) < FEWEST_QUARTERS:
        return None
    return learn(active, begin, weeks)


def learn(active: list[datetime], begin: datetime, weeks: int) -> TrafficBaseline:
    """The rhythm of these quarter hours, in order, among all since `begin`."""
    chances = weeks * 4 + 1
    seen = Counter(hour_of_week(quarter) for quarter in active)
    surprise = {
        # A clock that is set back makes an hour of five chances now and then.
        hour: -math.log(1 - min(times, chances - 1) / chances)
        for hour, times in seen.items()
    }
    longest = max(felt_between(surprise, begin, active), default=0.0)
    return TrafficBaseline(surprise, min(max(TOO_QUIET, BEYOND_THE_LONGEST * longest), NEVER_MORE))


def felt_between(
    surprise: dict[int, float], begin: datetime, active: list[datetime]
) -> Iterable[float]:
    """How surprising each silence between two of the quarter hours was."""
    quarter = begin
    for following in active:
        felt = 0.0
        while quarter < following:
            felt += surprise.get(hour_of_week(quarter), 0.0)
            quarter += QUARTER
        yield felt
        quarter = following + QUARTER


def active_quarters(site: Site, last: datetime) -> list[datetime]:
    """The quarter hours of the last four weeks that brought a lead, test leads aside, in order.

    From the folded sums: their index begins with the site, and a sweep folds every few seconds.
    """
    quarters = (
        CounterDelta.objects.filter(
            kind=CounterDelta.Kind.LEAD,
            site=site,
            folded=True,
            quarter__gt=quarter_of(last) - WEEKS * WEEK,
            quarter__lte=last,
        )
        .values_list("quarter")
        .annotate(leads=Sum("amount"))
        .filter(leads__gt=0)
        .order_by("quarter")
    )
    return [quarter for quarter, _leads in quarters]


def weeks_known(site: Site, last: datetime) -> int:
    """How many whole weeks the site had leads for until its last one, at most four."""
    first = (
        CounterDelta.objects.filter(kind=CounterDelta.Kind.LEAD, site=site, folded=True)
        .order_by("quarter")
        .values_list("quarter", flat=True)
        .first()
    )
    return 0 if first is None else min(WEEKS, (quarter_of(last) + QUARTER - first) // WEEK)


def last_lead(site: Site) -> datetime | None:
    """When the site's last lead came in, tests and imports aside; mostly one step into an index."""
    leads = Lead.objects.counted().posted().filter(site=site).order_by("-received_at")
    return leads.values_list("received_at", flat=True).first()


def silent_since(site: Site) -> datetime | None:
    """Since when the site says nothing; None while it never said anything."""
    last = last_lead(site)
    if last is None:
        return None
    return max(last, site.watched_since) if site.watched_since else last


def alarm_due(site: Site) -> datetime | None:
    """When the present silence is too long; None where nothing can be said about it."""
    since = silent_since(site)
    if since is None or not site.enabled or site.quiet_alarm == Site.QuietAlarm.OFF:
        return None
    if site.quiet_alarm == Site.QuietAlarm.FIXED:
        return since + timedelta(hours=site.quiet_hours) if site.quiet_hours else None
    last = last_lead(site)
    rhythm = baseline_of(site, last) if last else None
    return rhythm.too_quiet_at(since) if rhythm else None
