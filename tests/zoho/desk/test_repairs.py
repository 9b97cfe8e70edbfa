"""The pages of repairs: how far one is, its Stop, and what Zoho's words tell to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.factories import make_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat
from zoho.models import ReadBack, Repair, RepairItem

pytestmark = pytest.mark.django_db
FAILED = ("leads.view_failedlead",)


@pytest.fixture
def repair() -> Repair:
    """One lead waits, another could not be restored."""
    now, lead = timezone.now(), make_lead()
    repair = Repair.objects.create(
        destination=lead.destination, words="City is empty in Zoho", created_at=now
    )
    for one, values in ((lead, {}), (make_lead(site=lead.site), {"state": "failed"})):
        row = ReadBack.objects.create(
            lead=one, destination=lead.destination, module="Leads", due_at=now, created_at=now
        )
        RepairItem.objects.create(
            repair=repair, read_back=row, text="octarine is no city" if values else "", **values
        )
    return repair


def pages(repair: Repair, *permissions: str) -> list[str]:
    """Its page, and how far it is as its script is told."""
    client = client_of(make_user(permissions=(*FAILED, *permissions)))
    page: Any = client.get(f"/admin/zoho/repair/{repair.pk}/change/")
    state: Any = client.get(f"/admin/zoho/repair/{repair.pk}/state.json")
    assert state.json()["active"]
    assert state.json()["percent"] == 50
    return [flat(page.content.decode()), flat(state.json()["html"])]


def test_how_far_it_is_stands_on_its_page_and_in_what_is_asked_for(repair: Repair) -> None:
    for said in pages(repair):
        assert "Under way" in said
        assert "2 leads, 1 waiting" in said


@pytest.mark.parametrize(("permissions", "seen"), [((), False), (("view_personal_data",), True)])
def test_zohos_words_are_for_those_who_see_people(
    permissions: tuple[str, ...], seen: bool, repair: Repair
) -> None:
    for said in pages(repair, *(f"leads.{one}" for one in permissions)):
        assert ("octarine" in said) == seen


def test_it_is_stopped_once(repair: Repair) -> None:
    client = client_of(make_user(permissions=(*FAILED, "leads.retry_lead")))

    said = [
        flat(client.post(f"/admin/zoho/repair/{repair.pk}/stop/", follow=True).content.decode())
        for _press in range(2)
    ]

    assert "What was not looked at yet stays as it is." in said[0]
    assert "It was over already" in said[1]
    repair.refresh_from_db()
    assert not repair.is_active
