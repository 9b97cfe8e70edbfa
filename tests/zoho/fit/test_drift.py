"""Drift: what changed in Zoho between two readings, for every kind of change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Site
from leads.signals import set_up_changed
from tests.factories import make_site
from zoho.fit import fields
from zoho.fit.drift import drifts, layout_drifts
from zoho.models import Connection, Mapping

CITY = {"type": "text", "label": "City", "length": 100}
WEB = {"name": "Web", "fields": ["City", "Phone"], "required": [], "read_only": []}
NOW = timezone.now()


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"City": CITY}, []),
        ({"City": CITY | {"length": 90}}, []),
        ({}, ["City is no longer there."]),
        ({"Town": CITY}, ["City is now called Town."]),
        ({"Town": CITY | {"type": "email"}}, ["City is no longer there."]),
        ({"Town": CITY, "Place": CITY}, ["City is no longer there."]),
        ({"City": CITY | {"type": "picklist"}}, ["City is of type picklist now, before text."]),
        ({"City": CITY | {"read_only": True}}, ["City can no longer be written."]),
    ],
)
def test_a_field_that_leads_fill(after: dict[str, Any], said: list[str]) -> None:
    assert drifts({"City": CITY}, after, {"City"}) == said
    assert drifts({"City": CITY}, after, {"Phone"}) == [], "nobody fills it"


def test_a_reference_that_may_be_there_twice() -> None:
    before = {"Lead_Ref": {"type": "text", "unique": True}}

    said = drifts(before, {"Lead_Ref": {"type": "text"}}, {"Lead_Ref"})

    assert said == ["Lead_Ref may now hold one value twice."]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"7": WEB}, []),
        ({}, ["The layout “Web” is no longer there."]),
        ({"7": WEB | {"fields": ["Phone"]}}, ["City is no longer in the layout “Web”."]),
        ({"7": WEB | {"fields": ["City"]}}, []),
        ({"7": WEB | {"required": ["Fax"]}}, ["The layout “Web” now requires Fax."]),
    ],
)
def test_a_layout_that_a_site_names(after: dict[str, Any], said: list[str]) -> None:
    assert layout_drifts({"7": WEB}, after, {"7": {"City"}}) == said
    assert layout_drifts({}, after, {"7": {"City"}}) == [], "read for the first time"


@pytest.fixture
def told(connection: Connection) -> Any:
    said: list[str] = []

    def listen(text: str, **_signal: Any) -> None:
        said.append(text)

    set_up_changed.connect(listen)
    yield said
    set_up_changed.disconnect(listen)


def test_drift_is_told_once_and_only_of_what_sites_fill(
    connection: Connection, told: list[str]
) -> None:
    site = make_site(destination=connection.destination)
    known = {"City": CITY, "Last_Name": CITY | {"label": "Last"}, "Custom": CITY | {"label": "C"}}
    fields.store(connection, "Leads", known, NOW)

    for hours in (1, 2):
        found = {"Last_Name": known["Last_Name"]}
        fields.store(connection, "Leads", found, NOW + timedelta(hours=hours))
    assert told == ["Leads: City is no longer there."]

    fields.store(connection, "Leads", known, NOW + timedelta(hours=3))
    Mapping.objects.create(site=site, rules=[{"source": "x", "target": "Custom"}])
    fields.store(connection, "Leads", {}, NOW + timedelta(hours=4))
    assert told[1:] == ["Leads: Custom is no longer there."]
    assert Site.objects.count() == 1


def test_a_first_reading_and_a_new_field_are_no_drift(
    connection: Connection, told: list[str]
) -> None:
    make_site(destination=connection.destination)

    fields.store(connection, "Leads", {}, NOW)
    fields.store(connection, "Leads", {"City": CITY}, NOW)

    assert told == []
