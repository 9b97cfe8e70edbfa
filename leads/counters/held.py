"""What a rule held, apart from the attempts; and what a version of before counted among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Sum

from leads.models import CounterDelta, CounterRollup
from leads.reasons import RULES, ResponseCode

ATTEMPT, HELD = CounterDelta.Kind.ATTEMPT, CounterDelta.Kind.HELD
NOT_INSERTED = str(ResponseCode.NOT_INSERTED.value)
TOLD_FOR = timedelta(days=30)


def kind_of(kind: str, outcome: str, reason: str) -> str:
    """What a counter counts: no rule's reason is one of an attempt, whoever wrote it down.

    A version of before counts them so, while its last processes still run.
    """
    counted_so = kind == ATTEMPT and outcome == NOT_INSERTED and reason in RULES
    return HELD if counted_so else kind


def strays() -> bool:
    """Whether the totals of attempts hold what a rule held. One look into a small index."""
    found = CounterRollup.objects.filter(
        grain=CounterRollup.Grain.ALL,
        kind=ATTEMPT,
        site_pk=0,
        outcome=NOT_INSERTED,
        reason__in=RULES,
    )
    return found.exclude(amount=0).exists()


@dataclass(frozen=True)
class Moved:
    """What left the attempts when they were told apart, and when."""

    amount: int
    at: datetime


def lately_moved(now: datetime) -> Moved | None:
    """What moved in the last 30 days, for people who knew the figures of before."""
    rows = CounterRollup.objects.filter(grain=CounterRollup.Grain.MOVED)
    told = rows.filter(start__gt=now - TOLD_FOR).aggregate(n=Sum("amount"), at=Min("start"))
    return Moved(int(told["n"]), told["at"]) if told["n"] else None
