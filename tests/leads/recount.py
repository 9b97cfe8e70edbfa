"""The counters held against the rows that they count."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.counters import read as counters
from leads.counters.breakdown import class_of
from leads.counters.deltas import PROMPTLY, quarter_of
from leads.counters.spans import Counts, Reader, Span
from leads.models import ApiLog, CounterDelta, Lead
from leads.reasons import RULES


def counted(kind: str) -> Counter[tuple[Any, ...]]:
    sums: Counter[tuple[Any, ...]] = Counter()
    for row in CounterDelta.objects.filter(kind=kind):
        sums[(row.site_id, row.quarter, row.outcome, row.reason)] += row.amount
    return Counter({key: number for key, number in sums.items() if number})


HELD = Q(reason__in=RULES)
"""What a rule held: it was never sent."""


def recounted(kind: str) -> Counter[tuple[Any, ...]]:
    rows: QuerySet[Any, tuple[Any, ...]] = (
        Lead.objects.counted().values_list("site_id", "received_at", "status", "reason")
        if kind == "lead"
        else _logs(kind).values_list("site_id", "created_at", "response_code", "reason")
    )
    return Counter((site, quarter_of(at), str(out), reason) for site, at, out, reason in rows)


def assert_the_counters_are_a_recount() -> None:
    """What pages read, from totals: all time, by site, and by span of time."""
    now = quarter_of(timezone.now())
    bounds = [now - timedelta(days=2), now - timedelta(minutes=45), now, now + timedelta(hours=1)]
    read = counters.read(bounds, sites=True)
    leads = Counter(Lead.objects.counted().values_list("status", "reason"))
    expected = Counter({("lead", *key): n for key, n in leads.items()})
    for kind in ("attempt", "held"):
        seen = Counter(_logs(kind).values_list("response_code", "reason"))
        expected.update({(kind, str(code), reason): n for (code, reason), n in seen.items()})
    prompt = read.counts.pop(("prompt", "delivered", ""), 0)
    # An erased lead stays counted, and nobody can tell any more when it had come.
    assert len(_prompt()) <= prompt <= len(_prompt()) + Lead.objects.exclude(erased_at=None).count()
    assert Counter({key: n for key, n in read.counts.items() if n}) == expected
    assert_the_breakdown_is_a_recount()
    for site, counts in read.sites.items():
        for status in Lead.Status.values:
            rows = Lead.objects.counted().filter(site=site, status=status)
            assert counts["lead", status] == rows.count()
    for bar, (start, end) in zip(read.bars, pairwise(bounds), strict=True):
        logs = _logs().filter(created_at__gte=start, created_at__lt=end)
        assert bar.inserted == logs.filter(response_code=13003).count()
        assert bar.failed == logs.filter(response_code=13002).count()


def assert_the_breakdown_is_a_recount() -> None:
    """By site and by reason, of all time; nothing is missing from it."""
    reader, always = Reader.now(), Span(None, timezone.now())
    expected: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for lead in Lead.objects.counted().only("site", "status", "reason"):
        for value in (lead.site_id, lead.reason):
            expected[value][class_of(lead.status, lead.reason)] += 1
    for log in _logs():
        for value in (log.site_id, log.reason):
            expected[value]["inserted" if log.response_code == 13003 else "refused"] += 1
    found = reader.by("site", always) | reader.by("reason", always)
    told = {value: replace(counts, prompt=0) for value, counts in found.items()}
    assert told == {value: Counts(**counts) for value, counts in expected.items()}
    assert reader.unaccounted() == 0


def _prompt() -> list[Lead]:
    leads = Lead.objects.counted().filter(status="delivered").exclude(attribution="")
    return [lead for lead in leads if lead.settled_at - lead.received_at <= PROMPTLY]  # type: ignore[operator]  # what is delivered was settled


def _logs(kind: str = "attempt") -> QuerySet[ApiLog]:
    logs = ApiLog.objects.filter(lead__is_test=False)
    return logs.filter(HELD) if kind == "held" else logs.exclude(HELD)
