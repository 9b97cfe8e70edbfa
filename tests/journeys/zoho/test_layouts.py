"""Layouts and changed fields in Zoho: no value vanishes, and no lost answer makes two records."""

from __future__ import annotations

import json
from typing import Any

import requests

from tests.journeys.kit.system import System, eventually

WEB = "6100000000000777001"
LEAD = {
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "phone": "+49 30 123456",
    "city": "Berlin",
    "zip": "10115",
}


def define(system: System, **order: Any) -> None:
    """Change the sandbox's module Leads."""
    order = {"module": "Leads"} | order
    answer = requests.put(f"{system.zoho}/sandbox/fields", json=order, timeout=5)
    assert answer.ok, answer.text


def use_layout(system: System, *names: str, **more: Any) -> None:
    """Have the site name a layout that has only these fields."""
    define(system, layouts=[{"id": WEB, "name": "Web", "fields": names, **more}])
    options = {"Layout": {"id": WEB}}
    system.shell(f"Site.objects.update(options={options!r})")


def forget_layout(system: System) -> None:
    """The installation as the other journeys know it."""
    system.shell("Site.objects.update(options={})")


def test_what_is_outside_the_layout_goes_to_description(system: System) -> None:
    try:
        use_layout(system, "Last_Name", "Email", "Lead_Ref")
        lead = system.post(**LEAD).json()["id"]
        system.becomes(lead, "delivered")
    finally:
        forget_layout(system)

    [record] = system.records()
    everything = json.dumps(record, ensure_ascii=False)
    assert [name for name, value in LEAD.items() if value not in everything] == []
    assert record["Lead_Ref"] == lead
    repairs = system.shell("print(*ApiLog.objects.get(response_code=13003).repairs, sep='\\n')")
    assert "phone: Phone is not in the layout “Web”, moved to Description" in repairs


def test_a_layout_without_the_reference_and_a_lost_answer_make_one_record(system: System) -> None:
    try:
        use_layout(system, "Last_Name", "Email")
        system.becomes(system.post(last_name="First").json()["id"], "delivered")
        system.fault(mode="store_then_hang_up", times=1)
        lead = system.post(**LEAD).json()["id"]
        receipt = system.becomes(lead, "failed", 30)
        checked = system.manage("zoho_check")
    finally:
        forget_layout(system)

    assert receipt["reason"]["code"] == "outcome_unknown"
    assert [record["Last_Name"] for record in system.records()] == ["First", "Lovelace"]
    assert "“Web” lacks Lead_Ref" in checked
    assert "“Web” lacks First_Name, Phone, Company" in checked


def test_a_mandatory_field_of_the_layout_is_asked_for_before_the_call(system: System) -> None:
    try:
        use_layout(system, "Last_Name", "Company", "Lead_Ref", mandatory=["Company"])
        lead = system.post(**LEAD).json()["id"]
        receipt = system.becomes(lead, "failed")
    finally:
        forget_layout(system)

    assert (receipt["reason"]["code"], receipt["reason"]["field"]) == (
        "mandatory_missing",
        "Company",
    )
    assert system.calls("insert") == 0


def test_without_description_in_the_layout_a_lead_that_needs_it_is_held(system: System) -> None:
    try:
        use_layout(system, "Last_Name", "Email", "Lead_Ref", without=["Description"])
        held = system.post(**LEAD).json()["id"]
        small = system.post(last_name="Byron", email="ada@example.com").json()["id"]
        system.becomes(small, "delivered")
        receipt = system.becomes(held, "failed")
    finally:
        forget_layout(system)

    assert receipt["reason"]["code"] == "invalid_value"
    assert len(system.records()) == 1


def test_a_reference_field_that_was_dropped_and_a_lost_answer_make_one_record(
    system: System,
) -> None:
    system.becomes(system.post(last_name="First").json()["id"], "delivered")
    define(system, drop=["Lead_Ref"])
    system.fault(mode="store_then_hang_up", times=1)

    lead = system.post(**LEAD).json()["id"]
    receipt = system.becomes(lead, "failed", 30)

    assert receipt["reason"]["code"] == "outcome_unknown"
    assert [record["Last_Name"] for record in system.records()] == ["First", "Lovelace"]
    eventually(lambda: "Lead_Ref is no longer there" in drift_told(system))


def test_a_field_that_was_dropped_is_noticed_within_the_hour(system: System) -> None:
    system.becomes(system.post(last_name="First").json()["id"], "delivered")
    define(system, drop=["City"])
    system.shell(
        "from zoho.models import ModuleFields\n"
        "from datetime import timedelta\n"
        "row = ModuleFields.objects.get()\n"
        "ModuleFields.objects.update(read_at=row.read_at - timedelta(minutes=61))"
    )

    system.becomes(system.post(**LEAD).json()["id"], "delivered")

    assert "city: Berlin" in system.records()[-1]["Description"]
    assert "City is no longer there" in drift_told(system)


def drift_told(system: System) -> str:
    """What notices say of changed fields."""
    rows = system.sql("SELECT text FROM notifications_notice WHERE kind = 'drift'")
    return " ".join(text for (text,) in rows)
