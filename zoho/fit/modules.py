"""What Zoho asks of records of each module, beyond what its metadata says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from leads.shown.sentences import Sentence
from zoho.fit.metadata import Record

MANDATORY: dict[str, tuple[str, ...]] = {
    "Leads": ("Last_Name",),
    "Contacts": ("Last_Name",),
    "Accounts": ("Account_Name",),
    "Deals": ("Deal_Name", "Stage"),
    "Tasks": ("Subject",),
    "Calls": ("Subject", "Call_Type", "Call_Start_Time", "Call_Duration"),
    "Events": ("Event_Title", "Start_DateTime", "End_DateTime"),
    "Products": ("Product_Name",),
    "Quotes": ("Subject", "Quoted_Items"),
    "Invoices": ("Subject", "Invoiced_Items"),
    "Sales_Orders": ("Subject", "Ordered_Items"),
    "Purchase_Orders": ("Subject", "Vendor_Name", "Purchased_Items"),
    "Campaigns": ("Campaign_Name",),
    "Vendors": ("Vendor_Name",),
    "Price_Books": ("Price_Book_Name", "Pricing_Details"),
    "Cases": ("Case_Origin", "Status", "Subject"),
    "Solutions": ("Solution_Title",),
    "Appointments": (),
    "Appointments_Rescheduled_History": (),
    "Services": (),
    "Notes": (),
}
"""System-mandatory fields: Zoho's page "Insert Records", v8.

`Pipeline` is left to Zoho, which asks for it in a deal only where pipelines are on; so are
`Call_Duration` of a scheduled call and `Remind_At` of a recurring meeting, on which Zoho's page
contradicts itself. A custom module has `Name`.
"""

ALIASES = {"meetings": "Events", "price books": "Price_Books"}
MOST_PARTICIPANTS = 50
RELATED = ("Tasks", "Calls", "Events")
"""Activities name the module of the record that they belong to."""
REQUIRED = Sentence(_("%(field)s: Zoho requires it in %(module)s."))
NO_TIME = Sentence(_("Call_Duration: an inbound or outbound call cannot last no time."))
CROWDED = Sentence(_("Participants: an event takes %(most)s at most."))
NOWHERE = Sentence(_("$se_module: name the module of the record in What_Id."))


def api_name(given: str) -> str:
    """A module's API name, whether people write "Meetings", "Sales Orders" or "leads"."""
    plain = given.strip().lower()
    known = {name.lower().replace("_", " "): name for name in MANDATORY}
    squeezed = {name.lower().replace("_", ""): name for name in MANDATORY}
    spaced = plain.replace("_", " ")
    return ALIASES.get(spaced) or known.get(spaced) or squeezed.get(plain) or given.strip()


def faults(module: str, record: Record) -> list[str]:
    """What Zoho would refuse in a record of this module; empty where nothing is known to be."""
    missing = [
        REQUIRED(field=name, module=module)
        for name in MANDATORY.get(module, ("Name",))
        if name not in _excused(module, record) and record.get(name) in (None, "", [])
    ]
    return missing + [words for is_wrong, words in RULES if is_wrong(module, record)]


def _excused(module: str, record: Record) -> set[str]:
    scheduled = record.get("Outbound_Call_Status") == "Scheduled"
    return {"Call_Duration"} if module == "Calls" and scheduled else set()


def _lasts_no_time(module: str, record: Record) -> bool:
    made = record.get("Call_Type") in ("Inbound", "Outbound")
    duration = str(record.get("Call_Duration", ""))
    return module == "Calls" and made and bool(re.fullmatch("0+(:0+)*", duration))


def _is_crowded(_module: str, record: Record) -> bool:
    participants = record.get("Participants")
    return isinstance(participants, list) and len(participants) > MOST_PARTICIPANTS


def _belongs_nowhere(module: str, record: Record) -> bool:
    return module in RELATED and bool(record.get("What_Id")) and not record.get("$se_module")


RULES: list[tuple[Callable[[str, Record], bool], str]] = [
    (_lasts_no_time, NO_TIME()),
    (_is_crowded, CROWDED(most=MOST_PARTICIPANTS)),
    (_belongs_nowhere, NOWHERE()),
]
"""The few special rules, each with its words."""
