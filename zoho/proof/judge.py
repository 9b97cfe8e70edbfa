"""What of a lead is not in its record: values that are empty there, or cut. Pure.

A value that is another one than was sent is no finding: workflows and sales people do that. Our own
reference is the exception: with another one in its place the lead can be inserted once more.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from leads.data import as_text
from zoho.fit.metadata import Field, Fields, Record
from zoho.models import Cause
from zoho.proof.plan import is_empty

Kind = Cause.Kind


class Lost(NamedTuple):
    """One value that did not arrive, and how."""

    field: str
    kind: Kind


def compare(
    sent: Record,
    found: Record,
    fields: Fields,
    unreadable: Collection[str],
    reference: str = "",
) -> list[Lost]:
    """The values of `sent` that `found`, the record as Zoho shows it, does not have.

    `fields` are those of the record's layout. What is in `unreadable` is not shown to us in any
    record, so that nothing is known of it.
    """
    lost = []
    for name, value in sorted(sent.items()):
        field = fields.get(name)
        if name in unreadable or is_empty(value):
            continue
        if is_empty(found.get(name)):
            lost.append(Lost(name, why_empty(field)))
        elif is_cut(value, found[name], field):
            lost.append(Lost(name, Kind.CUT))
        elif name == reference and is_replaced(value, found[name]):
            lost.append(Lost(name, Kind.REPLACED))
    return lost


def why_empty(field: Field | None) -> Kind:
    """What is known of the reason."""
    if field is None:
        return Kind.DROPPED
    if field.outside:
        return Kind.OUTSIDE
    return Kind.READ_ONLY if field.read_only else Kind.EMPTY


def is_cut(sent: object, found: object, field: Field | None) -> bool:
    """Whether the field holds the exact beginning of the value, and as much of it as it can."""
    return is_beginning(sent, found) and field is not None and is_full(str(sent), str(found), field)


def is_replaced(sent: object, found: object) -> bool:
    """Whether another reference is there; how its letters are written does not matter."""
    return as_text(found).casefold() != as_text(sent).casefold()


def is_beginning(sent: object, found: object) -> bool:
    """Whether the one text is what the other begins with, and less than all of it: blanks at the
    end are nothing.
    """
    if not isinstance(sent, str) or not isinstance(found, str):
        return False
    return found.rstrip() != sent.rstrip() and sent.startswith(found)


def is_full(sent: str, found: str, field: Field) -> bool:
    """Whether the next sign had no room, counted as signs or as UTF-16 does."""
    # Zoho drops blanks at the end of what it stores.
    kept = sent[: len(found) + len(sent[len(found) :]) - len(sent[len(found) :].lstrip())]
    more = sent[len(kept) : len(kept) + 1]
    return len(kept) >= field.length or utf16(kept + more) > field.length


def utf16(text: str) -> int:
    """How many units a text has in UTF-16: an emoji has two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
