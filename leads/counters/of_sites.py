"""The counters of some sites, for accounts that are limited to them.

The totals by reason and by hour are of all sites together, so these are added up from the counters
themselves: rarer, and dearer, than what `leads.counters.read` does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Min, OuterRef, Subquery

from leads.counters import read as counters
from leads.counters.deltas import sums
from leads.counters.held import kind_of
from leads.counters.read import Counters, Split
from leads.counters.volume import marks
from leads.models import ApiLog, CounterDelta, Lead, Site
from leads.models.counters import PENDING, TIMELESS
from leads.models.queries.visible import sites_of
from leads.reasons import ResponseCode

ATTEMPT, KINDS = CounterDelta.Kind.ATTEMPT, CounterDelta.Kind.values


def read_for(user: Any, bounds: Sequence[datetime] = (), sites: bool = False) -> Counters:
    """All counters of a page, as far as the user may see the sites: see `read`."""
    own = sites_of(user)
    return counters.read(bounds, sites) if own is None else read_of(own, bounds)


def read_of(own: Collection[int], bounds: Sequence[datetime] = ()) -> Counters:
    """The counters of these sites; with the attempts between each two of `bounds`."""
    found = Counters()
    columns = ("kind", "site_id", "outcome", "reason")
    for (kind, site, outcome, reason), n in sums(KINDS, own, TIMELESS, *columns).items():
        what = kind_of(kind, outcome, reason)
        found.counts[what, outcome, reason] += n
        found.sites[site][what, outcome] += n
    bars = [Counter[str]() for _ in bounds[1:]]
    if bars:
        for (quarter, outcome, reason), n in sums(
            (ATTEMPT,), own, bounds[0], "quarter", "outcome", "reason"
        ).items():
            bar = bisect_right(bounds, quarter) - 1
            if 0 <= bar < len(bars) and kind_of(ATTEMPT, outcome, reason) == ATTEMPT:
                bars[bar][outcome] += n
    inserted = str(ResponseCode.INSERTED.value)
    found.bars = [Split(bar[inserted], bar.total() - bar[inserted]) for bar in bars]
    return found


def failed_of(own: Collection[int]) -> int:
    """How many leads of these sites have failed: for the menu of every page, from the totals."""
    if not own:
        return 0
    statement = (
        "SELECT COALESCE((SELECT SUM(amount) FROM leads_total WHERE grain = 'site' "  # noqa: S608 - constants and question marks
        f"AND kind = 'lead' AND outcome = 'failed' AND site_pk IN {marks(len(own), 1)}), 0) + "
        f"COALESCE((SELECT SUM(amount - rolled) FROM leads_figure WHERE {PENDING} "
        f"AND kind = 'lead' AND outcome = 'failed' AND site_id IN {marks(len(own), 1)}), 0)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*own, *own])
        return int(cursor.fetchone()[0])


def first_attempt_of(own: Collection[int]) -> datetime | None:
    """The quarter hour of the first counted attempt of these sites."""
    rows = CounterDelta.objects.filter(kind=ATTEMPT, site__in=own)
    first: datetime | None = rows.aggregate(first=Min("quarter"))["first"]
    return first


def since_of(own: Collection[int]) -> tuple[datetime | None, int | None]:
    """When the first counted lead of these sites came in, and the id of their first API log."""
    here = OuterRef("pk")
    leads = Lead.objects.counted().filter(site=here).order_by("received_at")
    logs = ApiLog.objects.filter(site=here, lead__is_test=False).order_by("pk")
    firsts = Site.objects.filter(pk__in=own).annotate(
        first_lead=Subquery(leads.values("received_at")[:1]),
        first_log=Subquery(logs.values("pk")[:1]),
    )
    found = list(firsts.order_by().values_list("first_lead", "first_log"))
    lead = min((moment for moment, _log in found if moment), default=None)
    return lead, min((log for _moment, log in found if log), default=None)
