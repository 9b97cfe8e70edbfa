"""Values that Zoho would refuse, from the site to the record: all land, and nothing is missing."""

from __future__ import annotations

import json

import requests

from tests.journeys.kit.system import System

FIELDS = [
    {"api_name": "Start", "data_type": "date"},
    {"api_name": "Visit", "data_type": "date"},
    {"api_name": "Call_At", "data_type": "datetime"},
    {"api_name": "Budget", "data_type": "currency", "length": 16},
]
RULES = {
    "last_name": "Last_Name",
    "zip": "Zip_Code",
    "street": "Street",
    "company": "Company",
    "phone": "Phone",
    "from": "Lead_Source",
    "start": "Start",
    "visit": "Visit",
    "call_at": "Call_At",
    "budget": "Budget",
}
LEAD = {
    "last_name": "Lovelace",
    "street": "Main St 1",
    "zip": "Springfield, Hampden County, MA 01109-99",
    "company": "Analytical Engines and Difference Machines of London " * 5 + "and of all England.",
    "phone": "call 0800 FLOWERS, after five!",
    "from": "A friend of a friend",
    "start": "31.12.2026",
    "visit": "12/24/2026",
    "call_at": "2026-12-01 15:30",
    "budget": "€ 1.234,50",
    "wish": "Grüße 👋🏽",
}


def test_what_zoho_would_refuse_lands_and_no_character_is_missing(system: System) -> None:
    order = {"module": "Leads", "fields": FIELDS}
    assert requests.put(f"{system.zoho}/sandbox/fields", json=order, timeout=5).ok
    rules = [{"source": source, "target": target} for source, target in RULES.items()]
    system.shell(
        "from zoho.models import Mapping\n"
        f"Mapping.objects.create(site=Site.objects.get(), rules={rules!r})"
    )

    lead = system.post(**LEAD).json()["id"]
    system.becomes(lead, "delivered")

    record = system.records()[0]
    assert len(LEAD["zip"]) == 40
    assert record["Street"] == f"Main St 1, {LEAD['zip']}"
    assert record["Lead_Source"] == LEAD["from"]
    assert (record["Start"], record["Visit"]) == ("2026-12-31", "2026-12-24")
    assert record["Call_At"].startswith("2026-12-01T15:30:00")
    assert record["Budget"] == 1234.5
    everything = json.dumps(record, ensure_ascii=False)
    assert [name for name, value in LEAD.items() if value.strip() not in everything] == []

    repairs = system.shell("print(*ApiLog.objects.get(response_code=13003).repairs, sep='\\n')")
    for name in ("zip", "company", "phone", "from", "start", "visit", "call_at", "budget"):
        assert f"{name}: " in repairs
    assert "Lovelace" not in repairs


def test_what_cannot_be_mended_fails_at_once_without_a_call(system: System) -> None:
    first = system.post(last_name="Lovelace").json()["id"]
    system.becomes(first, "delivered")
    calls = system.calls("insert")

    lead = system.post(last_name="Lovelace", message="m" * 40_000).json()["id"]
    receipt = system.becomes(lead, "failed")

    assert receipt["reason"]["code"] == "too_long"
    assert receipt["reason"]["field"] == "Description"
    assert system.calls("insert") == calls
    log = system.shell("print(ApiLog.objects.latest('pk').reason_text)")
    assert "32000" in log
    assert "40000" in log
