"""Writing the breakdown: what a fold adds up, by site, reason, source, campaign and page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDay, TruncHour
from django.db.models.functions.datetime import TruncBase

from leads.counters.attribution import CROSSED, VALUES, parts_of
from leads.models import Breakdown, CounterDelta, CounterRollup, CrmRecord, Lead, SalesCounter
from leads.models.breakdown import HOURS_KEPT, BreakdownQuerySet
from leads.models.counters import EVERY_SITE, TIMELESS
from leads.reasons import RULES, Reason, ResponseCode
from leads.store import database
from leads.store.rows import insert_rows

Key = tuple[str, int, datetime, str, str]
"""(kind, site id, quarter hour, outcome, reason): one counter."""
Change = tuple[str, int, datetime, str, str, str]
"""A counter's key and the attribution of the leads that it counts."""
Cell = tuple[str, str, datetime, int, str]
"""(grain, dimension, start, site, value): one row."""
Day = tuple[str, int, datetime]
"""(dimension, site, day)."""

SALES_LOCK = "sales"
"""Held by whoever writes sales: of two leads of one deal written at once both would count."""
LOCK = "breakdown"
"""Held by whoever folds: of two at once each could give a site its two hundredth value."""
MEND_EVERY = 60
"""Seconds."""
MOST_VALUES = 200
CELL = ("grain", "dimension", "start", "site_pk", "value")
COUNTS = Breakdown.COUNTS
SUMMED = ", ".join(f"SUM({name})" for name in COUNTS)
ADDED = ", ".join(f"{name} = leads_breakdown.{name} + EXCLUDED.{name}" for name in Breakdown.COUNTS)
Grain, Dimension, Status = Breakdown.Grain, Breakdown.Dimension, Lead.Status
Mark = CounterRollup.Grain
HELD = (Mark.WHOLE, Mark.EVERY, Mark.CROSSED)
"""What every fold moves; a version of before that folds leaves one of them behind."""

PLAIN = {
    Status.QUEUED.value: "under_way",
    Status.SENDING.value: "under_way",
    Status.DELIVERED.value: "delivered",
    Status.ENTERED.value: "entered",
    Status.FAILED.value: "failed",
    Status.DISCARDED.value: "discarded",
}
KEPT_BACK = {reason.value: "spam" if reason == Reason.QUARANTINED else "held" for reason in RULES}
"""What a rule held is told apart, also once somebody has discarded it."""
TRIED = {
    str(code.value): "inserted" if code == ResponseCode.INSERTED else "refused"
    for code in ResponseCode
}


@cache
def class_of(status: str, reason: str) -> str:
    """The count that a lead in this standing is one of."""
    plain = PLAIN.get(str(status), "failed")
    return KEPT_BACK.get(str(reason), plain) if plain in ("failed", "discarded") else plain


def count_of(kind: str, outcome: str, reason: str) -> str:
    """The count that a counter is part of; empty for none: what is held is among the leads."""
    if kind == CounterDelta.Kind.LEAD:
        return class_of(outcome, reason)
    if kind == CounterDelta.Kind.PROMPT:
        return "prompt"
    return TRIED.get(outcome, "") if kind == CounterDelta.Kind.ATTEMPT else ""


def add(changes: Counter[Change]) -> None:
    """Add what was counted to its rows; belongs into the transaction that folds it."""
    counted: defaultdict[tuple[Day, str], Counter[tuple[datetime, str]]] = defaultdict(Counter)
    since = crossed_since()
    for (kind, site, quarter, outcome, reason, attribution), n in changes.items():
        name = count_of(kind, outcome, reason)
        if not name or not n:
            continue
        hour = quarter.replace(minute=0)
        values = {Dimension.SITE.value: "", Dimension.REASON.value: reason, **parts_of(attribution)}
        if quarter < since:
            values.pop(CROSSED, None)
        for dimension, value in values.items():
            counted[(dimension, site, hour.replace(hour=0)), value][hour, name] += n
    _write(counted)


