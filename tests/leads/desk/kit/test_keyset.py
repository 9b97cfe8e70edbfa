"""Pages that a key begins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import FailedLead, Lead
from tests.factories import make_failed_lead, make_lead

LEADS, FAILED = "/admin/leads/lead/", "/admin/leads/failedlead/"


@pytest.fixture(autouse=True)
def three_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pages."""
    for model in (Lead, FailedLead):
        monkeypatch.setattr(admin.site._registry[model], "list_per_page", 3)


def page(client: Client, address: str) -> tuple[list[int], str, str]:
    """The ids of a page, and the addresses of the pages beside it."""
    rows = client.get(address).context["cl"]
    path = address.split("?")[0]
    newer, older = (link and path + link for link in (rows.newer, rows.older))
    return [row.pk for row in rows.result_list], newer, older


def walk(client: Client, address: str) -> list[list[int]]:
    """Every page from this one on, by its link to older rows."""
    pages = []
    while address:
        ids, _newer, address = page(client, address)
        pages.append(ids)
    return pages


def test_every_row_is_on_one_page_even_where_many_failed_at_one_moment(viewer: Client) -> None:
    moment = timezone.now()
    leads = [make_failed_lead(failed_at=moment - timedelta(seconds=n // 4)).pk for n in range(10)]

    pages = walk(viewer, FAILED)

    assert [len(ids) for ids in pages] == [3, 3, 3, 1]
    assert sorted(pk for ids in pages for pk in ids) == leads


@pytest.mark.parametrize("address", [FAILED, FAILED + "?tab=waiting", LEADS])
def test_the_way_back_shows_the_same_pages(viewer: Client, address: str) -> None:
    since = timezone.now() - timedelta(hours=1)
    for n in range(8):
        if "waiting" in address:
            make_lead(queued_at=since + timedelta(seconds=n % 3))
        else:
            make_failed_lead(failed_at=since + timedelta(seconds=n % 3))
    first, newer, older = page(viewer, address)
    second, back, older = page(viewer, older)
    third, back_again, _none = page(viewer, older)

    assert newer == ""
    assert page(viewer, back)[0] == first
    assert page(viewer, back_again)[0] == second
    assert len(first + second + third) == 8


def test_a_new_failure_moves_no_row_of_a_later_page(viewer: Client) -> None:
    for _ in range(6):
        make_failed_lead(failed_at=timezone.now())
    _first, _newer, older = page(viewer, FAILED)
    before = page(viewer, older)[0]

    make_failed_lead(failed_at=timezone.now())

    assert page(viewer, older)[0] == before


def test_a_page_keeps_the_filter(viewer: Client) -> None:
    wanted = [make_failed_lead(reason="too_long").pk for _ in range(4)]
    for _ in range(4):
        make_failed_lead(reason="refused")

    pages = walk(viewer, FAILED + "?reason=too_long")
    assert sorted(pk for ids in pages for pk in ids) == wanted


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1-2-3", "-", "9" * 30 + "-1", "²-1", "1-", "9" * 18 + "-1"]
)
@pytest.mark.parametrize("side", ["after", "before"])
def test_an_odd_cursor_is_answered(viewer: Client, side: str, cursor: str) -> None:
    make_failed_lead()

    assert viewer.get(FAILED, {side: cursor}).status_code == 200


def test_no_page_is_reached_by_an_offset(viewer: Client) -> None:
    for _ in range(7):
        make_failed_lead()
    _ids, _newer, older = page(viewer, FAILED)

    with CaptureQueriesContext(connection) as asked:
        viewer.get(older)

    assert not [query["sql"] for query in asked if "OFFSET" in query["sql"]]
