"""Folding: loose changes become sums by the quarter hour, and totals that pages can read whole.

Nothing that can be seen changes by it: at every instant a sum over the figures and a sum over the
totals plus what is pending are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, QuerySet

from leads.clock import Deadline
from leads.counters import breakdown
from leads.counters.breakdown import Change, Key
from leads.counters.held import ATTEMPT, HELD, NOT_INSERTED, kind_of, strays
from leads.models import CounterDelta, CounterRollup
from leads.models.counters import EVERY_SITE, TIMELESS
from leads.models.queries.among import Many
from leads.reasons import RULES
from leads.store import database
from leads.store.rows import insert_rows

TotalKey = tuple[str, str, int, datetime, str, str]
"""(grain, kind, site id, start, outcome, reason): one total."""

KEY = ("kind", "site_id", "quarter", "outcome", "reason")
SUM_KEY = (*KEY, "folded")
TOTAL_KEY = ("grain", "kind", "site_pk", "start", "outcome", "reason")


AT_ONCE = 10_000
"""Changes that are added up in one transaction."""


def keep_up(deadline: Deadline) -> int:
    """Fold until nothing is loose or the time is up; how many changes were folded.

    A retry of a hundred thousand leads leaves two hundred thousand loose changes, which every page
    adds up for itself until they are folded.
    """
    folded = last = fold()
    while last >= AT_ONCE and deadline.left():
        last = fold()
        folded += last
    return folded


def fold(limit: int = AT_ONCE) -> int:
    """Add up to `limit` loose changes to their sums; how many were folded.

    Two folds at once take different rows. Sums that a version before the totals has changed are
    taken after that, and counted too; so is what it counted as attempts and a rule had held.
    """
    return _fold_loose(limit) + _catch_up(limit) + (_move_strays(limit) if strays() else 0)


@transaction.atomic
def _fold_loose(limit: int) -> int:
    database.lock_names([breakdown.LOCK])
    loose = _taken(limit, folded=False)
    sums: Counter[Key] = Counter()
    changes: Counter[Change] = Counter()
    for _pk, kind, site, quarter, outcome, reason, amount, _rolled, attribution in loose:
        key = (kind_of(kind, outcome, reason), site, quarter, outcome, reason)
        sums[key] += amount
        changes[(*key, attribution)] += amount
    # In one order for everybody: no deadlock between two folds.
    _add(
        CounterDelta,
        (*SUM_KEY, "amount", "rolled"),
        [(*key, True, n, n) for key, n in sorted(sums.items()) if n],
        "WHERE folded",
    )
    _add_to_totals(sums, changes)
    _these(loose).delete()
    return len(loose)


@transaction.atomic
def _catch_up(limit: int) -> int:
    """Bring sums into the totals that were folded without them."""
    database.lock_names([breakdown.LOCK])
    behind = _taken(limit, folded=True)
    missing: Counter[Key] = Counter()
    for _pk, *key, amount, rolled, _attribution in behind:
        missing[tuple(key)] += amount - rolled
    _add_to_totals(missing, _without_attribution(missing))
    _these(behind).update(rolled=F("amount"))
    return len(behind)


@transaction.atomic
def _move_strays(limit: int) -> int:
    """Take folded sums of what a rule held out of the attempts, and out of their totals."""
    database.lock_names([breakdown.LOCK])
    rows = CounterDelta.objects.filter(
        folded=True, kind=ATTEMPT, outcome=NOT_INSERTED, reason__in=RULES
    )
    columns = rows.order_by("pk").values_list("pk", *KEY, "amount", "rolled")
    found = list(columns.select_for_update(skip_locked=True)[:limit])
    held = [(HELD, *key, True, n, rolled) for _pk, _kind, *key, n, rolled in found]
    _add(CounterDelta, (*SUM_KEY, "amount", "rolled"), sorted(held), "WHERE folded")
    moves: Counter[Key] = Counter()
    for _pk, _kind, *key, _n, rolled in found:
        moves[(ATTEMPT, *key)] -= rolled
        moves[(HELD, *key)] += rolled
    _add_to_totals(moves, _without_attribution(moves))
    _these(found).delete()
    return len(found)


def _taken(limit: int, folded: bool) -> list[tuple[Any, ...]]:
    """(id, the five parts of a key, amount, rolled, attribution) of rows that are locked."""
    rows = CounterDelta.objects.pending().filter(folded=folded).order_by("pk")
    columns = rows.values_list("pk", *KEY, "amount", "rolled", "attribution")
    return list(columns.select_for_update(skip_locked=True)[:limit])


def _these(taken: list[tuple[Any, ...]]) -> QuerySet[CounterDelta]:
    return CounterDelta.objects.filter(pk__among=Many([row[0] for row in taken]))


def totals_of(key: Key) -> Iterator[TotalKey]:
    """The totals that a counter is part of."""
    kind, site, quarter, outcome, reason = key
    yield CounterRollup.Grain.ALL, kind, EVERY_SITE, TIMELESS, outcome, reason
    yield CounterRollup.Grain.SITE, kind, site, TIMELESS, outcome, ""
    if kind == CounterDelta.Kind.ATTEMPT:
        hour = quarter.replace(minute=0)
        yield CounterRollup.Grain.QUARTER, kind, EVERY_SITE, quarter, outcome, ""
        yield CounterRollup.Grain.HOUR, kind, EVERY_SITE, hour, outcome, ""
        yield CounterRollup.Grain.DAY, kind, EVERY_SITE, hour.replace(hour=0), outcome, ""


def _without_attribution(sums: Counter[Key]) -> Counter[Change]:
    return Counter({(*key, ""): n for key, n in sums.items()})


def _add_to_totals(sums: Counter[Key], changes: Counter[Change]) -> None:
    if not sums:
        return
    totals: Counter[TotalKey] = Counter()
    for key, n in sums.items():
        for total in totals_of(key):
            totals[total] += n
    # Every fold moves this one, so that readers see whether anything did.
    for grain in (CounterRollup.Grain.FOLD, *breakdown.HELD):
        totals[(grain, "", EVERY_SITE, TIMELESS, "", "")] = 1
    breakdown.add(changes)
    _add(CounterRollup, (*TOTAL_KEY, "amount"), [(*key, n) for key, n in sorted(totals.items())])


def _add(
    model: type[models.Model],
    names: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    where: str = "",
) -> None:
    """Insert the rows, or add their amounts to the rows that have the same key."""
    counted = [name for name in names if name in ("amount", "rolled")]
    key = ", ".join(name for name in names if name not in (*counted, "folded"))
    table = model._meta.db_table
    changes = ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in counted)
    insert_rows(model, names, rows, f"ON CONFLICT ({key}) {where} DO UPDATE SET {changes}")
