"""Filters that figures link to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from leads.models import Lead
from tests.factories import make_failed_lead, make_lead, make_log

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEADS, FAILED, LOGS = ("/admin/leads/lead/", "/admin/leads/failedlead/", "/admin/leads/apilog/")


def rows(client: Client, address: str) -> list[int]:
    """The ids in a list, newest first."""
    answer = client.get(address)
    assert answer.status_code == 200
    return [row.pk for row in answer.context["cl"].result_list]


def test_who_must_act_narrows_each_list(viewer: Client) -> None:
    ours = make_failed_lead(reason="scope_missing")
    theirs = make_failed_lead(reason="no_answer")
    log = make_log(ours)
    make_log(theirs)

    assert rows(viewer, f"{LEADS}?owner=setup") == [ours.pk]
    assert rows(viewer, f"{FAILED}?owner=zoho") == [theirs.pk]
    assert rows(viewer, f"{LOGS}?owner=setup") == [log.pk]


def test_test_leads_can_be_left_out(viewer: Client) -> None:
    test, real = make_failed_lead(is_test=True), make_failed_lead()
    make_log(test)
    log = make_log(real)

    for address, left in ((LEADS, real), (FAILED, real), (LOGS, log)):
        assert rows(viewer, f"{address}?test=no") == [left.pk]
    assert rows(viewer, f"{LEADS}?test=only") == [test.pk]


def test_a_span_ends_before_its_last_moment(viewer: Client) -> None:
    inside = make_lead(received_at=NOON)
    make_lead(received_at=NOON.replace(hour=13))
    make_lead(received_at=NOON.replace(hour=11, minute=59))
    span = f"{int(NOON.timestamp())}-{int(NOON.timestamp()) + 3600}"

    assert rows(viewer, f"{LEADS}?at={span}") == [inside.pk]
    assert (
        "from 1 Mar 2026 12:00 to 1 Mar 2026 13:00"
        in viewer.get(f"{LEADS}?at={span}").content.decode()
    )


def test_a_span_of_the_other_lists_means_their_own_moment(viewer: Client) -> None:
    lead = make_failed_lead(failed_at=NOON)
    log = make_log(lead, created_at=NOON)
    span = f"{int(NOON.timestamp())}-"

    assert rows(viewer, f"{FAILED}?at={span}") == [lead.pk]
    assert rows(viewer, f"{LOGS}?at={span}") == [log.pk]
    assert rows(viewer, f"{LOGS}?at=-{int(NOON.timestamp())}") == []


def test_an_empty_choice_filters_nothing(viewer: Client) -> None:
    lead = make_lead()

    assert rows(viewer, f"{LEADS}?at=&status=&reason=&owner=&site=&test=") == [lead.pk]


@pytest.mark.parametrize("address", [LEADS, LOGS])
@pytest.mark.parametrize(
    "query",
    [
        *("at=-", "at=x-y", "at=1", "at=1-2-3", f"at={'9' * 40}-", "at=²-", "at=253402300799-"),
        *("reason=tooo_long", "reason=%00", "owner=nobody", "owner=DATA", "test=yes"),
        *("site=abc", "site=0", "site=987654", f"site={'9' * 40}", "site=١", "site=-1"),
        "reason=refused&reason=too_long",
    ],
)
def test_what_is_not_understood_shows_no_row_and_says_so(
    viewer: Client, address: str, query: str
) -> None:
    make_log(make_failed_lead())

    answer = viewer.get(f"{address}?{query}")

    assert (answer.status_code, list(answer.context["cl"].result_list)) == (400, [])
    name = query.partition("=")[0]
    assert f"“{name}" in answer.context["cl"].faults[0]
    assert 'class="errornote" role="alert"' in answer.content.decode()


@pytest.mark.parametrize("query", ["same=email-x", "same=name-1", "bulk=x", "bulk=7", "status=x"])
def test_nor_do_the_other_filters_of_leads(viewer: Client, query: str) -> None:
    make_lead()

    answer = viewer.get(f"{LEADS}?{query}")

    assert (answer.status_code, list(answer.context["cl"].result_list)) == (400, [])


@pytest.mark.parametrize("address", [LEADS, FAILED, LOGS])
@pytest.mark.parametrize(
    "query", ["utm_source=x", "_changelist_filters=a%3Db", "p=3", "o=1", "e=1"]
)
def test_what_is_no_filter_is_left_out(viewer: Client, address: str, query: str) -> None:
    make_log(make_failed_lead())

    assert len(rows(viewer, f"{address}?{query}")) == 1


def test_beside_a_row_whose_list_was_not_understood_there_is_none(viewer: Client) -> None:
    first, second = make_lead(), make_lead()
    there = {"_changelist_filters": "reason=tooo_long"}

    page = viewer.get(f"{LEADS}{second.pk}/change/", there).content.decode()

    assert f"/admin/leads/lead/{first.pk}/change/" not in page


def test_open_and_settled_are_groups_of_states(viewer: Client) -> None:
    leads = {status: make_lead(status=status).pk for status in Lead.Status.values}

    assert set(rows(viewer, f"{LEADS}?status=open")) == {leads["queued"], leads["sending"]}
    assert set(rows(viewer, f"{LEADS}?status=settled")) == {
        leads[status] for status in ("delivered", "failed", "entered", "discarded")
    }
