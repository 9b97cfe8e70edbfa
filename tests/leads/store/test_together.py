"""Rows in one round trip: what is stored is what the ORM would have stored."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from leads.counters.deltas import Tally, quarter_of
from leads.models import BulkRetry, CounterDelta, Lead, Site, Source
from leads.store import database
from tests.factories import make_user

MOMENT = datetime(2026, 3, 29, 1, 59, 59, 999_999, UTC)
UNLIKE_THE_ORMS = {"id", "reference", "idempotency_key"}
"""What must differ between two rows."""


def filled_lead(site: Site, key: str) -> Lead:
    """A lead with a value of its own in every column that a lead on its way may have one in."""
    return Lead(
        site=site,
        destination=site.destination,
        body=b"\x00\xff{'%s'}",
        content_type="application/json; charset=utf-8 %s",
        data={"contact_name": "Zoë %s \\ ' \"", "n": 10**30, "deep": [{"": None}, 0.1]},
        source=Lead.Source.FORM,
        page="https://shop.example/%",
        idempotency_key=key,
        fingerprint="f" * 64,
        flags="long repaired",
        is_test=True,
        is_assigned=True,
        attribution="api\n(none)\nshop.example/%",
        received_at=MOMENT,
        name="Zoë",
        email="zoë@example.com",
        phone="+1 555",
        revision=3,
        status=Lead.Status.SENDING,
        band=Lead.Band.BULK,
        due_at=MOMENT,
        queued_at=MOMENT,
        claim=uuid.UUID(int=7),
        attempts=4,
        deaths=2,
        batch_limit=50,
        maybe_landed=True,
        landed_revision=2,
        skip_duplicate_rule=True,
        in_the_way="61001",
        in_the_way_module="Contacts",
        update_existing=True,
        reason="refused",
        reason_field="Email",
        reason_text="Why",
        zoho_id="61002",
        bulk=BulkRetry.objects.create(
            filter={}, filter_key=key, created_by=make_user(), created_at=MOMENT, touched_at=MOMENT
        ),
        failed_at=MOMENT,
        erased_at=MOMENT,
        webhook_source=Source.objects.create(site=site, name=key),
        reading={"fields": {"name": "Ana"}, "paths": {}},
        repeats=3,
    )


def settled_lead(site: Site, key: str) -> Lead:
    """A lead with nothing but what it must have."""
    values: dict[str, Any] = {"status": Lead.Status.DISCARDED, "settled_at": MOMENT}
    return Lead(
        site=site,
        destination=site.destination,
        body=b"",
        data={},
        fingerprint="",
        idempotency_key=key,
        received_at=MOMENT + timedelta(days=1),
        **values,
    )


def filled_figure(site: Site, outcome: str) -> CounterDelta:
    return CounterDelta(
        kind=CounterDelta.Kind.ATTEMPT,
        site=site,
        quarter=quarter_of(MOMENT),
        outcome=outcome,
        reason="refused",
        amount=-7,
        folded=True,
        rolled=5,
        attribution="api\n(none)\nshop.example/%",
    )


def row(model: type[models.Model], pk: Any) -> dict[str, Any]:
    values = model._default_manager.filter(pk=pk).values().get()
    return {name: value for name, value in values.items() if name not in UNLIKE_THE_ORMS}


@pytest.mark.parametrize("make", [filled_lead, settled_lead])
def test_every_column_of_a_lead_is_what_the_orm_stores(site: Site, make: Any) -> None:
    orms, ours = make(site, "orm"), make(site, "ours")
    ours.bulk, ours.webhook_source = orms.bulk, orms.webhook_source
    orms.save()
    database.insert_together(ours)

    assert row(Lead, ours.pk) == row(Lead, orms.pk)


def test_no_column_is_left_out_of_the_comparison(site: Site) -> None:
    filled, settled = filled_lead(site, "k1"), settled_lead(site, "k2")
    alike = {
        field.name
        for field in Lead._meta.concrete_fields
        if getattr(filled, field.attname) == getattr(settled, field.attname)
    }

    assert alike == {"id", "site", "destination"}


def test_every_column_of_a_figure_is_what_the_orm_stores(site: Site) -> None:
    orms, ours = filled_figure(site, "orm"), filled_figure(site, "ours")
    orms.save()
    database.insert_together(settled_lead(site, "k1"), ours)

    stored = row(CounterDelta, CounterDelta.objects.get(outcome="ours").pk)
    assert stored | {"outcome": "orm"} == row(CounterDelta, orms.pk)


def test_the_lead_gets_the_id_of_its_row(site: Site) -> None:
    lead = settled_lead(site, "k1")

    database.insert_together(lead)

    assert (lead.pk, lead._state.adding) == (Lead.objects.get().pk, False)


@pytest.mark.django_db(transaction=True)
def test_all_of_it_is_stored_or_nothing(site: Site) -> None:
    database.insert_together(settled_lead(site, "k1"))
    tally = Tally()
    tally.lead_enters(settled_lead(site, "k1"))

    needed = transaction.atomic() if connection.vendor == "sqlite" else nullcontext()
    with pytest.raises(IntegrityError), needed:
        database.insert_together(settled_lead(site, "k1"), *tally.figures())

    assert (Lead.objects.count(), CounterDelta.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_one_statement_stores_it_on_postgresql(site: Site, django_assert_num_queries: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite stores one row a statement")
    tally = Tally()
    tally.lead_enters(settled_lead(site, "k1"))
    database.insert_together(settled_lead(site, "k1"), *tally.figures())  # prepares it

    with django_assert_num_queries(1):
        database.insert_together(settled_lead(site, "k2"), *tally.figures())

    assert CounterDelta.objects.count() == 2
