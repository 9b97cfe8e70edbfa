"""What is odd about the fields of a lead. Nothing here refuses anything."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from leads.data import KNOWN_FIELDS, as_text, contact_name, text
from leads.flags import Flag

LONG_VALUE = 20_000
MANY_FIELDS = 100
COLUMNS = {"name": 200, "email": 254, "phone": 50}
"""What the lists hold of a lead, in characters; see `leads.data.columns`."""
JUDGED = frozenset({Flag.NO_CONTACT, Flag.BAD_EMAIL, Flag.CONVERTED, Flag.CLIPPED, Flag.LONG})
"""The flags that go by the fields as they were read."""


def oddities(data: dict[str, Any]) -> set[Flag]:
    """The flags that a set of fields deserves."""
    name, email, phone = contact_name(data), text(data, "email"), text(data, "phone")
    found = {
        Flag.NO_CONTACT: not email and not phone,
        Flag.BAD_EMAIL: bool(email) and not is_address(email),
        Flag.CONVERTED: is_converted(data),
        Flag.CLIPPED: (
            len(name) > COLUMNS["name"]
            or len(email) > COLUMNS["email"]
            or len(phone) > COLUMNS["phone"]
        ),
        Flag.LONG: len(data) > MANY_FIELDS or any(map(is_long, data.values())),
    }
    return {flag for flag, applies in found.items() if applies}


def is_converted(data: dict[str, Any]) -> bool:
    """Whether one of our fields is something else than a text."""
    return any(not_text(data.get(field)) for field in KNOWN_FIELDS)


def is_address(text: str) -> bool:
    """Whether a mail server could take it for an address."""
    if len(text) > COLUMNS["email"]:
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def not_text(value: Any) -> bool:
    """Whether a value stands where a text belongs and is none; null is no value."""
    return value is not None and not isinstance(value, str)


def is_long(value: Any) -> bool:
    """Whether a value has more characters than an enquiry has."""
    if value is None or isinstance(value, bool | int | float):
        return False
    return len(value if isinstance(value, str) else as_text(value)) > LONG_VALUE
