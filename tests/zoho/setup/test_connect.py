"""The first destination and its connection."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Destination, Incomplete
from leads.signals import connected_elsewhere
from tests.factories import make_lead
from zoho.api.oauth import Grant
from zoho.models import Connection, ReadBack, Repair, RepairItem
from zoho.setup.connect import Credentials, adopt, seed_from_environment

ZOHO = {
    "accounts_url": "https://accounts.zoho.eu",
    "client_id": "1000.ENV",
    "client_secret": "env-secret",
    "refresh_token": "env-refresh",
    "reference_field": "Our_Ref",
}


@pytest.fixture
def empty(db: None) -> None:
    Destination.objects.all().delete()


def test_a_migrated_database_has_a_destination_and_a_connection(db: None) -> None:
    assert Connection.objects.get().destination == Destination.objects.get()
    assert not Connection.objects.get().is_set_up


@pytest.mark.usefixtures("empty")
def test_the_environment_makes_the_first_connection(settings: Any) -> None:
    settings.ZOHO = ZOHO

    seed_from_environment()

    made = Connection.objects.get()
    assert {name: getattr(made, name) for name in ZOHO} == ZOHO
    assert made.is_set_up


@pytest.mark.usefixtures("empty")
def test_seeding_again_changes_nothing(settings: Any) -> None:
    settings.ZOHO = ZOHO
    seed_from_environment()
    Connection.objects.update(client_id="1000.ADMIN")

    seed_from_environment()

    assert Connection.objects.get().client_id == "1000.ADMIN"
    assert Destination.objects.count() == 1


def test_the_environment_fills_a_connection_without_credentials(db: None, settings: Any) -> None:
    settings.ZOHO = ZOHO

    seed_from_environment()

    assert Connection.objects.get().client_id == "1000.ENV"


def test_an_environment_without_a_refresh_token_is_not_taken(db: None, settings: Any) -> None:
    settings.ZOHO = ZOHO | {"refresh_token": ""}

    seed_from_environment()

    assert Connection.objects.get().client_id == ""


@pytest.mark.parametrize(
    ("address", "is_told"),
    [
        ("https://accounts.zoho.eu", False),
        ("https://accounts.zoho.eu/", False),
        ("https://zoho.example", True),
        ("https://accounts.zoho.eu.evil.example", True),
    ],
)
def test_of_an_address_that_is_not_zohos_people_are_told(
    db: None, address: str, is_told: bool
) -> None:
    told: list[str] = []

    def hear(text: str, **_signal: Any) -> None:
        told.append(text)

    connected_elsewhere.connect(hear)
    grant = Grant("access", address, timezone.now(), "", "refresh")

    adopt(Destination.objects.get(), Credentials(address, "1000.X", "secret"), grant)

    connected_elsewhere.disconnect(hear)
    assert bool(told) == is_told
    assert "secret" not in "".join(told)


EU, IN = "https://accounts.zoho.eu", "https://accounts.zoho.in"
API, OTHER_API = "https://www.zohoapis.eu", "https://sandbox.zohoapis.eu"


@pytest.mark.parametrize(
    ("accounts", "domain", "ends"),
    [
        (EU, API, False),
        (EU + "/", API + "/", False),
        (EU, OTHER_API, True),  # Zoho's own sandbox is an organisation of its own
        (IN, "https://www.zohoapis.in", True),
    ],
)
def test_proof_of_one_organisation_ends_with_it(
    db: None, accounts: str, domain: str, ends: bool
) -> None:
    destination, now = Destination.objects.get(), timezone.now()
    values = {"accounts_url": EU, "api_domain": API, "connected_at": now}
    Connection.objects.update(**values)
    states = ["due", "incomplete", "incomplete", "whole"]
    leads = [make_lead(status="delivered") for _ in states]
    common = {"destination": destination, "due_at": now, "created_at": now, "sent": {"City": "x"}}
    rows = [
        ReadBack.objects.create(lead=lead, module="Leads", state=state, **common)
        for lead, state in zip(leads, states, strict=True)
    ]
    for lead in leads[1:3]:
        Incomplete.objects.create(lead=lead, missing="City", found_at=now)
    repair = Repair.objects.create(destination=destination, created_at=now)
    item = RepairItem.objects.create(repair=repair, read_back=rows[1])

    grant = Grant("access", domain, now, "", "refresh")
    adopt(destination, Credentials(accounts, "1000.X", "secret"), grant)

    left = list(ReadBack.objects.order_by("pk").values_list("state", "sent"))
    item.refresh_from_db()
    repair.refresh_from_db()
    assert item.state == ("stopped" if ends else "waiting")
    assert (repair.ended_at is not None) == ends
    assert Incomplete.objects.count() == (0 if ends else 2)
    kept = {"City": "x"}
    assert left == ([("due", None), ("whole", kept)] if ends else [(one, kept) for one in states])
