"""The breakdown of `bench/million.py`: forty campaigns and sixty pages of twenty sites, in SQL."""

from __future__ import annotations

from bench.kit.stage import expect

ATTRIBUTION = (
    r"E'api\n' || 'google / cpc / campaign ' || mod(n, 40) "
    r"|| E'\n' || 'shop.example/' || mod(n, 60)"
)
"""Of the lead with the number n."""
DIMENSIONS = ("source", "campaign", "page")
STARTS = {
    "hour": "date_trunc('hour', received_at, 'UTC')",
    "day": "date_trunc('day', received_at, 'UTC')",
    "all": "timestamptz '1970-01-01 00:00Z'",
}
COUNTS = {
    "under_way": "status IN ('queued', 'sending')",
    "delivered": "status = 'delivered'",
    "entered": "status = 'entered'",
    "failed": "status = 'failed'",
    "discarded": "status = 'discarded'",
    "prompt": "status = 'delivered' AND settled_at - received_at <= interval '1 minute'",
}


def breakdown(now: str) -> None:
    """By source, campaign and page out of the leads that are folded, the rest out of the sums."""
    from django.db import connection

    from leads.clock import database_now
    from leads.counters.breakdown import mend
    from leads.models import Breakdown

    counts = ", ".join(f"count(*) FILTER (WHERE {which})" for which in COUNTS.values())
    others = [name for name in Breakdown.COUNTS if name not in COUNTS]
    names = ", ".join(["grain", "dimension", "start", "site_pk", "value", *COUNTS, *others])
    noughts = "".join(", 0" for _name in others)
    with connection.cursor() as cursor:
        # What is counted in Python meanwhile takes a busy machine longer than a page may take.
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
        for place, dimension in enumerate(DIMENSIONS, 1):
            for grain, start in STARTS.items():
                since = f"AND received_at > {now} - interval '190 days'" * (grain == "hour")
                cursor.execute(
                    f"INSERT INTO leads_breakdown ({names}) "
                    f"SELECT '{grain}', '{dimension}', {start}, site_id, "
                    rf"split_part(attribution, E'\n', {place}), {counts}{noughts} FROM leads_lead "
                    f"WHERE received_at < date_bin('15 minutes', {now} - interval '1 hour', "
                    f"timestamptz '1970-01-01 00:00Z') {since} GROUP BY 3, 4, 5"
                )
    mend(database_now())


def balance(count: int) -> None:
    """The breakdown is that of the rows. Raises Failed."""
    from leads.clock import database_now
    from leads.counters.overview import overview
    from leads.counters.spans import Span

    seen = overview(Span(None, database_now()), None)
    expect("leads in the breakdown", seen.now.received, count)
    expect("unaccounted", seen.unaccounted, 0)
    expect("campaigns", len(seen.tables["campaign"].lines), 40)
