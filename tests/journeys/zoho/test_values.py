"""Values as people of a country write them, and lists, as Zoho has them afterwards."""

from __future__ import annotations

from tests.journeys.kit.system import System
from tests.journeys.zoho.test_layouts import define

CHOICES = ["Solar panels", "Heat pump", "Wall box"]
FIELDS = [
    {"api_name": "Budget", "data_type": "currency", "length": 16},
    {"api_name": "Area", "data_type": "double", "length": 16},
    {"api_name": "Roof", "data_type": "integer", "length": 9},
    {"api_name": "Wishes", "data_type": "multiselectpicklist", "choices": CHOICES, "closed": True},
    {"api_name": "Kind", "data_type": "picklist", "choices": CHOICES, "closed": True},
]
RULES = {
    "last_name": "Last_Name",
    "budget": "Budget",
    "area": "Area",
    "roof": "Roof",
    "wishes": "Wishes",
    "kind": "Kind",
    "tags": "Tag",
}
RULES_LIST = [{"source": source, "target": target} for source, target in RULES.items()]
LEAD = {
    "last_name": "Lovelace",
    "budget": "1.200 €",
    "area": "1\u00a0234,5",
    "roof": "12'500",
    "wishes": "solar panels, HEAT\u00a0PUMP",
    "kind": " wall  box ",
    "tags": "autumn campaign of the northern region",
}
EXPECTED = {
    "Budget": 1200,
    "Area": 1234.5,
    "Roof": 12500,
    "Wishes": ["Solar panels", "Heat pump"],
    "Kind": "Wall box",
}


def test_values_of_a_country_and_of_lists_are_what_was_meant(system: System) -> None:
    define(system, fields=FIELDS)
    system.shell(
        "from zoho.models import Mapping\n"
        "Site.objects.update(country='DE')\n"
        f"Mapping.objects.create(site=Site.objects.get(), rules={RULES_LIST!r})"
    )
    try:
        system.becomes(system.post(**LEAD).json()["id"], "delivered")
    finally:
        system.shell("Site.objects.update(country='')")

    [record] = system.records()
    assert {name: record[name] for name in EXPECTED} == EXPECTED
    [tag] = record["Tag"]
    assert len(tag["name"]) <= 25
    repairs = system.shell("print(*ApiLog.objects.get(response_code=13003).repairs, sep='\\n')")
    assert "tags: " in repairs
    assert LEAD["tags"] in record["Description"]
