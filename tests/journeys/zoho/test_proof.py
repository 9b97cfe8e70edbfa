"""Proof of arrival, from a lead that loses values in Zoho to the record that has them again."""

from __future__ import annotations

from typing import Any

import requests

from tests.journeys.kit.system import System, eventually
from tests.journeys.zoho.test_layouts import LEAD, WEB, define, forget_layout, use_layout

NAMES = ["Last_Name", "First_Name", "Email", "Phone", "City", "Zip_Code", "Lead_Ref"]


def rows(system: System, query: str) -> list[Any]:
    """The first column of a query's rows."""
    return [row[0] for row in system.sql(query)]


def states(system: System) -> list[Any]:
    """What reading back came to, lead by lead."""
    return rows(system, "SELECT state FROM zoho_readback ORDER BY id")


def test_four_lost_values_are_found_told_once_and_restored(system: System) -> None:
    try:
        use_layout(system, *NAMES)
        first = system.post(**LEAD).json()["id"]
        system.becomes(first, "delivered")
        eventually(lambda: states(system) == ["whole"])
        less = [name for name in NAMES if name not in ("Phone", "Zip_Code", "Email")]
        define(system, layouts=[{"id": WEB, "name": "Web", "fields": less}], drop=["City"])

        lead = system.post(**LEAD | {"email": "eva@example.org"}).json()["id"]
        system.becomes(lead, "delivered")
        eventually(lambda: states(system) == ["whole", "incomplete"])

        told = system.sql("SELECT kind, text FROM notifications_notice")
        assert told == [
            (
                "incomplete",
                "City is no longer a field in Zoho; Email, Phone, Zip_Code are not in the layout.",
            )
        ]
        assert system.codes() == [13003, 13003]
        staff = system.staff()
        table = staff.get("/admin/leads/failedlead/?tab=incomplete")
        assert "City, Email, Phone, Zip_Code" in table
        pk = rows(system, f"SELECT id FROM leads_lead WHERE reference = '{_stored(system, lead)}'")[
            0
        ]
        staff.submit(f"/admin/leads/failedlead/{pk}/repair/")
        eventually(lambda: states(system) == ["whole", "whole"])
        page = staff.get(f"/admin/leads/failedlead/{pk}/change/")
    finally:
        forget_layout(system)

    record = system.records()[-1]
    assert record["Description"].splitlines() == [
        "City: Berlin",
        "Email: eva@example.org",
        "Phone: +49 30 123456",
        "Zip Code: 10115",
    ]
    assert len(system.records()) == 2
    assert "Repaired in Zoho" in page
    assert "Incomplete in Zoho" in page, "the story tells that it was"


def _stored(system: System, reference: str) -> str:
    """A reference as the database writes it."""
    is_postgresql = system.environment["DATABASE_URL"].startswith("postgres")
    return reference if is_postgresql else reference.replace("-", "")


def test_without_any_scope_to_read_delivery_goes_on_with_one_hint(system: System) -> None:
    system.fault(mode="scope_mismatch", only=["list", "get", "fields", "layouts", "users", "coql"])

    for number in range(3):
        system.becomes(system.post(last_name=f"L{number}").json()["id"], "delivered")
    eventually(
        lambda: "records Leads" in rows(system, "SELECT what FROM zoho_rest ORDER BY what"), 60
    )

    assert rows(system, "SELECT pause_reason FROM leads_destination") == [""]
    assert rows(system, "SELECT 1 FROM leads_incomplete") == []
    assert system.calls("list") == 1
    [pk] = rows(system, "SELECT id FROM leads_destination")
    page = system.staff().get(f"/admin/leads/destination/{pk}/change/")
    assert "reconnect with scope" in page.lower()
    requests.delete(f"{system.zoho}/sandbox/faults", timeout=5)
