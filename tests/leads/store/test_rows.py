"""Rows written without model instances: what is stored is what an instance would have stored."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leads.models import ApiLog, LeadEvent, Site
from leads.store import rows as store_rows
from leads.store.rows import insert_for_each, insert_rows
from tests.factories import make_lead, make_user

COLUMNS = (
    *("lead", "site", "response_code", "reason", "reason_field", "reason_text", "zoho_id"),
    *("status", "answer", "record", "repairs", "revision", "created_at"),
)
CELLS = (13002, "refused", "", "O'Neil's 100 %", "", None, "é", {"a": [1]}, ["x"], 0)


def test_every_kind_of_value_is_stored_as_an_instance_would(site: Site) -> None:
    lead, now = make_lead(site=site), timezone.now()

    insert_rows(ApiLog, COLUMNS, [(lead.pk, site.pk, *CELLS, now)])

    row = ApiLog.objects.values_list(*COLUMNS).get()
    assert row == (lead.pk, site.pk, *CELLS, now)


def test_more_rows_than_fit_a_statement(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_rows, "AT_ONCE", 2)
    lead, now = make_lead(site=site), timezone.now()

    insert_rows(ApiLog, COLUMNS, [(lead.pk, site.pk, *CELLS, now)] * 5)

    assert ApiLog.objects.count() == 5


def test_constraints_hold(site: Site) -> None:
    lead, without_reason = make_lead(site=site), (13002, "", *CELLS[2:])

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(ApiLog, COLUMNS, [(lead.pk, site.pk, *without_reason, timezone.now())])


def test_a_row_for_each_id(site: Site) -> None:
    ids, ben, now = [make_lead(site=site).pk for _ in range(3)], make_user("ben"), timezone.now()

    insert_for_each(
        LeadEvent,
        "lead",
        ids,
        {"kind": "noted", "user": ben.pk, "note": "it's 100 %", "created_at": now},
    )

    rows = LeadEvent.objects.values_list("lead", "kind", "user", "note", "created_at")
    assert list(rows) == [(pk, "noted", ben.pk, "it's 100 %", now) for pk in ids]


@pytest.mark.django_db
def test_nothing_to_insert_asks_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        insert_rows(LeadEvent, ("lead",), [])
        insert_for_each(LeadEvent, "lead", [], {"kind": "noted"})
