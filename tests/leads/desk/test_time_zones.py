"""The time zone that a person chose."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.factories import make_failed_lead
from tests.responses import Response

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def berlin(settings: Settings) -> None:
    """An installation in Berlin."""
    settings.TIME_ZONE = "Europe/Berlin"


def choose(client: Client, zone: str, **more: Any) -> Response:
    return client.post("/admin/zone/", {"zone": zone} | more)


def times(client: Client, address: str) -> list[str]:
    """The times of day that a page prints."""
    return re.findall(r'class="at">([^<]*)<', client.get(address).content.decode())


def test_times_are_those_of_the_installation_until_somebody_chooses(
    viewer: Client, berlin: None
) -> None:
    make_failed_lead(failed_at=NOON)

    assert times(viewer, "/admin/leads/failedlead/") == ["1 Jul 14:00"]


@pytest.mark.parametrize(("zone", "shown"), [("UTC", "12:00"), ("Asia/Kolkata", "17:30")])
def test_every_page_shows_the_zone_that_was_chosen(
    viewer: Client, berlin: None, zone: str, shown: str
) -> None:
    lead = make_failed_lead(failed_at=NOON, received_at=NOON)

    choose(viewer, zone)

    assert times(viewer, "/admin/leads/failedlead/") == [f"1 Jul {shown}"]
    assert f"1 Jul {shown}" in times(viewer, f"/admin/leads/lead/{lead.pk}/change/")
    assert viewer.get("/admin/stats.json").json()["time_zone"] == zone


def test_the_installations_own_zone_needs_no_cookie(viewer: Client, berlin: None) -> None:
    choose(viewer, "UTC")

    choose(viewer, "Europe/Berlin")

    assert viewer.cookies["timezone"].value == ""
    assert viewer.get("/admin/stats.json").json()["time_zone"] == "Europe/Berlin"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "<script>", "", "utc\x00"])
def test_what_is_no_zone_is_not_kept_and_not_believed(viewer: Client, zone: str) -> None:
    choose(viewer, zone)
    assert viewer.cookies["timezone"].value == ""

    viewer.cookies["timezone"] = zone.replace("\x00", "")
    assert viewer.get("/admin/stats.json").json()["time_zone"] == "UTC"
    assert zone not in viewer.get("/admin/").content.decode() or not zone


def test_the_cookie_is_not_for_scripts_or_other_sites(viewer: Client) -> None:
    cookie = choose(viewer, "Asia/Tokyo").cookies["timezone"]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize(
    ("back", "goes"),
    [
        ("/admin/leads/lead/?status=open", "/admin/leads/lead/?status=open"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_choosing_goes_back_to_the_page_and_nowhere_else(
    viewer: Client, back: str, goes: str
) -> None:
    assert choose(viewer, "Asia/Tokyo", next=back).headers["Location"] == goes


def test_choosing_is_a_post_of_staff(viewer: Client, client: Client) -> None:
    assert viewer.get("/admin/zone/").status_code == 405
    assert "/login/" in choose(client, "UTC").headers["Location"]


def test_interfaces_for_programs_speak_utc(client: Client, berlin: None) -> None:
    client.cookies["timezone"] = "Asia/Tokyo"

    told = client.get("/help/13002/stats.json").json()

    assert told["time_zone"] == "Asia/Tokyo"
    assert client.get("/healthz/live").status_code == 200
    assert timezone.get_current_timezone_name() == "Europe/Berlin"
