"""Where a value stands in a lead's data: `email`, `utm.source`, `items[0].name`. Pure."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache
from typing import Any

from leads.data import KNOWN_FIELDS, Reading, canonical
from leads.intake.recognise.junk import cleaned

Keys = tuple[str | int, ...]
_FIRST = re.compile(r"[^.\[\]]+")
_NEXT = re.compile(r"\.([^.\[\]]+)|\[([0-9]{1,6})\]")

_OF_A_FORM = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])+")
"""`fields[name][value]`, `topics[]`, `Choose [one]`."""


@lru_cache(maxsize=4096)  # the rules of all sites, read for every lead
def read_path(path: str) -> Keys | None:
    """The steps of a path; None where it is none."""
    first = _FIRST.match(path)
    if first is None:
        return None
    keys: list[str | int] = [first[0]]
    place = first.end()
    while place < len(path):
        step = _NEXT.match(path, place)
        if step is None:
            return None
        keys.append(step[1] if step[2] is None else int(step[2]))
        place = step.end()
    return tuple(keys)


def is_path(path: str, seen: Container[str] = ()) -> bool:
    """Whether a rule may read it: a path, a name as forms write it, or any name that was seen."""
    return read_path(path) is not None or bool(_OF_A_FORM.fullmatch(path)) or path in seen


def write_path(keys: Keys) -> str:
    """The path as people read it."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".")


def find(data: dict[str, Any], path: str) -> tuple[Keys, Any]:
    """The steps to a value and the value; None for a value that is not there.

    A field of just this name comes first: forms send `utm.source` as one flat name.
    """
    if path in data:
        return (path,), data[path]
    if isinstance(data, Reading):
        name = canonical(path)
        name = data.paths.get(name, name)
        if name in data:
            return (name,), data[name]
        if data.came is None:
            return read_path(path) or (), _stepped(data, path)
        # As it came: `items[0].name`, or a whole object, in rules of before it was read by shape.
        raw = data.came[path] if path in data.came else _stepped(data.came, path)
        if path in KNOWN_FIELDS and isinstance(raw, str):
            return (path,), None  # it was read as something else, or as nothing
        return (path,), cleaned(raw)[0]
    return read_path(path) or (), _stepped(data, path)


def _stepped(data: dict[str, Any], path: str) -> Any:
    keys = read_path(path) or ()
    value: Any = data
    for key in keys:
        value = _step(value, key)
    return value if keys else None


def _step(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(key) if isinstance(key, str) else None
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else None
    return None


def children(keys: Keys, value: Any) -> list[tuple[Keys, Any]]:
    """What stands one step below."""
    if isinstance(value, dict):
        return [((*keys, str(key)), item) for key, item in value.items()]
    if isinstance(value, list):
        return [((*keys, index), item) for index, item in enumerate(value)]
    return []
