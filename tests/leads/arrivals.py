"""Sites with a past: leads that came in as a rhythm says, on a clock that tests turn."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from leads.counters.deltas import quarter_of
from leads.models import CounterDelta, Lead, Site
from tests.factories import make_lead

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
Rate = Callable[[datetime], float]


def office(a_day: float) -> Rate:
    """Leads a quarter hour of a site whose visitors come from Monday to Friday, 9 to 17."""

    def rate(moment: datetime) -> float:
        open_now = moment.weekday() < 5 and 9 <= moment.hour < 17
        return a_day / 32 if open_now else 0.0

    return rate


def round_the_clock(a_day: float) -> Rate:
    """Leads a quarter hour of a site that never sleeps, with quieter nights."""

    def rate(moment: datetime) -> float:
        return a_day / 96 * (0.2 if moment.hour < 6 else 1.27)

    return rate


def arrivals(rate: Rate, begin: datetime, end: datetime, seed: int = 1) -> list[datetime]:
    """Moments of independent visitors: at most one in a minute, none outside the rate's hours."""
    chance = random.Random(seed)
    moments, moment = [], begin
    while moment < end:
        if chance.random() < rate(moment) / 15:
            moments.append(moment)
        moment += timedelta(minutes=1)
    return moments


def came_in(site: Site, moments: list[datetime], status: str = "delivered") -> None:
    """Have the figures say so, and have the last one there as a lead."""
    CounterDelta.objects.bulk_create(
        (
            CounterDelta(
                kind=CounterDelta.Kind.LEAD,
                site=site,
                quarter=quarter,
                outcome=status,
                amount=1,
                folded=True,
            )
            for quarter in sorted({quarter_of(moment) for moment in moments})
        ),
        ignore_conflicts=True,
    )
    if moments:
        last = Lead.objects.filter(site=site, is_test=False).first() or make_lead(site=site)
        Lead.objects.filter(pk=last.pk).update(received_at=max(moments))
        # What the factory counted was now, which is not part of the story.
        CounterDelta.objects.filter(site=site, folded=False).delete()
