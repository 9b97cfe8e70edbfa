"""Where leads are listed and told it says which of them were converted in Zoho, never “missing”."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from leads.counters.sales.record import Sighting, record
from leads.models import Lead
from tests.factories import make_lead
from zoho.models import Finding, ReadBack, Reconciliation

pytestmark = pytest.mark.django_db
LISTS = ("/admin/leads/lead/", "/admin/leads/failedlead/?tab=delivered")
TOLD = "Converted in Zoho"


def read_back(lead: Lead, state: str) -> None:
    """Reading the record back came to this."""
    now = timezone.now()
    ReadBack.objects.create(
        lead=lead, destination=lead.destination, module="Leads", record_id=lead.zoho_id,
        why="sample", state=state, due_at=now, created_at=now, read_at=now,
    )  # fmt: skip


def compared(lead: Lead, kind: str) -> None:
    """A comparison came to this."""
    now = timezone.now()
    run = Reconciliation.objects.create(
        destination=lead.destination, module="Leads", since=now, started_at=now
    )
    Finding.objects.create(reconciliation=run, kind=kind, lead=lead, record_id=lead.zoho_id)


def followed(lead: Lead, state: str) -> None:
    """The nightly reading of what became of leads came to this."""
    record({lead.pk: Sighting(state)}, timezone.now())


def delivered() -> Lead:
    return make_lead(status="delivered", zoho_id="6100000000000456001", settled_at=timezone.now())


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("arrange", "state", "times"),
    [
        (read_back, "converted", 1),
        (compared, "converted", 1),
        (followed, "converted", 1),
        (followed, "open", 0),
        (read_back, "gone", 0),
        (read_back, "whole", 0),
        (compared, "missing", 0),
    ],
)
def test_the_row_of_a_converted_lead_says_so(
    admin_client: Client,
    address: str,
    arrange: Callable[[Lead, str], None],
    state: str,
    times: int,
) -> None:
    delivered()
    arrange(delivered(), state)

    page = admin_client.get(address).content.decode()

    assert page.count("6100000000000456001") >= 2
    assert page.count(TOLD) == times


@pytest.mark.parametrize("read", [None, "whole", "converted"])
def test_the_story_says_it_once(admin_client: Client, read: str | None) -> None:
    lead = delivered()
    if read:
        read_back(lead, read)
    compared(lead, "converted")

    page = admin_client.get(f"/admin/leads/lead/{lead.pk}/change/").content.decode()

    assert page.count(TOLD) == 1
