"""By what the API logs and calls are filtered."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leads.desk.kit.lists.paging import EstimatedPaginator
from leads.models import ApiCall, ApiLog
from tests.factories import make_call, make_failed_lead, make_lead, make_log
from tests.responses import flat

LOGS, CALLS = "/admin/leads/apilog/", "/admin/leads/apicall/"


def found(client: Any, address: str, **query: Any) -> list[int]:
    """The ids of the list."""
    answer = client.get(address, query)
    return [row.pk for row in answer.context["cl"].result_list]


def call_of(ms: int, **values: Any) -> ApiCall:
    now = timezone.now()
    return make_call(started_at=now - timedelta(milliseconds=ms), ended_at=now, **values)


@pytest.fixture
def logs() -> dict[str, ApiLog]:
    """An attempt for each class of answer, each by a call of its own."""
    times = {"2xx": (201, 100), "4xx": (400, 900), "5xx": (503, 4000), "none": (None, 30_000)}
    lead = make_failed_lead()
    return {
        name: make_log(lead, status=status, call=call_of(ms, status=status))
        for name, (status, ms) in times.items()
    }


@pytest.mark.parametrize("name", ["2xx", "4xx", "5xx", "none"])
def test_by_class_of_status(viewer: Client, logs: dict[str, ApiLog], name: str) -> None:
    assert found(viewer, LOGS, http=name) == [logs[name].pk]
    assert found(viewer, CALLS, http=name) == [logs[name].call_id]


@pytest.mark.parametrize(("ms", "count"), [(0, 4), (900, 2), (3999, 2), (30_000, 0)])
def test_by_how_long_it_took(viewer: Client, logs: dict[str, ApiLog], ms: int, count: int) -> None:
    assert len(found(viewer, LOGS, slower=ms)) == count
    assert len(found(viewer, CALLS, slower=ms)) == count


def test_an_empty_field_filters_nothing(viewer: Client, logs: dict[str, ApiLog]) -> None:
    assert len(found(viewer, LOGS, slower="", **{"from": "", "to": ""})) == 4


def test_the_filter_is_said_in_words(viewer: Client, logs: dict[str, ApiLog]) -> None:
    page = viewer.get(LOGS, {"slower": "900", "from": "2020-01-01"}).content.decode()

    assert "Only what took more than 900 ms" in page
    assert "Only from 2020-01-01" in page


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"from": "2026-03-02"}, ["middle", "new"]),
        ({"to": "2026-03-02"}, ["old", "middle"]),
        ({"from": "2026-03-02", "to": "2026-03-02"}, ["middle"]),
        ({"from": "2027-01-01"}, []),
        ({"to": "2020-01-01"}, []),
        ({"to": "9999-12-31"}, ["old", "middle", "new"]),
    ],
)
def test_by_date(viewer: Client, query: dict[str, str], wanted: list[str]) -> None:
    lead = make_failed_lead()
    rows = {
        name: make_log(lead, created_at=datetime(2026, 3, day, 12, tzinfo=UTC))
        for name, day in (("old", 1), ("middle", 2), ("new", 3))
    }

    assert found(viewer, LOGS, **query) == [rows[name].pk for name in reversed(wanted)]


def test_a_row_that_was_settled_out_of_order_is_found_by_its_date(viewer: Client) -> None:
    """Ids follow time only roughly: batches settle side by side."""
    lead = make_failed_lead()
    at = timezone.now() - timedelta(days=30)
    late = make_log(lead, created_at=at)
    make_log(lead, created_at=at - timedelta(seconds=5))

    assert late.pk in found(viewer, LOGS, **{"from": f"{at:%Y-%m-%d}", "to": f"{at:%Y-%m-%d}"})


def test_calls_are_filtered_by_kind(viewer: Client) -> None:
    wanted = make_call(kind="token")
    make_call(kind="insert")

    assert found(viewer, CALLS, kind="token") == [wanted.pk]


@pytest.mark.parametrize(
    "address",
    [
        *(LOGS + query for query in ("?code=1", "?http=6xx", "?from=nonsense", "?to=2026-99-99")),
        *(CALLS + query for query in ("?kind=x", "?slower=1e3", "?slower=1&slower=2")),
        *(f"{LOGS}?slower={text}" for text in ("-1", "x", "9" * 40, "١٢", "%00")),
    ],
)
def test_what_is_not_understood_shows_no_row_and_says_so(
    viewer: Client, logs: dict[str, ApiLog], address: str
) -> None:
    answer = viewer.get(address)

    assert (answer.status_code, list(answer.context["cl"].result_list)) == (400, [])
    assert answer.context["cl"].faults[0] in answer.content.decode()


def test_a_call_keeps_how_long_it_took() -> None:
    assert call_of(431).took_ms == 431
    assert make_call(ended_at=None).took_ms is None


def test_calls_of_before_get_their_time_by_migration() -> None:
    call = call_of(431)
    ApiCall.objects.update(took_ms=None)
    migration = importlib.import_module("leads.migrations.0019_fill_took_ms")

    with connection.cursor() as cursor:
        migration.fill(None, SimpleNamespace(connection=connection, execute=cursor.execute))

    call.refresh_from_db()
    assert call.took_ms == 431


def test_small_tables_are_counted_and_filters_too(logs: dict[str, ApiLog]) -> None:
    assert EstimatedPaginator(ApiLog.objects.order_by("pk"), 50).count == 4
    assert EstimatedPaginator(ApiLog.objects.filter(status=503).order_by("pk"), 50).count == 1


def test_a_large_table_is_estimated(
    monkeypatch: pytest.MonkeyPatch, viewer: Client, logs: dict[str, ApiLog]
) -> None:
    monkeypatch.setattr(EstimatedPaginator, "about", 1_034_567)
    monkeypatch.setattr("leads.desk.logs.lists.ApiLogAdmin.list_per_page", 2)

    assert "About 1,030,000 API logs" in flat(viewer.get(LOGS).content.decode())


# --- One of them -----------------------------------------------------------------------------


def test_an_attempt_can_be_copied_as_curl_by_those_who_see_the_exchange(
    boss: Client, client: Client
) -> None:
    lead = make_failed_lead()
    log = make_log(lead, record={"Last_Name": "Silva"})

    page = boss.get(f"{LOGS}{log.pk}/change/").content.decode()

    assert "--data-raw" in page
    assert "Zoho-oauthtoken ***" in page


def test_a_call_is_shown_indented_and_copied_as_it_was_made(boss: Client) -> None:
    call = make_call(request='POST https://www.zohoapis.eu/crm/v8/Leads\n{"data": [{"a": 1}]}')

    page = boss.get(f"{CALLS}{call.pk}/change/").content.decode()

    assert "POST https://www.zohoapis.eu/crm/v8/Leads\n{\n  &quot;data&quot;" in page
    assert "curl -X POST https://www.zohoapis.eu/crm/v8/Leads" in page


def test_previous_and_next_stay_in_the_filter(viewer: Client) -> None:
    lead = make_failed_lead()
    first, _other, third = (make_log(lead, status=s) for s in (503, 400, 503))
    make_log(make_lead(status="delivered"), zoho_id="1", status=201)

    answer = viewer.get(f"{LOGS}{third.pk}/change/", {"_changelist_filters": "http=5xx"})

    assert f"/{first.pk}/change/" in answer.context["beside"].next
    assert answer.context["beside"].previous == ""
