"""Personal data on the pages: whole for those who work with it, masked for everybody else.

Who may see no lead at all sees no mask either: initials and a domain are a lead's too.
"""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from phonenumbers import SUPPORTED_REGIONS

from leads.data import KNOWN_FIELDS
from leads.desk.kit import formatting
from leads.desk.kit.permissions import may_view_leads
from leads.models import Lead

PERMISSION = "leads.view_personal_data"
HIDDEN = "hidden"
"""What stands where a value is not shown."""
COUNTRY = "country"
"""The field that tells nothing of a person, where it names a country."""


def may_see(user: Any) -> bool:
    """Whether the user may see personal data."""
    return bool(user.has_perm(PERMISSION))


def may_see_leads_whole(user: Any) -> bool:
    """Whether the user may see leads, and the people in them."""
    return may_see(user) and may_view_leads(user)


def may_see_exchange(user: Any) -> bool:
    """Whether the user may see what was sent to Zoho and what it answered."""
    return may_see(user) and bool(user.has_perm("leads.view_apicall"))


def name(value: str) -> str:
    """The initials of a name: Ada Lovelace as A… L…"""
    return " ".join(f"{part[0]}…" for part in value.split())


def email(value: str) -> str:
    """An address as a…@example.com; without an @ nothing of it is left."""
    user, at, domain = value.rpartition("@")
    return f"{user[:1]}…@{domain}" if at else value and f"{value[:1]}…"


def phone(value: str) -> str:
    """The last two digits: …42"""
    return f"…{value[-2:]}" if len(value) > 4 else value and "…"


FORMS = {
    "name": name,
    "contact_name": name,
    "first_name": name,
    "last_name": name,
    "email": email,
    "phone": phone,
}


def value(field: str, text: str, user: Any) -> str:
    """One field of a lead as the user may see it."""
    if not text or not may_view_leads(user):
        return text and HIDDEN
    if may_see(user) or (field == COUNTRY and text.upper() in SUPPORTED_REGIONS):
        return text
    return FORMS[field](text) if field in FORMS else HIDDEN


def field(text: str, user: Any) -> str:
    """The name of a field as the user may see it: a sender may call one by a person's address."""
    return text if text in KNOWN_FIELDS or may_see(user) else HIDDEN


def words(text: str, user: Any) -> str:
    """Free text that may quote a lead: Zoho's words, a note, a page's address."""
    return text if not text or may_see_leads_whole(user) else HIDDEN


def who(lead: Lead, user: Any) -> SafeString:
    """Name, e-mail and phone in one line."""
    if not may_view_leads(user):
        return SafeString()
    if may_see(user):
        return formatting.who(lead.name, lead.email, lead.phone)
    return formatting.who(name(lead.name), email(lead.email), phone(lead.phone))


def veil(lead: Lead) -> None:
    """Mask a lead in memory, for a page that only shows it. Nobody saves what was veiled."""
    lead.name, lead.email, lead.phone = name(lead.name), email(lead.email), phone(lead.phone)
    lead.reason_text = lead.reason_text and HIDDEN
