"""Zoho's form: its order, its labels, and which of our fields go where."""

from __future__ import annotations

from typing import Any

from zoho.fit.metadata import Field
from zoho.mapping.entry_form import entry_form
from zoho.mapping.mapper import read_rules
from zoho.mapping.record import Plan, to_record

DATA = {"contact_name": "Ana Silva", "email": "a@b.example", "zip": "1010", "x": "y"}


def form(data: dict[str, Any], plan: Plan | None = None) -> list[Any]:
    plan = plan or Plan()
    return entry_form(data, to_record(data, plan).record, plan)


def test_fields_stand_as_in_zohos_layout() -> None:
    filled = [field.name for field in form(DATA) if field.value is not None]

    assert filled == ["First_Name", "Last_Name", "Email", "Zip_Code", "Description"]


def test_an_organisations_own_fields_come_before_description_and_the_reference_last() -> None:
    fields = {
        name: Field(name, label=label)
        for name, label in (("Last_Name", "Last Name"), ("B_B", "Beta"), ("A_A", "Alpha"))
    } | {"Description": Field("Description", "textarea", 2000), "Lead_Ref": Field("Lead_Ref")}
    plan = Plan(fields=fields, reserved=frozenset({"Lead_Ref"}), extras={"B_B": "b", "A_A": "a"})
    record = to_record(DATA, plan).record | {"Lead_Ref": "uuid"}

    names = [f.name for f in entry_form(DATA, record, plan) if f.value is not None]

    assert names == ["Last_Name", "A_A", "B_B", "Description", "Lead_Ref"]


def test_labels_are_those_of_the_metadata() -> None:
    plan = Plan(fields={"Last_Name": Field("Last_Name", label="Nachname")})

    assert [f.label for f in form(DATA, plan) if f.name == "Last_Name"] == ["Nachname"]


def test_sources_are_the_fields_that_have_a_value() -> None:
    sources = {field.name: field.sources for field in form(DATA)}

    assert sources["Last_Name"] == ("contact_name",)
    assert sources["Zip_Code"] == ("zip",)


def test_an_empty_field_names_all_that_might_fill_it() -> None:
    sources = {field.name: field.sources for field in form({})}

    assert sources["Last_Name"] == ("first_name", "last_name", "contact_name")


def test_paths_are_sources_too() -> None:
    plan = Plan(rules=read_rules([{"source": "person.family", "target": "Last_Name"}]))

    (field,) = [f for f in form({"person": {"family": "Silva"}}, plan) if f.name == "Last_Name"]

    assert (field.value, field.sources) == ("Silva", ("person.family",))


def test_what_was_mended_names_its_fields() -> None:
    fitted = to_record({"contact_name": "Ana", "zip": "x" * 20})

    assert [(m.sources, m.what) for m in fitted.mendings] == [
        (("zip",), "longer than 10 characters, moved to Street")
    ]
