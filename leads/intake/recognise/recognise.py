"""Which values are the name, the address, the number: by what they are called, and why. Pure.

Nothing is guessed but an e-mail address, which has a shape of its own. Where two values fit
equally, neither is taken: a person chooses, once for a source.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from leads.data import KNOWN_FIELDS, as_text
from leads.flags import Flag
from leads.intake.body.shape import Field, Path, written
from leads.intake.recognise.junk import cleaned
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

ADDRESS = re.compile(r"[^\s@,;<>()\"]{1,64}@[^\s@,;<>()\"]+\.[^\s@,;<>()\".]{2,}")
DIGIT = re.compile(r"\d")
LETTER = re.compile(r"[^\W\d_]")
PERSON = frozenset({"contact_name", "first_name", "last_name", "phone"})
"""What is never taken from what belongs to the form, to a thing or to somebody else."""
ASKED = ("contact_name", "first_name", "last_name", "email", "phone")
"""Fields for which a person is asked where two values fit."""
NAMES = ("contact_name", "first_name", "last_name")
MOST = 5_000
"""Values that are looked at: no form asks more, and a body of a megabyte has room for 60,000."""
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
ANSWERS_ALONE = ("fields",)
"""A body that is nothing but a form's answers has them here; so do the tools that say so."""
WHOLE_NAMES = frozenset({"nombre", "nome", "nom", "imie"})
"""“Nombre” beside “Apellidos” is a first name, alone it is the whole one."""


class Why(IntEnum):
    """What spoke for a value; less is stronger."""

    CHOSEN = 0
    OWN_NAME = 1
    LABEL = 2
    KIND = 3
    SHORT_LABEL = 4
    SHAPE = 5


@dataclass(frozen=True)
class Found:
    """A value that was recognised."""

    text: str
    path: str
    why: Why


@dataclass
class Recognised:
    """What was recognised of a submission, by our own fields."""

    found: dict[str, Found] = field(default_factory=dict)
    unclear: dict[str, list[str]] = field(default_factory=dict)
    """Paths that fit equally, by field."""
    flags: set[Flag] = field(default_factory=set)

    def texts(self) -> dict[str, str]:
        """The recognised values by field."""
        return {name: found.text for name, found in self.found.items()}


@dataclass(frozen=True)
class _Candidate:
    name: str
    why: Why
    rank: int
    text: str
    field: Field

    @property
    def group(self) -> Path:
        """The object that it stands in; for `PHONE.0.VALUE` that of `PHONE`."""
        at, one = called_step(self.field), self.field
        return one.group if one.about.label or at == len(one.path) - 1 else one.path[:at]

    @property
    def place(self) -> Path:
        """The things that it stands below; none for what was chosen."""
        return () if self.why <= Why.OWN_NAME else place_of(self.field)


def recognise(fields: Iterable[Field], chosen: Mapping[str, str] | None = None) -> Recognised:
    """What the fields say of a person; `chosen` holds paths that a person chose, by our field."""
    result, filled = Recognised(), []
    for one in _looked_at(list(fields), chosen or {}):
        value, flags = cleaned(one.value)
        result.flags |= flags
        if text := as_text(value):
            filled.append((one, text))
    candidates = [
        candidate for one, text in filled for candidate in _candidates(one, text, chosen or {})
    ]
    anchors = {one.group for one in candidates if one.why != Why.SHORT_LABEL}
    for name, fitting in _of_one_person(result, _beside_a_person(candidates, anchors)).items():
        _choose(result, name, fitting)
    _whole_name(result)
    _one_person(result)
    _own_name_wins(result)
    return result


def _looked_at(fields: list[Field], chosen: Mapping[str, str]) -> list[Field]:
    """So many, and all that bear our own names or were chosen."""
    wanted = {*KNOWN_FIELDS, *chosen.values()}
    return [*fields[:MOST], *(one for one in fields[MOST:] if one.name in wanted)]


def _beside_a_person(candidates: list[_Candidate], anchors: set[Path]) -> list[_Candidate]:
    return [
        one for one in candidates if one.why != Why.SHORT_LABEL or _has_a_person(one.group, anchors)
    ]


def _of_one_person(result: Recognised, found: list[_Candidate]) -> dict[str, list[_Candidate]]:
    """What may be the person's, by field: theirs alone who can be reached, wherever that stands.

    Names of others are nobody's; where there is no other name, a person is asked whose they are.
    """
    here = _where_the_person_is(found)
    kept: dict[str, list[_Candidate]] = defaultdict(list)
    apart: dict[str, list[_Candidate]] = defaultdict(list)
    for one in found:
        is_theirs = one.name not in (*PERSON, "email") or one.place == () or one.place in here
        (kept if is_theirs else apart)[one.name].append(one)
    places = {one.place for name in NAMES for one in kept.get(name, ())}
    if () in places:  # the form's own: a name that only stands elsewhere is somebody else's
        own = {one.name for one in found if one.place == ()}
        return {name: of for name, of in kept.items() if name not in NAMES or name in own}
    # Names in several places, or a name of somebody else beside them.
    if len(places) > 1 or not apart.keys().isdisjoint(NAMES):
        for name in NAMES:
            if fitting := [*kept.pop(name, ()), *apart.get(name, ())]:
                result.unclear[name] = [written(one.field.path) for one in fitting]
    return kept