def _write(counted: dict[tuple[Day, str], Counter[tuple[datetime, str]]]) -> None:
    names = names_of({key for key, counts in counted.items() if any(counts.values())})
    cells: defaultdict[Cell, Counter[str]] = defaultdict(Counter)
    for ((dimension, site, day), value), counts in counted.items():
        shown = names.get(((dimension, site, day), value), value)
        sites = (site, EVERY_SITE) if dimension in VALUES else (site,)
        for (hour, name), n in counts.items():
            for grain, start in ((Grain.HOUR, hour), (Grain.DAY, day), (Grain.ALL, TIMELESS)):
                for one in sites:
                    cells[grain.value, dimension, start, one, shown][name] += n
    rows = [
        (*cell, *(counts[name] for name in Breakdown.COUNTS))
        for cell, counts in sorted(cells.items())
        if any(counts.values())
    ]
    insert_rows(
        *(Breakdown, (*CELL, *Breakdown.COUNTS), rows),
        f"ON CONFLICT ({', '.join(CELL)}) DO UPDATE SET {ADDED}",
    )


def names_of(wanted: set[tuple[Day, str]]) -> dict[tuple[Day, str], str]:
    """What each value is counted as: as itself, or among the others of its site and day.

    For good: a day that is full stays so, and what has a row keeps it.
    """
    days: defaultdict[Day, list[str]] = defaultdict(list)
    for day, value in sorted(wanted):
        if day[0] in VALUES and value != Breakdown.OTHER:
            days[day].append(value)
    taken = _filled(days)
    names: dict[tuple[Day, str], str] = {}
    for day, values in days.items():
        if taken.get(day, 0) + len(values) <= MOST_VALUES:
            continue
        known = set(_rows_of(day).values_list("value", flat=True))
        fresh = [value for value in values if value not in known]
        free = max(MOST_VALUES - len(known - {Breakdown.OTHER}), 0)
        names |= {(day, value): Breakdown.OTHER for value in fresh[free:]}
    return names


def _rows_of(day: Day) -> BreakdownQuerySet:
    dimension, site, start = day
    rows = Breakdown.objects.filter(grain=Grain.DAY, dimension=dimension)
    return rows.filter(start=start, site_pk=site)


def _filled(days: Iterable[Day]) -> dict[Day, int]:
    """How many values each of these days has."""
    wanted = [set(part) for part in zip(*days, strict=True)]
    if not wanted:
        return {}
    dimensions, sites, starts = wanted
    rows = Breakdown.objects.filter(grain=Grain.DAY, dimension__in=dimensions, start__in=starts)
    counted = rows.filter(site_pk__in=sites).values_list("dimension", "site_pk", "start")
    return {(d, site, start): n for d, site, start, n in counted.annotate(n=Count("pk"))}


# --- Made anew ------------------------------------------------------------------------------


def mend(now: datetime) -> bool:
    """Make the breakdown anew where a version of before has folded without it; whether it had.

    By site and reason, out of the folded sums; of all sites, out of those of each. What came in by
    campaign then is counted among the leads of before. Once a minute: where that version still
    works, its next fold leaves the same behind.
    """
    behind = [mark for mark in HELD if not holds_every_fold(mark)]
    if not behind or database.use_allowance("breakdown", 1, MEND_EVERY) is None:
        return False
    for mark in behind:
        with transaction.atomic():
            database.lock_names([LOCK])
            database.take_time()
            folds = _marks([Mark.FOLD]).get(Mark.FOLD, 0)
            ANEW[mark](now)
            CounterRollup.objects.update_or_create(grain=mark, kind="", defaults={"amount": folds})
    return True


def holds_every_fold(mark: str) -> bool:
    """Whether all that was ever folded is in what this mark stands for."""
    marks = _marks([Mark.FOLD, mark])
    return marks.get(Mark.FOLD, 0) == marks.get(mark, 0)


def _marks(grains: Iterable[str]) -> dict[str, int]:
    rows = CounterRollup.objects.filter(grain__in=list(grains), kind="", site_pk=EVERY_SITE)
    return dict(rows.filter(start=TIMELESS).values_list("grain", "amount"))


