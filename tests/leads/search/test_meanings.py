"""What people filled into the CRM's own fields is found by what the field is, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from leads.data import Reading
from leads.search.meanings import Kind, kind_of
from leads.search.words import NOTHING, tokens_of
from tests.leads.search.finding import finds


@pytest.mark.parametrize(
    ("called", "kind"),
    [
        *[(name, Kind.NAME) for name in ("Last_Name", "First_Name", "Full_Name", "Nachname")],
        *[(name, Kind.NAME) for name in ("Company", "Account_Name", "Other_Company", "Firma")],
        *[(name, Kind.NAME) for name in ("Second_Contact_Name", "Nom de famille", "Dealership")],
        *[(name, Kind.PHONE) for name in ("Phone", "Mobile", "Fax", "Other_Phone", "Mobile_2")],
        *[(name, Kind.PHONE) for name in ("Telefon privat", "Handy", "Home Phone", "WhatsApp")],
        *[(name, Kind.EMAIL) for name in ("Email", "Secondary_Email", "E-Mail 2", "Courriel")],
        *[(name, None) for name in ("Lead_Source", "Description", "Campaign_Name", "Owner")],
        *[(name, None) for name in ("Street", "City", "Website", "Designation", "Salutation")],
        *[(name, None) for name in ("No_of_Employees", "Customer_Number", "Product_Name", "")],
    ],
)
def test_a_field_of_the_crm_is_known_by_its_name_or_its_label(
    called: str, kind: Kind | None
) -> None:
    assert kind_of(called) == kind


@pytest.mark.parametrize(
    ("field", "value", "typed"),
    [
        ("Company", "Boats & More", "boats"),
        ("Account_Name", {"id": "61", "name": "Boats & More"}, "more boats"),
        ("Last_Name", "Müller", "mueller"),
        ("Mobile", "0171/1234567", "+49 171 1234567"),
        ("Mobile", 4035551106, "555 1106"),
        ("Secondary_Email", "aisha@home.example", "home.example"),
        ("Custom_7", "aisha@home.example", "aisha@home"),
        ("Custom_7", "+1 403 555-1106", "4035551106"),
    ],
)
def test_what_was_filled_in_finds_the_lead(field: str, value: Any, typed: str) -> None:
    assert finds(typed, Reading({"contact_name": "Bo Li"}, {field: value}))
    assert not finds(typed, Reading({"contact_name": "Bo Li"}))


def test_the_label_says_it_where_the_name_does_not() -> None:
    lead = Reading({}, {"Custom_7": "0171 1234567"})

    assert not finds("1234567", lead)
    assert finds("1234567", lead, {"Custom_7": "Handy"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Lead_Source", "Trade Show"),
        ("Email_Opt_Out", True),
        ("Annual_Revenue", 4_035_551_106),
        ("Follow_Up", "2026-11-30"),
        ("Mobile", None),
        ("Company", {"id": "61"}),
        ("Contact_Names", [{"id": "61"}]),
    ],
)
def test_what_names_nobody_is_no_token(field: str, value: Any) -> None:
    assert tokens_of(Reading({}, {field: value})) == [NOTHING]
