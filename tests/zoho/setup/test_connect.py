"""The first destination and its connection."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Destination
from leads.signals import connected_elsewhere
from zoho.api.oauth import Grant
from zoho.models import Connection
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