def _by_site_and_reason(now: datetime) -> None:
    # By the database itself: of ten million leads it is a million rows, which took minutes here.
    # The figures are read for hours and days by reason alone, all else is the sum of those.
    Breakdown.objects.filter(dimension__in=[Dimension.SITE, Dimension.REASON]).delete()
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    folded = CounterDelta.objects.filter(folded=True)
    _insert_hours(Grain.HOUR, TruncHour, folded.filter(quarter__gte=hour - HOURS_KEPT))
    _insert_hours(Grain.DAY, TruncDay, folded)
    always = connection.ops.adapt_datetimefield_value(TIMELESS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO leads_breakdown ({', '.join((*CELL, *COUNTS))}) "  # noqa: S608 - names of ours
            f"SELECT 'all', dimension, %s, site_pk, value, {SUMMED} FROM leads_breakdown "
            "WHERE dimension = 'reason' AND grain = 'day' GROUP BY dimension, site_pk, value",
            [always],
        )
        cursor.execute(
            f"INSERT INTO leads_breakdown ({', '.join((*CELL, *COUNTS))}) "  # noqa: S608 - names of ours
            f"SELECT grain, 'site', start, site_pk, '', {SUMMED} FROM leads_breakdown "
            "WHERE dimension = 'reason' GROUP BY grain, start, site_pk"
        )


def _insert_hours(
    grain: Breakdown.Grain, unit: type[TruncBase], rows: QuerySet[CounterDelta]
) -> None:
    """By reason, the hours or days that the figures are of."""
    # Under names of their own: some are those of columns of the figures.
    cells: dict[str, Combinable] = {
        "cell_grain": Value(grain.value),
        "cell_dimension": Value(Dimension.REASON.value),
        "cell_start": unit("quarter", tzinfo=UTC),
        "cell_site": F("site_id"),
        "cell_value": F("reason"),
    }
    sums = {f"n_{name}": Sum("rolled", filter=counted_as(name), default=0) for name in COUNTS}
    counted = rows.order_by().annotate(**cells).values(*cells).annotate(**sums)
    there = counted.exclude(**dict.fromkeys(sums, 0)).values_list(*cells, *sums)
    sql, values = there.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO leads_breakdown ({', '.join((*CELL, *COUNTS))}) {sql}", values)


def counted_as(name: str) -> Q:
    """Which counters are part of this count: those of which `count_of` says its name."""
    codes = [code for code, count in TRIED.items() if count == name]
    if codes:
        return Q(kind=CounterDelta.Kind.ATTEMPT, outcome__in=codes)
    if name == "prompt":
        return Q(kind=CounterDelta.Kind.PROMPT)
    others = [status for status, count in PLAIN.items() if count not in ("failed", "discarded")]
    if kept := [reason for reason, count in KEPT_BACK.items() if count == name]:
        which = ~Q(outcome__in=others) & Q(reason__in=kept)
    elif name == "failed":
        which = ~Q(outcome__in=[*others, Status.DISCARDED]) & ~Q(reason__in=[*KEPT_BACK])
    elif name == "discarded":
        which = Q(outcome=Status.DISCARDED) & ~Q(reason__in=[*KEPT_BACK])
    else:
        which = Q(outcome__in=[status for status, count in PLAIN.items() if count == name])
    return Q(kind=CounterDelta.Kind.LEAD) & which


def _of_every_site(_now: datetime) -> None:
    Breakdown.objects.of_every_site().delete()
    with connection.cursor() as cursor:
        for dimension in VALUES:
            cursor.execute(
                f"INSERT INTO leads_breakdown ({', '.join((*CELL, *COUNTS))}) "  # noqa: S608 - names of ours
                f"SELECT grain, dimension, start, {EVERY_SITE}, value, {SUMMED} "
                "FROM leads_breakdown WHERE dimension = %s GROUP BY grain, dimension, start, value",
                [dimension],
            )


def crossed_since() -> datetime:
    """From when on leads are counted by source and campaign together: no lead of before is moved
    where it was never counted.
    """
    row = CounterRollup.objects.filter(grain=Mark.SINCE, kind="", site_pk=EVERY_SITE).first()
    return row.start if row else TIMELESS


def _crossed_from_tomorrow(now: datetime) -> None:
    """Begin with the next day of UTC: of leads that are counted already only parts could be."""
    database.lock_names([SALES_LOCK])
    Breakdown.objects.filter(dimension=Dimension.CROSSED).delete()
    SalesCounter.objects.filter(dimension=Dimension.CROSSED).delete()
    CrmRecord.objects.exclude(crossed="").update(crossed="")
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = CounterRollup.objects.filter(grain=Mark.SINCE, kind="", site_pk=EVERY_SITE)
    since.delete()
    start = today + timedelta(days=1)
    CounterRollup.objects.create(grain=Mark.SINCE, start=start, amount=0)


ANEW = {
    Mark.WHOLE: _by_site_and_reason,
    Mark.EVERY: _of_every_site,
    Mark.CROSSED: _crossed_from_tomorrow,
}
