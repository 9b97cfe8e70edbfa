"""Reading a lead's data: the known fields, and any JSON value as the text it stands for."""

from __future__ import annotations

import json
import re
from typing import Any

BRACKETS = re.compile(r"([^\[\]\s][^\[\]]*[^\[\]\s]|[^\[\]\s])((?:\[[^\[\]]*\])+)")
KNOWN_FIELDS = (
    "contact_name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "street",
    "city",
    "state",
    "zip",
    "country",
    "message",
)


STAND_INS = {"first_name": ("first_name",), "email": ("first_name", "email")}
"""By the site's option for a lead without a name, the fields that may stand for it."""


def as_text(value: Any) -> str:
    """A JSON value as text without surrounding blanks; nothing of it is left out.

    Lists of plain values are joined with commas; other structures keep their JSON.
    """
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "yes" if value else "no"
        case list() if not any(isinstance(item, dict | list) for item in value):
            return ", ".join(filter(None, map(as_text, value)))
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


class Reading(dict[str, Any]):
    """A lead's fields, as they were read from a form tool's post or as a person corrected them.

    Our fields by name, everything else by its path; `paths` says where ours were found, so that a
    rule for `your-name` goes on finding what was recognised as the name.
    """

    paths: dict[str, str]
    came: dict[str, Any] | None = None
    """The data as it came, for rules that were saved for it; None where a person corrected it."""
    filled: dict[str, Any]
    """What a person gave for fields of the CRM itself, by the CRM's names for them."""

    def __init__(self, fields: dict[str, Any], filled: dict[str, Any] | None = None) -> None:
        super().__init__(fields)
        self.paths, self.filled = {}, filled or {}

    @classmethod
    def of(cls, stored: dict[str, Any], came: dict[str, Any]) -> Reading:
        """What a lead keeps of it, as data."""
        reading = cls(stored["fields"])
        reading.paths, reading.came = stored["paths"], came
        return reading

    @classmethod
    def corrected(
        cls,
        fields: dict[str, Any],
        filled: dict[str, Any] | None = None,
        stored: dict[str, Any] | None = None,
        came: dict[str, Any] | None = None,
    ) -> Reading:
        """What a revision holds. What it left as it was read, rules find as before."""
        reading = cls(fields, filled)
        if stored:
            reading.paths = stored["paths"]
            reading.came = came if fields == stored["fields"] else None
        return reading


def changed(
    before: dict[str, Any], fields: dict[str, Any], filled: dict[str, Any] | None = None
) -> Reading:
    """A lead's data with these fields instead, and what was given for the CRM's own."""
    after = Reading(fields, filled)
    if isinstance(before, Reading):
        after.paths = before.paths
        after.came = before.came if fields == before else None
    return after


def filled_in(data: dict[str, Any]) -> dict[str, Any]:
    """What a person gave for fields of the CRM itself; nothing in data as it came."""
    return data.filled if isinstance(data, Reading) else {}


def text(data: dict[str, Any], field: str) -> str:
    """One field as text; empty where it is absent."""
    return as_text(data.get(field))


def contact_name(data: dict[str, Any]) -> str:
    """The person's name: contact_name, or what the parts make."""
    return text(data, "contact_name") or " ".join(
        filter(None, (text(data, "first_name"), text(data, "last_name")))
    )


def has_name(data: dict[str, Any]) -> bool:
    """Whether there is what Zoho needs: a contact name, or at least a last name."""
    return bool(text(data, "contact_name") or text(data, "last_name"))


def stand_in(data: dict[str, Any], nameless: str) -> tuple[str, str]:
    """What is sent for a last name that nobody gave, and its field: as the site's option says.

    `nameless` is a `Site.Nameless`. Empty where the option is to hold such a lead, or nothing fits.
    """
    for field in STAND_INS.get(nameless, ()):
        if value := text(data, field):
            return field, value
    return "", ""


def normalised_email(data: dict[str, Any]) -> str:
    """The address as it is compared: trimmed and case-folded; empty where there is none."""
    return text(data, "email").casefold()


def columns(data: dict[str, Any]) -> dict[str, str]:
    """What the desk shows and searches, cut to its columns (the data itself stays whole)."""
    return {
        "name": contact_name(data)[:200],
        "email": normalised_email(data)[:254],
        "phone": re.sub(r"\s+", " ", text(data, "phone"))[:50],
    }


def canonical(name: str) -> str:
    """A name as a form may spell it, as a path: `fields[name][value]` is `fields.name`."""
    parts = list(parts_of(name))
    while len(parts) > 1 and parts[-1] in ("value", ""):
        parts.pop()
    return ".".join(parts)


def parts_of(name: str) -> tuple[str, ...]:
    """The steps of a name with brackets; one step where it has none."""
    found = BRACKETS.fullmatch(name) if "[" in name else None
    return (found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])) if found else (name,)
