"""Drift: what changed in Zoho between two readings, for every kind of change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from django.utils import timezone

from leads.models import Site
from leads.signals import set_up_changed
from tests.factories import make_lead, make_site
from zoho.fit import fields
from zoho.fit.drift import drifts, layout_drifts
from zoho.models import Cause, Connection, Loss, Mapping, ReadBack

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


PHONE = {"type": "phone", "label": "Phone"}


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ([(False, {})], []),
        ([(False, {}), (True, {})], ["Leads: City is no longer there. Phone is no longer there."]),
        ([(False, {}), (True, {}), (True, {})], [ANY]),
        ([(False, {"City": CITY}), (True, {})], [ANY]),
        ([(False, {}), (False, {"City": CITY}), (True, {"City": CITY})], [ANY]),
        ([(False, {}), (True, {"City": CITY, "Phone": PHONE})], []),
        ([(True, {}), (False, {"City": CITY}), (True, {"City": CITY})], [ANY]),
        ([(True, {}), (False, {"City": CITY}), (True, {})], [ANY]),
    ],
)
def test_what_a_reading_of_proof_sees_the_next_reading_tells_once(
    connection: Connection, told: list[str], readings: list[Any], said: list[Any]
) -> None:
    make_site(destination=connection.destination)
    fields.store(connection, "Leads", {"City": CITY, "Phone": PHONE}, NOW)

    for hours, (tell, found) in enumerate(readings, 1):
        now = NOW + timedelta(hours=hours)
        row = fields.store(connection, "Leads", found, now, tell=tell)
        assert row.fields == found

    assert told == said


@pytest.mark.parametrize(
    ("kind", "ago", "is_test", "said"),
    [
        ("dropped", 1, False, ["Leads: Phone is no longer there."]),
        ("outside", 1, False, ["Leads: Phone is no longer there."]),
        ("empty", 1, False, ["Leads: City is no longer there. Phone is no longer there."]),
        ("dropped", 25, False, ["Leads: City is no longer there. Phone is no longer there."]),
        ("dropped", 1, True, ["Leads: City is no longer there. Phone is no longer there."]),
    ],
)
def test_what_the_notice_of_lost_values_said_is_not_told_again(
    connection: Connection, told: list[str], kind: str, ago: int, is_test: bool, said: list[str]
) -> None:
    site = make_site(destination=connection.destination)
    fields.store(connection, "Leads", {"City": CITY, "Phone": PHONE}, NOW)
    back = ReadBack.objects.create(
        lead=make_lead(site=site, is_test=is_test),
        destination=connection.destination,
        due_at=NOW,
        created_at=NOW,
    )
    at = NOW - timedelta(hours=ago)
    cause = Cause.objects.create(site=site, module="Leads", field="City", kind=kind, told_at=at)
    Loss.objects.create(read_back=back, cause=cause, field="City", found_at=at)

    fields.store(connection, "Leads", {}, NOW)

    assert told == said


@pytest.mark.parametrize(
    ("options", "rules", "said"),
    [
        ({"Layout": {"id": "7"}}, [], ["7"]),
        ({}, [{"source": "x", "target": "Layout"}], ["7", "8"]),
        ({}, [{"source": "x", "target": "City"}], []),
    ],
)
def test_a_rule_may_choose_any_layout(
    connection: Connection,
    told: list[str],
    options: dict[str, Any],
    rules: list[Any],
    said: list[str],
) -> None:
    site = make_site(destination=connection.destination, options=options)
    Mapping.objects.create(site=site, rules=rules)
    known = {"Lead_Ref": {"type": "text", "unique": True}}
    layout = {"fields": ["Lead_Ref"], "required": [], "read_only": []}
    before = {one: layout | {"name": one} for one in ("7", "8")}
    fields.store(connection, "Leads", known, NOW, before)

    fields.store(connection, "Leads", known, NOW, {n: before[n] | {"fields": []} for n in before})

    gone = [f"Lead_Ref is no longer in the layout “{one}”." for one in said]
    assert told == ([f"Leads: {' '.join(gone)}"] if gone else [])
