"""From a lead's data to values for Zoho fields, by rules. Pure and without memory.

The same data and rules always make the same values; nothing of one lead can reach another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from leads.data import as_text, filled_in
from zoho.fit.readers import Home
from zoho.mapping.arguments import PLACES
from zoho.mapping.paths import Keys, children, find, write_path
from zoho.mapping.transforms import TRANSFORMS, Made


@dataclass(frozen=True)
class Rule:
    """Source paths → one Zoho field, through a transform."""

    sources: tuple[str, ...]
    target: str
    transform: str = "as_is"
    argument: Any = None


@dataclass(frozen=True)
class Entry:
    """A value on its way into a field."""

    target: str
    label: str
    """The source paths, as people are told where the value came from."""
    value: Any
    whole: bool
    """Whether the value tells all of its sources."""
    sources: tuple[str, ...] = ()
    """The source paths that had a value."""
    is_filled: bool = False
    """Whether a person gave it for just this field."""


@dataclass(frozen=True)
class Mapped:
    """What the rules make of one lead. `rules_of` holds the entries by the source they used."""

    entries: list[Entry]
    rules_of: dict[Keys, list[Entry]] = field(default_factory=dict)


def read_rules(rules: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Stored rules, in their order. One that cannot be understood is passed over: what it would
    have placed then falls to the rule for the rest, so that nothing is lost by it.
    """
    return tuple(filter(None, map(_read_rule, rules)))


def _read_rule(stored: Mapping[str, Any]) -> Rule | None:
    name = stored.get("transform") or "as_is"
    transform, target = TRANSFORMS.get(name), stored.get("target")
    argument = stored.get("argument")
    if transform is None or not isinstance(target, str) or transform.check(argument):
        return None
    sources = source_paths(stored)
    if transform.sources == "one" and len(sources) != 1:
        return None
    return Rule(sources, target, name, argument) if sources or name == "constant" else None


def source_paths(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths that a stored rule reads: one, several, or the places of its template."""
    if stored.get("transform") == "template":
        return tuple(PLACES.findall(str(stored.get("argument"))))
    if stored.get("transform") == "constant":
        return ()
    source = stored.get("source")
    paths = source if isinstance(source, list) else [source]
    return tuple(path for path in paths if isinstance(path, str) and path)


def map_values(data: dict[str, Any], rules: Iterable[Rule], home: Home) -> Mapped:
    """Values by target, the first rule that yields one winning; empty values are none.

    What a person gave for a field of Zoho wins over every rule.
    """
    entries = {entry.target: entry for entry in _filled(data)}
    rules_of: dict[Keys, list[Entry]] = defaultdict(list)
    for rule in rules:
        found = [find(data, path) for path in rule.sources]
        values, entry = [value for _keys, value in found], None
        if rule.target not in entries and (made := _make(rule, values, home)):
            there = _there(rule, values)
            label = ", ".join(there) or rule.target
            entry = Entry(rule.target, label, made.value, made.whole, there)
            entries[rule.target] = entry
        for keys, _value in found:
            rules_of[keys] += [entry] if entry else []
    return Mapped(list(entries.values()), dict(rules_of))


def _filled(data: dict[str, Any]) -> Iterator[Entry]:
    """What a person gave, of a record only its id: its name is for people."""
    for target, value in filled_in(data).items():
        named = isinstance(value, dict) and value.keys() == {"id", "name"}
        if as_text(value):
            yield Entry(target, target, {"id": value["id"]} if named else value, True, (), True)


def _make(rule: Rule, values: list[Any], home: Home) -> Made | None:
    made = TRANSFORMS[rule.transform].run(values, rule.argument, home)
    return made if as_text(made.value) else None


def _there(rule: Rule, values: list[Any]) -> tuple[str, ...]:
    """The sources that had a value; none where the value is the rule's own."""
    return tuple(p for p, value in zip(rule.sources, values, strict=True) if as_text(value))


def leftovers(data: dict[str, Any], mapped: Mapped) -> Iterator[tuple[Keys, str, bool]]:
    """Every value of the data once, as the text that must be found in the record somewhere.

    Yields its place, the text and whether a rule used it. An object of which rules use a part is
    taken apart; one that no rule looks into stays one text.
    """
    beneath = {keys[:size] for keys in mapped.rules_of for size in range(1, len(keys))}
    for keys, value in children((), data):
        yield from _walk(keys, value, mapped, beneath)


def _walk(
    keys: Keys, value: Any, mapped: Mapped, beneath: set[Keys]
) -> Iterator[tuple[Keys, str, bool]]:
    if keys in mapped.rules_of or keys not in beneath:
        if text := as_text(value):
            yield keys, text, keys in mapped.rules_of
        return
    below = children(keys, value)
    if not below and (text := as_text(value)):
        yield keys, text, False
    for child, item in below:
        yield from _walk(child, item, mapped, beneath)


def label_of(keys: Keys) -> str:
    """A place in the data as the label of its value."""
    return write_path(keys)
