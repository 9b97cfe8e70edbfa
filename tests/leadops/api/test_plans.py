"""Every list goes by an index, however many rows there are: no sorting, no reading of all."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_lead
from tests.leadops.api.conftest import Program

LISTS = [
    *(
        "leads/",
        "leads/?status=discarded",
        "leads/?site={site}",
        "failed/",
        "failed/?reason=too_long",
    ),
    *("api-logs/", "api-logs/?reason=refused", "api-calls/", "notices/", "bulk-retries/", "sites/"),
    *("sites/{site}/sources/", "sites/{site}/keys/"),
    *("outcome-messages/", "outcome-messages/?webhook=1", "outcome-webhooks/"),
]

SORTS = re.compile(r"^\W*Sort +\(|TEMP B-TREE FOR ORDER BY")
"""What reads all to find the first; leads of one moment may be sorted incrementally."""


@pytest.mark.parametrize("path", LISTS)
def test_a_page_is_read_in_the_order_of_an_index(chief: Program, site: Site, path: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert chief.get(path.format(site=site.pk)).status_code == 200

    (page,) = [one["sql"] for one in asked if one["sql"].endswith("LIMIT 51")]
    plan = plan_of(page)
    # What else is joined to a lead are a few sites and accounts.
    assert not [line for line in plan if SORTS.search(line)], plan


@pytest.mark.parametrize(
    ("query", "index"),
    [("reason=too_long", "lead_reason_newest"), ("test=only", "lead_test_newest")],
)
def test_what_is_rare_is_found_by_an_index_of_its_own(
    chief: Program, query: str, index: str
) -> None:
    make_failed_lead(reason=Reason.TOO_LONG, is_test=True)
    for _ in range(200):
        make_lead(status=Lead.Status.DELIVERED)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE leads_lead")
    with CaptureQueriesContext(connection) as asked:
        assert chief.get(f"leads/?{query}").status_code == 200

    (page,) = [one["sql"] for one in asked if one["sql"].endswith("LIMIT 51")]
    assert [line for line in plan_of(page) if index in line], plan_of(page)


def plan_of(sql: str) -> list[str]:
    """How the database reads it; where it has few rows, as if it had many."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{sql}")
        return [str(row[-1]) for row in cursor.fetchall()]
