"""What stands beside a bare name: a person who can be reached, or what only things have. Pure.

Forms, events, products and firms have a `name`, too. It is a person's where an e-mail address, a
phone number or another part of the name stands at the same level; where that stands elsewhere, a
person is asked; where nothing does, it is nobody's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from leads.intake.body.shape import Field, Path, is_value_key
from leads.intake.recognise.candidates import NAMES, Candidate, Why, group_of
from leads.intake.recognise.names import folded, is_anothers
from leads.intake.recognise.places import called_step

THINGS = frozenset(
    word
    for line in """
    sku price prices isbn gtin ean mpn domain industry vat quantity qty currency stock barcode
    preis prix precio prezzo preco prijs cena numberofemployees employees revenue
    """.splitlines()
    for word in line.split()
)
"""What a product or a firm has."""
PRODUCTS = frozenset({"sku", "isbn", "gtin", "ean", "mpn", "domain", "barcode"})
"""What it has alone: a form may ask for a price, and how many."""
PROGRAMS = frozenset({"version", "id", "type", "event", "action", "url", "status", "slug"})
"""What a form, an event or a program has; tools send it beside what a person typed, too."""
WHO = frozenset(
    word
    for line in """
    contact customer client lead person user buyer member prospect applicant requester visitor
    kontakt kunde interessent person anfragender contacto cliente persona contatto contato persona
    pessoa contact klant persoon klient osoba acheteur
    """.splitlines()
    for word in line.split()
)
"""Words for the person who writes."""
MAIL = ("mail", "courriel", "correo", "correio", "poczta")


class Sure(Enum):
    """Whether a bare name is a person's."""

    NO = 0
    ASK = 1
    YES = 2


@dataclass
class Beside:
    """What a submission has beside its bare names, by the object that it stands in."""

    names: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))
    people: set[Path] = field(default_factory=set)
    numbers: set[Path] = field(default_factory=set)
    messages: set[Path] = field(default_factory=set)

    @classmethod
    def of(cls, filled: Iterable[Field], candidates: Iterable[Candidate]) -> Beside:
        """What stands where, of the values that are none of them empty."""
        beside = cls()
        for one in filled:
            if one.path:
                beside.names[group_of(one)].add(folded(one.path[called_step(one)]))
        for candidate in candidates:
            if _is_of_a_person(candidate):
                beside.people.add(candidate.group)
            elif candidate.name == "phone":
                beside.numbers.add(candidate.group)
            elif candidate.name == "message":
                beside.messages.add(candidate.group)
        return beside

    def sure(self, one: Candidate) -> Sure:
        """Whether the candidate is a person's name; all that says so itself is."""
        if one.why != Why.SHORT_LABEL:
            return Sure.YES
        group, names = one.group, self.names[one.group]
        if group in self.people:
            return Sure.YES if names.isdisjoint(PRODUCTS) else Sure.ASK
        if not names.isdisjoint(THINGS):
            return Sure.NO
        is_all = len(self.names) == len(names) == 1 and (not group or one.field.about.label)
        if group in self.numbers or is_all:
            return Sure.YES
        return Sure.ASK if self._may_be(group, names) else Sure.NO

    def _may_be(self, group: Path, names: set[str]) -> bool:
        """Whether who can be reached elsewhere may have the name, or who wrote a message."""
        if not group:
            return group in self.messages
        reachable = bool(self.people or self.numbers)
        return reachable and folded(group[-1]) in WHO and names.isdisjoint(PROGRAMS)


def _is_of_a_person(one: Candidate) -> bool:
    """Whether a value speaks for a person: another part of the name, or their e-mail address."""
    if one.name in NAMES:
        return one.why != Why.SHORT_LABEL
    if one.name != "email" or is_anothers(one.field.path):
        return False
    key = one.field.path[-1] if one.field.path else ""
    if one.why != Why.SHAPE or any(word in folded(key) for word in MAIL):
        return True
    # `{"name": "Reach me", "val": "ada@…"}` is a field; so may be whatever has a level of its own.
    return not one.group and not is_value_key(key)


def is_who_writes(place: Path) -> bool:
    """Whether nothing but words for who writes stand above a value."""
    return all(folded(step) in WHO for step in place)