def _where_the_person_is(found: list[_Candidate]) -> set[Path]:
    """Where the e-mail address stands, or the phone number where there is none."""
    for name in ("email", "phone"):
        if places := {one.place for one in found if one.name == name and not _is_anothers(one)}:
            return {()} if () in places else places
    return {()}


def _is_anothers(one: _Candidate) -> bool:
    return is_anothers(one.field.path)


def _has_a_person(group: Path, anchors: set[Path]) -> bool:
    """Whether a short label such as “name” stands beside something of a person."""
    return group in anchors if anchors else group in ((), ANSWERS_ALONE)


def _candidates(one: Field, text: str, chosen: Mapping[str, str]) -> Iterable[_Candidate]:
    picked = [name for name, path in chosen.items() if path == one.name]
    if picked:
        return [_Candidate(name, Why.CHOSEN, 0, text, one) for name in picked]
    name, why, rank = _called(one, text)
    if not name or name in chosen:
        return []
    if why > Why.OWN_NAME and not _fits(name, text, one):
        return []
    return [_Candidate(name, why, rank, text, one)]


def _called(one: Field, text: str) -> tuple[str, Why, int]:
    """The field that a value is called by, how surely, and its rank among the names for it."""
    leaf = one.path[-1] if one.path else ""
    if len(one.path) == 1 and leaf in KNOWN_FIELDS:
        return leaf, Why.OWN_NAME, 0
    for label, above in _labels(one):
        if found := _by_label(label, above):
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


def _by_label(label: str, above: str) -> tuple[str, Why, int] | None:
    """The field of a label, how surely, and its rank; None for a label that says nothing."""
    whole = TABLE.get(asked_for(above), ("", 0))[0]
    if part := PARTS.get((whole, folded(label))):
        return part, Why.LABEL, 0
    both = asked_for(f"{above} {label}") if above else ""
    for called in (both, folded(label), asked_for(label)):
        if called in TABLE:
            name, rank = TABLE[called]
            short = called in ALONE and called != both and not _is_asked_of_you(label)
            # “Phone” comes before “Phone 2”.
            rank += AFTER_ALL * (called == asked_for(label) and label.strip()[-1:].isdigit())
            return name, Why.SHORT_LABEL if short else Why.LABEL, rank
    # “Name: First Name” says first what it is a part of.
    head, colon, tail = label.rpartition(":")
    if colon and TABLE.get(asked_for(head), ("",))[0] in PERSON:
        return _by_label(tail, head)
    return None


def _is_asked_of_you(label: str) -> bool:
    """Whether a label speaks to the person who fills the form in: “Your name”, not “Name”."""
    return not ADDRESSING.isdisjoint(folded(label).split())


def _fits(name: str, text: str, one: Field) -> bool:
    path = (*one.path, one.about.label)
    if name in PERSON and (is_anothers(path) or is_of_the_form(path)):
        return False
    if name == "email":
        return "@" in text
    if name == "phone":
        return bool(DIGIT.search(text)) and "@" not in text
    if name in PERSON and not (isinstance(one.value, str) and LETTER.search(text)):
        return False  # a number, or a tick in a box
    return not (name in PERSON and ADDRESS.fullmatch(text))


def _choose(result: Recognised, name: str, fitting: list[_Candidate]) -> None:
    """The one that fits best; none where several values do."""
    if name == "email" and (own := [one for one in fitting if not is_anothers(one.field.path)]):
        fitting = own
    best = min((one.why, one.rank) for one in fitting)
    first = [one for one in fitting if (one.why, one.rank) == best]
    if name in ASKED and len({one.text.casefold() for one in first}) > 1:
        result.unclear[name] = [written(one.field.path) for one in first]
    else:
        result.found[name] = Found(first[0].text, first[0].field.name, first[0].why)


def _one_person(result: Recognised) -> None:
    """“Name” beside “Surname” is the first name; a name elsewhere is somebody else's."""
    whole, last = result.found.get("contact_name"), result.found.get("last_name")
    if whole is None or last is None or whole.why <= Why.OWN_NAME:
        return
    place, _dot, called = whole.path.rpartition(".")
    together = place == last.path.rpartition(".")[0]
    if whole.why == Why.SHORT_LABEL and last.why < whole.why and not together:
        del result.found["contact_name"]
        return
    bare = (
        together
        and asked_for(called) in ALONE
        and last.text.casefold() not in whole.text.casefold()
    )
    if bare and "first_name" not in {*result.found, *result.unclear}:
        result.found["first_name"] = result.found.pop("contact_name")


def _own_name_wins(result: Recognised) -> None:
    """A name under our own names, or one that was chosen, is not mixed with what a label says."""
    sure = {name for name, found in result.found.items() if found.why <= Why.OWN_NAME}
    if "contact_name" in sure:
        others: tuple[str, ...] = ("first_name", "last_name")
    elif "last_name" in sure:
        others = ("contact_name",)
    else:
        return
    for name in set(others) - sure:
        result.found.pop(name, None)
    for name in NAMES:
        result.unclear.pop(name, None)


def _whole_name(result: Recognised) -> None:
    alone = result.found.get("first_name")
    if alone is None or {"last_name", "contact_name"} & (
        result.found.keys() | result.unclear.keys()
    ):
        return
    if asked_for(alone.path.rpartition(".")[2]) in WHOLE_NAMES:
        result.found["contact_name"] = result.found.pop("first_name")
