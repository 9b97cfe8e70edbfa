"""What the CRM's own fields hold that people fill in, as far as a lead is found by it.

A field's name or label says it, in the words by which fields of forms are recognised; a value with
an @ is an address whatever its field is called, and one that begins with a plus a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from leads.data import as_text, filled_in
from leads.intake.recognise.names import CALLED, TABLE, asked_for, folded, is_anothers
from leads.intake.recognise.spoken import PHONE


class Kind(Enum):
    """What a lead is found by."""

    NAME = auto()
    """A person's, or a company's."""
    PHONE = auto()
    EMAIL = auto()


KIND_OF = {
    **dict.fromkeys(("contact_name", "first_name", "last_name", "company"), Kind.NAME),
    "phone": Kind.PHONE,
    "email": Kind.EMAIL,
}
"""By our own field."""


def _words_for(*fields: str) -> frozenset[str]:
    """The names of these fields that are one word."""
    names = (name.strip() for field in fields for name in CALLED[field].split("|"))
    return frozenset(name for name in names if " " not in name)


WORDS = (
    (_words_for("email"), Kind.EMAIL),
    (_words_for("phone") | PHONE | {"fax", "telefax"}, Kind.PHONE),
    (_words_for("company") | {"account", "dealership", "gmbh", "ltd"}, Kind.NAME),
)
"""Words of which one is enough: Secondary Email, Mobile 2, Other Company."""
NAMES = _words_for("contact_name", "first_name", "last_name")
"""Words for a person's name, unless others say that it is a thing's."""
THINGS = frozenset(
    word
    for line in """
    ad adset campaign course deal event file form kampagne layout list model page product
    produkt source street user
    """.splitlines()
    for word in line.split()
)
LONG = 2000
"""Characters of one value that are looked at."""
PHONE_LIKE = re.compile(r"\s*\+[\d\s().\-/]{7,30}")


@lru_cache(maxsize=4096)
def kind_of(called: str) -> Kind | None:
    """What a field of this name or label holds; None where a lead is not found by it."""
    known = TABLE.get(asked_for(called), ("",))[0]
    if known:
        return KIND_OF.get(known)
    words = set(folded(called).split())
    for some, kind in WORDS:
        if words & some:
            return kind
    is_a_name = bool(words & NAMES) and not words & THINGS and not is_anothers((called,))
    return Kind.NAME if is_a_name else None


def filled_texts(data: dict[str, Any], labels: Mapping[str, str]) -> Iterator[tuple[Kind, str]]:
    """What was filled in that a lead is found by, with what it is; of a record its name."""
    for name, value in filled_in(data).items():
        shown = _shown(value)[:LONG]
        kind = _kind_of_value(shown) or kind_of(name) or kind_of(labels.get(name, ""))
        if kind and not isinstance(value, bool):
            yield kind, shown


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_shown, value)))
    return as_text(value.get("name") if isinstance(value, dict) else value)


def _kind_of_value(shown: str) -> Kind | None:
    if "@" in shown and " " not in shown:
        return Kind.EMAIL
    return Kind.PHONE if PHONE_LIKE.fullmatch(shown) else None
