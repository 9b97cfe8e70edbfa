"""A submission as it is read: our fields, everything else by its path, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leads.data import KNOWN_FIELDS, as_text
from leads.flags import Flag
from leads.intake.body.fields import gather
from leads.intake.body.shape import Field, fields_of
from leads.intake.recognise.junk import cleaned
from leads.intake.recognise.recognise import Recognised, recognise


@dataclass(frozen=True)
class ReadAs:
    """What a submission was read as."""

    fields: dict[str, Any]
    """Our fields by name, then every other value by its path; empty values left out."""
    paths: dict[str, str]
    """Our field by the path that it was found at."""
    why: dict[str, str]
    """What spoke for each, by our field."""
    unclear: dict[str, list[str]] = field(default_factory=dict)
    flags: frozenset[Flag] = frozenset()

    def as_json(self) -> dict[str, Any]:
        """As a lead keeps it."""
        return {
            "fields": self.fields,
            "paths": self.paths,
            "why": self.why,
            "unclear": self.unclear,
        }


def read_as(data: Mapping[str, Any], chosen: Mapping[str, str] | None = None) -> ReadAs:
    """The fields of a submission; `chosen` are paths that people chose, by our field."""
    return read_fields(fields_of(data), chosen)


def read_fields(fields: list[Field], chosen: Mapping[str, str] | None = None) -> ReadAs:
    """The same of the fields that `fields_of` made of it."""
    found = recognise(fields, chosen)
    paths = {one.path: name for name, one in found.found.items()}
    return ReadAs(
        fields={**found.texts(), **_others(fields, found, paths)},
        paths=paths,
        why={name: one.why.name.lower() for name, one in found.found.items()},
        unclear=found.unclear,
        flags=frozenset(found.flags),
    )


def _others(fields: list[Field], found: Recognised, paths: Mapping[str, str]) -> dict[str, Any]:
    """Every value that is no field of ours yet. One that bears the name of such a field says so."""
    pairs = []
    for one in fields:
        value, _flags = cleaned(one.value)
        if one.name in paths and as_text(value) == found.found[paths[one.name]].text:
            continue
        if as_text(value):
            pairs.append((f"{one.name} (sent)" if one.name in KNOWN_FIELDS else one.name, value))
    return gather(pairs)
