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
from django.db.models import F

from leads.inserting import insert
from leads.models import Figure, Total
from leads.models.figures import EVERY_SITE, TIMELESS

Key = tuple[str, int, datetime, str, str]
"""(kind, site id, quarter hour, outcome, reason): one counter."""
TotalKey = tuple[str, str, int, datetime, str, str]
"""(grain, kind, site id, start, outcome, reason): one total."""

SUM_KEY = ("kind", "site_id", "quarter", "outcome", "reason", "folded")
TOTAL_KEY = ("grain", "kind", "site_pk", "start", "outcome", "reason")


def fold(limit: int = 10_000) -> int:
    """Add up to `limit` loose changes to their sums; how many were folded.

    Two folds at once take different rows. Sums that a version before the totals has changed are
    taken after that, and counted too.
    """
    return _fold_loose(limit) + _catch_up(limit)


@transaction.atomic
def _fold_loose(limit: int) -> int:
    loose = _taken(limit, folded=False)
    sums: Counter[Key] = Counter()
    for row in loose:
        sums[key_of(row)] += row.amount
    # In one order for everybody: no deadlock between two folds.
    _add(
        Figure,
        (*SUM_KEY, "amount", "rolled"),
        [(*key, True, n, n) for key, n in sorted(sums.items())],
        "WHERE folded",
    )
    _add_to_totals(sums)
    Figure.objects.filter(pk__in=[row.pk for row in loose]).delete()
    return len(loose)


@transaction.atomic
def _catch_up(limit: int) -> int:
    """Bring sums into the totals that were folded without them."""
    behind = _taken(limit, folded=True)
    missing: Counter[Key] = Counter()
    for row in behind:
        missing[key_of(row)] += row.amount - row.rolled
    _add_to_totals(missing)
    Figure.objects.filter(pk__in=[row.pk for row in behind]).update(rolled=F("amount"))
    return len(behind)


def _taken(limit: int, folded: bool) -> list[Figure]:
    rows = Figure.objects.pending().filter(folded=folded).order_by("pk")
    return list(rows.select_for_update(skip_locked=True)[:limit])


def key_of(row: Figure) -> Key:
    """Which counter a row changes."""
    return row.kind, row.site_id, row.quarter, row.outcome, row.reason


def totals_of(key: Key) -> Iterator[TotalKey]:
    """The totals that a counter is part of."""
    kind, site, quarter, outcome, reason = key
    yield Total.Grain.ALL, kind, EVERY_SITE, TIMELESS, outcome, reason
    yield Total.Grain.SITE, kind, site, TIMELESS, outcome, ""
    if kind == Figure.Kind.ATTEMPT:
        hour = quarter.replace(minute=0)
        yield Total.Grain.QUARTER, kind, EVERY_SITE, quarter, outcome, ""
        yield Total.Grain.HOUR, kind, EVERY_SITE, hour, outcome, ""
        yield Total.Grain.DAY, kind, EVERY_SITE, hour.replace(hour=0), outcome, ""


def _add_to_totals(sums: Counter[Key]) -> None:
    if not sums:
        return
    totals: Counter[TotalKey] = Counter()
    for key, n in sums.items():
        for total in totals_of(key):
            totals[total] += n
    # Every fold moves this one, so that readers see whether anything did.
    totals[(Total.Grain.FOLD, "", EVERY_SITE, TIMELESS, "", "")] = 1
    _add(Total, (*TOTAL_KEY, "amount"), [(*key, n) for key, n in sorted(totals.items())])


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
    insert(model, names, rows, f"ON CONFLICT ({key}) {where} DO UPDATE SET {changes}")
