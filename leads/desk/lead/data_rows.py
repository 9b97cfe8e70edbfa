"""A lead's data for people: known fields first, and the ones that the CRM complained of marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from leads.data import KNOWN_FIELDS, as_text, filled_in
from leads.delivery.gateway import FormField, Preview
from leads.desk.kit import masking
from leads.desk.kit.formatting import label
from leads.desk.lead.download import LONGEST_VALUE, MOST_FIELDS, cut
from leads.models import Lead
from leads.shown.sentences import shown


@dataclass(frozen=True)
class Row:
    """One field of the lead's data."""

    name: str
    value: str
    known: bool
    guilty: bool
    """Whether the CRM, or a rule, named this field when it refused the lead."""
    goes_to: str
    """The fields of the CRM's form that it goes into; empty where none is its own."""
    mended: str = ""
    """What is done so that it fits."""
    corrected: bool = False
    """Whether a person gave the value."""
    is_cut: bool = False
    """Whether the value is longer."""


def data_rows(lead: Lead, preview: Preview, user: Any) -> list[Row]:
    """The data as it would be sent, masked for those who may not see personal data.

    A field that was named and is not there has a row too: it is what must be filled in. Of the
    others so many as a page shows; `download` has them all.
    """
    data, came = lead.current_data(), lead.reading["fields"] if lead.reading else lead.data
    guilty = guilty_names(lead.reason_field, preview.form, data)
    names = [name for name in KNOWN_FIELDS if name in data or name in guilty]
    names += [name for name in data if name not in KNOWN_FIELDS and name in guilty]
    names += [name for name in data if name not in KNOWN_FIELDS and name not in guilty]
    rows = []
    for name in names[:MOST_FIELDS]:
        shown = cut(masking.value(name, value_text(data.get(name)), user))
        row = Row(
            cut(masking.field(name, user)).text,
            shown.text,
            name in KNOWN_FIELDS,
            name in guilty,
            goes_to(name, preview.form, data),
            mended(name, preview, data),
            bool(lead.revision) and data.get(name) != came.get(name),
            shown.is_cut,
        )
        rows.append(row)
    return [*rows, *filled_rows(data, preview, user)]


def value_text(value: Any) -> str:
    """A value as text; of a large structure no more than a page shows, and one character."""
    if isinstance(value, list) and len(value) > LONGEST_VALUE:
        value = value[:LONGEST_VALUE]
    return as_text(value)


def filled_rows(data: dict[str, Any], preview: Preview, user: Any) -> list[Row]:
    """What a person gave for fields of the CRM itself, by their labels."""
    labels = {field.name: field.label for field in preview.form}
    return [
        Row(name, masking.value(name, shown_value(value), user), False, False,
            labels.get(name, ""), corrected=True)
        for name, value in filled_in(data).items()
    ]  # fmt: skip


def shown_value(value: Any) -> str:
    """A value as text, of a record its name."""
    return as_text(value.get("name") if isinstance(value, dict) and "name" in value else value)


def guilty_names(named: str, form: list[FormField], data: dict[str, Any]) -> set[str]:
    """The fields of the lead that are meant by the field, or the list of fields, of a refusal.

    A rule names our own field; the CRM names its own, and its form says what goes in there.
    """
    fields = {part.strip() for part in named.split(",") if part.strip()}
    sources = [path for field in form if field.name in fields for path in field.sources]
    return fields | {top(path, data) for path in sources}


def goes_to(name: str, form: list[FormField], data: dict[str, Any]) -> str:
    """The labels of the form's fields that this field of the lead goes into, unless its own."""
    fields = (f for f in form if any(top(path, data) == name for path in f.sources))
    labels = [field.label for field in fields]
    return (
        "" if [one.casefold() for one in labels] == [label(name).casefold()] else ", ".join(labels)
    )


def mended(name: str, preview: Preview, data: dict[str, Any]) -> str:
    """What is done so that the field's value fits."""
    words = (
        shown(m.what) for m in preview.mendings if any(top(p, data) == name for p in m.sources)
    )
    return "; ".join(dict.fromkeys(words))


def top(path: str, data: dict[str, Any]) -> str:
    """The field of the lead that a path leads into: utm of utm.source."""
    return path if path in data else re.split(r"[.\[]", path, maxsplit=1)[0]
