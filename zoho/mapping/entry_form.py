"""Zoho's form, as a person who types a lead in by hand walks through it. Pure."""

from __future__ import annotations

from typing import Any

from leads.data import as_text, filled_in
from leads.delivery.gateway import FormField
from zoho.mapping.mapper import Rule
from zoho.mapping.paths import find
from zoho.mapping.record import Plan

FORM = (
    *("Salutation", "First_Name", "Last_Name", "Company", "Account_Name", "Deal_Name", "Name"),
    *("Designation", "Email", "Secondary_Email", "Phone", "Mobile", "Fax", "Website"),
    *("Lead_Source", "Lead_Status", "Industry", "No_of_Employees", "Annual_Revenue", "Rating"),
    *("Street", "City", "State", "Zip_Code", "Country"),
    *("Mailing_Street", "Mailing_City", "Mailing_State", "Mailing_Zip", "Mailing_Country"),
    *("Billing_Street", "Billing_City", "Billing_State", "Billing_Code", "Billing_Country"),
)
"""Zoho's standard layout from top to bottom. Fields of an organisation's own follow by label."""
LAST = "Description"


def entry_form(data: dict[str, Any], record: dict[str, Any], plan: Plan) -> list[FormField]:
    """Every field that the record fills or a rule might, in the order of Zoho's form.

    Our reference comes last: a record that carries it is recognised for good.
    """
    names = dict.fromkeys([*record, *(rule.target for rule in plan.rules), *filled_in(data)])
    fields = [
        FormField(name, _label(name, plan), record.get(name), _sources(name, data, plan.rules))
        for name in names
    ]
    return sorted(fields, key=lambda field: _place(field, plan))


def _label(name: str, plan: Plan) -> str:
    field = plan.fields.get(name)
    return (field.label if field else "") or name.replace("_", " ")


def _place(field: FormField, plan: Plan) -> tuple[int, str]:
    if field.name in FORM:
        return FORM.index(field.name), ""
    late = 2 if field.name in plan.reserved else 1 if field.name == LAST else 0
    return len(FORM) + late, field.label.lower()


def _sources(name: str, data: dict[str, Any], rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """The fields of the lead that rules put there; all that they might where none has a value.

    None where a person gave the value for just this field.
    """
    if name in filled_in(data):
        return ()
    paths = [path for rule in rules if rule.target == name for path in rule.sources]
    filled = [path for path in paths if as_text(find(data, path)[1])]
    return tuple(dict.fromkeys(filled or paths))
