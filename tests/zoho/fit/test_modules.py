"""What Zoho asks of each module's records."""

from __future__ import annotations

from typing import Any

import pytest

from zoho.fit.modules import MANDATORY, api_name, faults

CALL = {
    "Subject": "Offer",
    "Call_Type": "Outbound",
    "Call_Start_Time": "2027-01-02T09:00:00+01:00",
    "Call_Duration": "10:00",
}


@pytest.mark.parametrize("module", MANDATORY)
def test_a_record_with_all_mandatory_fields_is_fine_and_an_empty_one_is_not(module: str) -> None:
    assert faults(module, dict.fromkeys(MANDATORY[module], "x")) == []
    assert len(faults(module, {})) == len(MANDATORY[module])


def test_a_custom_module_has_a_name() -> None:
    assert faults("Visits", {}) == ["Name: Zoho requires it in Visits."]


@pytest.mark.parametrize("duration", ["0", "00:00", "0:00"])
def test_a_call_lasts(duration: str) -> None:
    assert "cannot last no time" in faults("Calls", CALL | {"Call_Duration": duration})[0]


def test_a_scheduled_call_has_no_duration_yet() -> None:
    call: dict[str, Any] = CALL | {"Outbound_Call_Status": "Scheduled"}
    del call["Call_Duration"]
    assert faults("Calls", call) == []


def test_an_event_takes_fifty_participants() -> None:
    event: dict[str, Any] = dict.fromkeys(MANDATORY["Events"], "x")
    assert faults("Events", event | {"Participants": [{}] * 50}) == []
    assert "50 at most" in faults("Events", event | {"Participants": [{}] * 51})[0]


def test_a_related_record_is_named_with_its_module() -> None:
    task = {"Subject": "Call", "What_Id": {"id": "1"}}
    assert "$se_module" in faults("Tasks", task)[0]
    assert faults("Tasks", task | {"$se_module": "Deals"}) == []


def test_an_invoice_without_items_is_refused() -> None:
    assert "Invoiced_Items" in faults("Invoices", {"Subject": "1", "Invoiced_Items": []})[0]


@pytest.mark.parametrize(
    ("given", "name"),
    [("leads", "Leads"), ("Meetings", "Events"), ("Price Books", "Price_Books")]
    + [
        ("salesorders", "Sales_Orders"),
        ("purchase_orders", "Purchase_Orders"),
        ("Visits", "Visits"),
    ],
)
def test_modules_go_by_several_names(given: str, name: str) -> None:
    assert api_name(given) == name
