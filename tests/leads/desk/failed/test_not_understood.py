"""An address of the failed table that is not understood: no row, the reason, and nothing done."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest
from django.test import Client

from leads.models import BulkRetry, Lead, SavedView
from tests.factories import make_failed_lead

pytestmark = pytest.mark.one_database

TABLE = "/admin/leads/failedlead/"
PLAN = "/admin/leads/bulkretry/plan/"
ODD = [
    *("reason=tooo_long", "reason=%00", "reason=too_long%00", "owner=x", "owner=DATA"),
    *("site=abc", "site=0", "site=987654", "site=-1", f"site={'9' * 40}", "site=١", "site=²"),
    *("tries=9", "tries=x", "from=2026-13-40", "to=2026-02-30", "from=2026-1-5", "from=nonsense"),
    *("span=nonsense", "span=since-x", "tab=nonsense", "tab=sending", "at=1", "at=-", "at=x-y"),
    *("ids=abc", "ids=1.x", f"ids={'1.' * 200}1", "bulk=x", "bulk=7", "same=email-x", "same=x"),
    *("test=yes", "q=ana@example.com", "q=12345678", "q=x"),
    *("reason=refused&reason=too_long", "tab=failed&tab=waiting", "site=1&site=1"),
    *("reasons=too_long", "reason__exact=too_long", "site_id=1", "tabs=waiting"),
    *("reason=tooo_long&site=abc", "reason=refused&tries=9", "span=24h&to=2026-13-40"),
]
"""As it stands in an address, after the question mark."""
EMPTY = [f"{name}=" for name in ("reason", "site", "tab", "from", "span", "ids", "q", "test")]
NO_FILTER = ["utm_source=x", "_changelist_filters=a%3Db", "p=3", "o=1.2", "e=1", "fbclid=x", "all="]


def encoded(query: str) -> str:
    """The query with its signs beyond ASCII escaped."""
    return quote(query, safe="=&%.@")


@pytest.fixture
def failed(db: None) -> list[int]:
    """Two failed leads that no odd address may reach."""
    return [make_failed_lead(reason=reason).pk for reason in ("refused", "too_long")]


@pytest.fixture
def untouched(failed: list[int]) -> Iterator[None]:
    """Sees at the end that nothing was decided."""
    yield
    assert sorted(Lead.objects.failed().values_list("pk", flat=True)) == failed
    assert not BulkRetry.objects.exists()


@pytest.mark.parametrize("query", [*ODD, *EMPTY])
def test_a_plan_is_not_carried_out(support: Client, untouched: None, query: str) -> None:
    answer = support.post(f"{PLAN}?{encoded(query)}")

    assert answer.status_code == 400
    assert "so nothing is retried" in answer.content.decode()


@pytest.mark.parametrize("query", [*ODD, *EMPTY])
def test_a_plan_says_why_and_offers_no_button(support: Client, untouched: None, query: str) -> None:
    answer = support.get(f"{PLAN}?{encoded(query)}")

    page = unescape(answer.content.decode())
    assert (answer.status_code, answer.context["plan"].count) == (400, 0)
    assert answer.context["view"].refused in page
    assert 'class="save"' not in page


@pytest.mark.parametrize("query", ODD)
def test_the_table_shows_no_row_and_says_why(
    support: Client, failed: list[int], query: str
) -> None:
    answer = support.get(f"{TABLE}?{encoded(query)}")

    page = unescape(answer.content.decode())
    assert (answer.status_code, list(answer.context["cl"].result_list)) == (400, [])
    assert answer.context["view"].refused in page
    for part in ('class="tabs"', 'id="changelist-filters"', 'id="searchbar"', "Saved views"):
        assert part in page
    assert f'href="{PLAN}"' not in page
    assert 'action="/admin/leads/failedlead/views/save/"' not in page


@pytest.mark.parametrize("query", ODD[::5])
@pytest.mark.parametrize("across", ["0", "1"])
def test_what_is_posted_to_the_table_does_nothing(
    support: Client, failed: list[int], untouched: None, query: str, across: str
) -> None:
    chosen = {"_selected_action": failed, "select_across": across, "confirmed": "y", "note": "x"}

    answers = [
        support.post(f"{TABLE}?{encoded(query)}", chosen | {"action": action})
        for action in ("retry_selected", "enter_selected", "discard_selected")
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


@pytest.mark.parametrize("query", ODD[::5])
def test_nothing_new_is_counted_in_it(support: Client, failed: list[int], query: str) -> None:
    answer = support.get(f"{TABLE}newer.json?since=1-1&{encoded(query)}")

    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("query", ["reason=tooo_long", "site=abc", "tries=9", "reason=a&reason=b"])
def test_it_is_not_saved(support: Client, query: str) -> None:
    answer = support.post(f"{TABLE}views/save/", {"name": "Mine", "query": query})

    assert answer.status_code == 400
    assert not SavedView.objects.exists()


def test_an_empty_field_of_the_drawer_is_no_choice(support: Client, failed: list[int]) -> None:
    query = "tab=&reason=&owner=&site=&from=&to=&tries=&test=&span=&q="

    answer = support.get(f"{TABLE}?{query}")

    assert (answer.status_code, len(answer.context["cl"].result_list)) == (200, 2)


@pytest.mark.parametrize("query", NO_FILTER)
def test_what_is_no_filter_is_left_out(support: Client, failed: list[int], query: str) -> None:
    table = support.get(f"{TABLE}?reason=too_long&{query}")
    plan = support.get(f"{PLAN}?reason=too_long&{query}")
    started = support.post(f"{PLAN}?reason=too_long&{query}")

    assert [lead.pk for lead in table.context["cl"].result_list] == failed[1:]
    assert (plan.status_code, plan.context["plan"].count) == (200, 1)
    assert started.status_code == 302
    assert BulkRetry.objects.get().filter == {"version": 1, "reason": "too_long"}


def test_a_raw_column_filters_neither_the_table_nor_its_plan(
    support: Client, failed: list[int]
) -> None:
    """The table used to be filtered by it while “Retry all” did not."""
    table = support.get(f"{TABLE}?attempts__gte=5")

    assert len(table.context["cl"].result_list) == support.get(PLAN).context["plan"].count == 2


def test_a_saved_view_that_is_not_understood_any_more_is_no_link(support: Client) -> None:
    support.post(f"{TABLE}views/save/", {"name": "Mine", "query": "reason=refused"})
    SavedView.objects.update(query="reason=renamed_since")

    page = support.get(TABLE).content.decode()

    assert "Mine is not understood any more: “reason=renamed_since”" in page
    assert 'href="?reason=renamed_since"' not in page
    assert "Delete" in page
