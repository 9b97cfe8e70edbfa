"""Whatever changed in Zoho since its metadata was read: what is lost is found.

The sandbox's own rules are the witness; they share no code with fitting and judging.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leads.data import as_text
from tests.zoho.fields import AS_SHIPPED
from zoho.fit.layouts import Layouts, compact_layouts
from zoho.fit.metadata import compact, read_fields
from zoho.mapping.record import Plan, to_record
from zoho.proof.judge import compare
from zoho.proof.plan import readable
from zoho.sandbox.organisation.catalogue import Catalogue, Module
from zoho.sandbox.settings import _layout as layout_object

SOURCES = ("last_name", "first_name", "email", "phone", "company", "city", "zip", "street")
TARGETS = ("First_Name", "Email", "Phone", "Company", "City", "Zip_Code", "Street", "Description")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)
SOME = st.sets(st.sampled_from(TARGETS))
WEB = "6100000000000777001"
RENEWED = st.fixed_dictionaries(
    {
        "drop": SOME,
        "read_only": SOME,
        "layout": st.none() | SOME,
        "without": st.sets(st.just("Description")),
    }
)


def module(order: dict[str, Any]) -> Module:
    """Leads as the order changes it."""
    catalogue = Catalogue()
    catalogue.define(
        "Leads", {"fields": [{"api_name": n, "read_only": True} for n in order["read_only"]]}
    )
    layout: dict[str, Any] = {"id": WEB, "name": "Web", "without": sorted(order["without"])}
    if order["layout"] is not None:
        layout["fields"] = ["Last_Name", *order["layout"]]
    return catalogue.define("Leads", {"drop": sorted(order["drop"]), "layouts": [layout]})


def plan_of(leads: Module) -> Plan:
    """The plan of a site that names the layout, by what Zoho says of the module."""
    fields = compact({"fields": list(leads.described.values())})
    layouts = compact_layouts(
        {"layouts": [layout_object(leads, one) for one in leads.layouts.values()]}
    )
    assert fields is not None
    assert layouts is not None
    extras = {"Layout": {"id": WEB}}
    return Plan(fields=read_fields(fields), layouts=Layouts(layouts), extras=extras)


@given(
    then=RENEWED,
    now=st.none() | RENEWED,
    data=st.dictionaries(st.sampled_from([*SOURCES, "message", "other"]), TEXT),
)
def test_every_character_is_there_or_the_lead_is_held_or_marked(
    then: dict[str, Any], now: dict[str, Any] | None, data: dict[str, str]
) -> None:
    data = {"last_name": "Lovelace"} | data
    known, real = plan_of(module(then)), module(now or then)
    fitted = to_record(data, known)
    if fitted.failure is not None:
        return  # held

    rules = real.rules_for(real.layouts[WEB])
    stored, errors = rules.read(fitted.record, 0, AS_SHIPPED)
    if errors:
        return  # refused, and with a person
    said = "\n".join(as_text(value) for value in stored.values())
    vanished = [word for value in data.values() for word in value.split() if word not in said]

    today = plan_of(real)
    fields = today.layouts.fields(known.extras["Layout"], today.fields)
    lost = compare(readable(fitted.record), stored, fields, ())
    assert bool(lost) or not vanished
    if now is None:
        assert not vanished
        assert lost == []
