"""When proof and repairs yield to delivery, and for how long at most."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Destination, Lead, Site
from tests.factories import make_lead, make_site, make_user
from zoho.models import Connection, ReadBack, Repair, RepairItem
from zoho.proof.prove import has_work, is_in_the_way

pytestmark = pytest.mark.django_db
NOW = timezone.now()
OUTAGE: dict[str, Any] = {"paused_at": NOW, "paused_until": NOW, "pause_reason": "no_answer"}


@pytest.fixture
def site(connection: Connection) -> Site:
    return make_site(destination=connection.destination)


def ago(minutes: int) -> Any:
    return NOW - timedelta(minutes=minutes)


def held(site: Site, **state: Any) -> ReadBack:
    lead = make_lead(site=site, status="delivered")
    values = {"due_at": ago(1), "created_at": ago(60), "module": "Leads", "sent": {"City": "Bern"}}
    values |= {"record_id": lead.zoho_id}
    return ReadBack.objects.create(lead=lead, destination=site.destination, **values | state)


@pytest.mark.parametrize(
    ("faults", "success", "waiting", "yields"),
    [
        (0, 1, False, False),
        (0, 120, False, False),
        (1, 1, False, True),
        (1, 120, False, False),
        (9, 120, False, False),
        (1, None, False, False),
        (1, 120, True, True),
        (1, None, True, True),
    ],
)
@pytest.mark.parametrize("site_paused", [False, True])
def test_a_fault_holds_proof_back_while_it_may_last(
    connection: Connection,
    site: Site,
    faults: int,
    success: int | None,
    waiting: bool,
    site_paused: bool,
    yields: bool,
) -> None:
    last = None if success is None else ago(success)
    Destination.objects.update(faults=faults, last_success_at=last)
    held(site)
    if waiting:
        make_lead(site=site, due_at=NOW + timedelta(minutes=5))
    elif site_paused:  # a lead of a site that a person stopped waits for no answer of Zoho's
        other = make_site(destination=connection.destination, name="Stopped", paused_at=NOW)
        make_lead(site=other, due_at=NOW - timedelta(minutes=5))

    assert is_in_the_way(connection, NOW) is yields
    assert has_work(connection, NOW) is not yields


@pytest.mark.parametrize(
    ("pressed", "state", "goes_on"),
    [
        (1, {}, False),
        (16, {}, True),
        (16, {"faults": 1, "last_success_at": NOW}, False),
        (16, OUTAGE, False),
    ],
)
def test_a_repair_does_not_wait_for_ever_for_fresh_leads(
    connection: Connection, site: Site, pressed: int, state: dict[str, Any], goes_on: bool
) -> None:
    row = held(site, state="incomplete")
    one = Repair.objects.create(
        destination=connection.destination, created_by=make_user("a"), created_at=ago(pressed)
    )
    RepairItem.objects.create(repair=one, read_back=row)
    Destination.objects.update(**state)
    make_lead(site=site, due_at=ago(1))
    assert Lead.objects.oldest_due(site.destination_id, NOW)

    assert is_in_the_way(connection, NOW)
    assert has_work(connection, NOW) is goes_on
