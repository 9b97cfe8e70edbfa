"""Which values are the name, the address, the number: by what they are called, and why. Pure.

Nothing is guessed but an e-mail address, which has a shape of its own. Where two values fit
equally, neither is taken: a person chooses, once for a source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from leads.data import as_text
from leads.flags import Flag
from leads.intake.body.shape import Field, Path, written
from leads.intake.recognise.beside import Beside, Sure, is_who_writes
from leads.intake.recognise.candidates import NAMES, PERSON, Candidate, Why, candidates_of_all
from leads.intake.recognise.junk import cleaned
from leads.intake.recognise.names import ALONE, asked_for, is_anothers, is_of_the_site

ASKED = ("contact_name", "first_name", "last_name", "email", "phone")
"""Fields for which a person is asked where two values fit."""
WHOLE_NAMES = frozenset({"nombre", "nome", "nom", "imie"})
"""“Nombre” beside “Apellidos” is a first name, alone it is the whole one."""


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


def recognise(fields: Iterable[Field], chosen: Mapping[str, str] | None = None) -> Recognised:
    """What the fields say of a person; `chosen` holds paths that a person chose, by our field."""
    result, filled = Recognised(), []
    for one in fields:
        value, flags = cleaned(one.value)
        result.flags |= flags
        if text := as_text(value):
            filled.append((one, text))
    candidates = candidates_of_all(filled, chosen or {})
    # That a person chose otherwise, or none, makes what stands beside a name no other.
    said = candidates_of_all(filled, {}) if chosen else candidates
    beside = Beside.of([one for one, _text in filled], said)
    by_sure: dict[Sure, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_sure[beside.sure(candidate)].append(candidate)
    for name, fitting in _of_one_person(result, by_sure[Sure.YES]).items():
        _choose(result, name, fitting)
    _ask(result, by_sure[Sure.ASK])
    _with_its_area(result, {one.name: text for one, text in filled})
    _whole_name(result)
    _one_person(result)
    _own_name_wins(result)
    return result


def _ask(result: Recognised, candidates: list[Candidate]) -> None:
    """A person is asked for names that may be one's, where there is no other."""
    if not {*result.found, *result.unclear}.isdisjoint(NAMES):
        return
    for one in candidates:
        result.unclear.setdefault(one.name, []).append(written(one.field.path))


def _of_one_person(result: Recognised, found: list[Candidate]) -> dict[str, list[Candidate]]:
    """What may be the person's, by field: theirs alone who can be reached, wherever that stands.

    Names of others are nobody's; where there is no other name, a person is asked whose they are.
    """
    here = _where_the_person_is(found)
    kept: dict[str, list[Candidate]] = defaultdict(list)
    apart: dict[str, list[Candidate]] = defaultdict(list)
    for one in found:
        if _of_a_stranger(one, found, here):
            result.unclear.setdefault(one.name, []).append(written(one.field.path))
            continue
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


def _where_the_person_is(found: list[Candidate]) -> set[Path]:
    """Where the e-mail address stands, or the phone number where there is none."""
    for name in ("email", "phone"):
        if places := {one.place for one in found if one.name == name and not _is_anothers(one)}:
            return {()} if () in places else places
    return {()}


def _is_anothers(one: Candidate) -> bool:
    return is_anothers(one.field.path) or is_of_the_site(one.field.path)


def _of_a_stranger(one: Candidate, found: list[Candidate], here: set[Path]) -> bool:
    """Whether the form's own message stands apart from the only person who can be reached."""
    if () in here or one.name not in ASKED or one.why <= Why.OWN_NAME:
        return False
    own = any(other.name == "message" and other.place == () for other in found)
    return own and not is_who_writes(one.place)


def _choose(result: Recognised, name: str, fitting: list[Candidate]) -> None:
    """The one that fits best; none where several values do."""
    if name == "email" and (own := [one for one in fitting if not is_anothers(one.field.path)]):
        fitting = own
    best = min((one.why, one.rank) for one in fitting)
    first = [one for one in fitting if (one.why, one.rank) == best]
    if name in ASKED and len({one.text.casefold() for one in first}) > 1:
        result.unclear[name] = [written(one.field.path) for one in first]
    else:
        result.found[name] = Found(first[0].text, first[0].field.name, first[0].why)


def _with_its_area(result: Recognised, texts: Mapping[str, str]) -> None:
    """A number whose area has a field of its own, `{"area": "020", "phone": "7946 0018"}`."""
    number = result.found.get("phone")
    if number is None or number.why <= Why.OWN_NAME:
        return
    area = texts.get(f"{number.path.rpartition('.')[0]}.area", "").strip("() ")
    if area.isdecimal() and not number.text.startswith(("+", "(", area)):
        result.found["phone"] = replace(number, text=f"{area} {number.text}")


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
