"""What each value may be, by what it is called: its label, its name, its kind, its shape. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple

from leads.data import KNOWN_FIELDS
from leads.intake.body.shape import Field, Path
from leads.intake.recognise.names import (
    ADDRESSING,
    ALONE,
    POLITE,
    TABLE,
    asked_for,
    folded,
    is_anothers,
    is_of_the_form,
)
from leads.intake.recognise.places import called_step, place_of
from leads.intake.recognise.remembered import remembered
from leads.intake.recognise.spoken import spoken
from leads.intake.recognise.values import ADDRESS, is_a_number, is_like_a_name, may_be_a_name

PERSON = frozenset({"contact_name", "first_name", "last_name", "phone"})
"""What is never taken from what belongs to the form, to a thing or to somebody else."""
NAMES = ("contact_name", "first_name", "last_name")
AFTER_ALL = 1000
"""A rank behind all that the table has."""
PARTS = {
    ("contact_name", "first"): "first_name",
    ("contact_name", "given"): "first_name",
    ("contact_name", "last"): "last_name",
    ("contact_name", "family"): "last_name",
    ("contact_name", "full"): "contact_name",
    **{
        ("phone", sort): "phone"
        for sort in ("full", "number", "voice", "cell", "cellphone", "mobile", "home", "work")
    },
    **{("phone", sort): "phone" for sort in ("day", "evening", "office", "main", "primary")},
    **{("email", sort): "email" for sort in ("work", "home", "personal", "main", "primary")},
}
"""What the parts of an answer are, by what the whole is: `{"first": "Ada", "last": "Byron"}`."""


class Why(IntEnum):
    """What spoke for a value; less is stronger."""

    CHOSEN = 0
    OWN_NAME = 1
    LABEL = 2
    KIND = 3
    SHORT_LABEL = 4
    SHAPE = 5


class Candidate(NamedTuple):
    """A value that may be one of our fields."""

    name: str
    why: Why
    rank: int
    text: str
    field: Field

    @property
    def group(self) -> Path:
        """The object that it stands in."""
        return group_of(self.field)

    @property
    def place(self) -> Path:
        """The things that it stands below; none for what was chosen."""
        return () if self.why <= Why.OWN_NAME else place_of(self.field)


def group_of(one: Field) -> Path:
    """The object that a value stands in; for `PHONE.0.VALUE` that of `PHONE`."""
    at = called_step(one)
    return one.group if one.about.label or at == len(one.path) - 1 else one.path[:at]


def candidates_of_all(
    filled: Iterable[tuple[Field, str]], chosen: Mapping[str, str]
) -> list[Candidate]:
    """What each of the values with its text may be; `chosen` holds paths by our field."""
    return [found for one, text in filled for found in candidates_of(one, text, chosen)]


def candidates_of(one: Field, text: str, chosen: Mapping[str, str]) -> Iterable[Candidate]:
    """The value as one of our fields; none where nothing speaks for it."""
    if chosen and (picked := [name for name, path in chosen.items() if path == one.name]):
        return [Candidate(name, Why.CHOSEN, 0, text, one) for name in picked]
    name, why, rank = _called(one, text)
    if not name or name in chosen:
        return []
    if why > Why.OWN_NAME and not _fits(name, why, text, one):
        return []
    return [Candidate(name, why, rank, text, one)]


def _called(one: Field, text: str) -> tuple[str, Why, int]:
    """The field that a value is called by, how surely, and its rank among the names for it."""
    leaf = one.path[-1] if one.path else ""
    if len(one.path) == 1 and leaf in KNOWN_FIELDS:
        return leaf, Why.OWN_NAME, 0
    for label, above in _labels(one):
        if found := _by_label((label, above)):
            return _in_a_list(one, *found)
    kind = one.about.kind
    if "email" in kind and ADDRESS.fullmatch(text):
        return "email", Why.KIND, 0
    if "phone" in kind or kind == "tel":
        return "phone", Why.KIND, 0
    return ("email", Why.SHAPE, 0) if ADDRESS.fullmatch(text) else ("", Why.SHAPE, 0)


def _in_a_list(one: Field, name: str, why: Why, rank: int) -> tuple[str, Why, int]:
    """The same of one of several: the first number or address, and none of several names."""
    if one.about.label:  # `fields.0` is an answer with a name of its own
        return name, why, rank
    numbers = [step for step in one.path[called_step(one) + 1 :] if step.isdecimal()]
    if numbers and name in NAMES:
        return "", why, rank
    return name, why, rank + AFTER_ALL * any(step.strip("0") for step in numbers)


def _labels(one: Field) -> Iterable[tuple[str, str]]:
    """What a value is called, the strongest first, each with the name of what it is a part of."""
    if one.about.describes:
        return
    if one.about.label:
        yield one.about.label, ""
    at = called_step(one)
    # `fields.name.required` describes the field above it.
    if one.path and not POLITE.issuperset(folded(one.path[at]).split()):
        yield one.path[at], one.about.whole or (one.path[at - 1] if at > 0 else "")


@remembered
def _by_label(called: tuple[str, ...]) -> tuple[str, Why, int] | None:
    """The field of a label, how surely, and its rank; None for a label that says nothing.

    It is called by its label and by what that is a part of.
    """
    label, above = called
    whole = TABLE.get(asked_for(above), ("", 0))[0]
    if part := PARTS.get((whole, folded(label))):
        return part, Why.LABEL, 0
    both = asked_for(f"{above} {label}") if above else ""
    for words in (both, folded(label), asked_for(label)):
        if words in TABLE:
            name, rank = TABLE[words]
            # “name” below `input` is none of a person, and “name” below `customer` may be a firm's.
            short = words in ALONE or (name == "contact_name" and asked_for(label) in ALONE)
            short = short and not _is_asked_of_you(label)
            # “Phone” comes before “Phone 2”.
            rank += AFTER_ALL * (words == asked_for(label) and label.strip()[-1:].isdigit())
            return name, Why.SHORT_LABEL if short else Why.LABEL, rank
    if said := spoken(label):
        return said[0], Why.LABEL, said[1]
    # “Name: First Name” says first what it is a part of.
    head, colon, tail = label.rpartition(":")
    if colon and TABLE.get(asked_for(head), ("",))[0] in PERSON:
        return _by_label((tail, head))
    return None


def _is_asked_of_you(label: str) -> bool:
    """Whether a label speaks to the person who fills the form in: “Your name”, not “Name”."""
    return not ADDRESSING.isdisjoint(folded(label).split())


def _fits(name: str, why: Why, text: str, one: Field) -> bool:
    path = (*one.path, one.about.label)
    if name in PERSON and (is_anothers(path) or is_of_the_form(path)):
        return False
    if name == "email":
        return "@" in text
    if name == "phone":
        return is_a_number(text)
    if name not in NAMES:
        return True
    return may_be_a_name(one.value, text) and (why != Why.SHORT_LABEL or is_like_a_name(text))
