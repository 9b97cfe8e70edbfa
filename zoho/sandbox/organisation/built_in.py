"""What is known of the built-in modules beside their fields."""

from __future__ import annotations

from zoho.sandbox.organisation.fields import DECIMALS, Field

# What *upsert* compares where the caller names no field.
CHECK_FIELDS = {
    "Leads": "Email",
    "Contacts": "Email",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Campaigns": "Campaign_Name",
    "Cases": "Subject",
    "Products": "Product_Name",
    "Vendors": "Vendor_Name",
    "Solutions": "Solution_Title",
    "Quotes": "Subject",
    "Sales_Orders": "Subject",
    "Purchase_Orders": "Subject",
    "Invoices": "Subject",
    "Price_Books": "Price_Book_Name",
}

NO_UPSERT = frozenset({"Tasks", "Calls", "Events"})

# Modules of Zoho's that its API does not serve.
UNSUPPORTED = frozenset({"Documents", "Projects"})

_STAGES = ("Qualification", "Proposal", "Closed Won", "Closed Lost")
PIPELINES: dict[str, tuple[str, ...]] = {
    "Standard (Standard)": _STAGES,
    "Renewals": ("Qualification", "Closed Won", "Closed Lost"),
}

# Choices by field, or by module and field where one name means two lists.
CHOICES: dict[str, tuple[str, ...]] = {
    "Lead_Source": ("-None-", "Web site", "Trade fair"),
    "Lead_Status": ("-None-", "Not Contacted", "Contacted", "Junk Lead"),
    "Salutation": ("-None-", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof."),
    "Rating": ("-None-", "Active", "Acquired", "Shut Down"),
    "Stage": _STAGES,
    "Pipeline": tuple(PIPELINES),
    "Call_Type": ("Inbound", "Outbound", "Missed"),
    "Outbound_Call_Status": ("Scheduled", "Completed"),
    "Call_Purpose": ("-None-", "Prospecting", "Administrative", "Demo"),
    "Priority": ("High", "Normal", "Low"),
    "Case_Origin": ("-None-", "E-mail", "Phone", "Web"),
    "Pricing_Model": ("Flat", "Differential"),
    "Job_Sheet_Required": ("Yes", "No"),
    "Tasks.Status": ("Not Started", "In Progress", "Completed", "Deferred"),
    "Cases.Status": ("New", "On Hold", "Escalated", "Closed"),
    "Appointments.Status": ("Scheduled", "Completed", "Cancelled", "Overdue"),
}

MODULE_IDS = {
    "Leads": "6100000000000002175",
    "Accounts": "6100000000000002177",
    "Contacts": "6100000000000002179",
    "Deals": "6100000000000002181",
}


def read_table(table: str, module: str = "") -> list[Field]:
    """The fields of one table, in its order."""
    return [_field(line.split(), module) for line in table.splitlines() if line.strip()]


def _field(words: list[str], module: str) -> Field:
    name, data_type, length, *marks = words
    return Field(
        api_name=name,
        data_type=data_type,
        length=int(length),
        decimals=DECIMALS.get(data_type),
        mandatory="mandatory" in marks,
        unique="unique" in marks,
        custom="custom" in marks,
        read_only="read-only" in marks,
        choices=CHOICES.get(f"{module}.{name}") or CHOICES.get(name, ()),
        lookup=next((mark[1:] for mark in marks if mark[0] == ">"), ""),
    )
