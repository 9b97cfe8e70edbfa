"""Layouts: of a record that names one Zoho keeps only the layout's own fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leads.data import as_text
from zoho.fit.metadata import Field, Fields, Kept

ALWAYS = frozenset({"Owner", "Layout", "Tag"})
"""Taken with every layout, whether its sections list them or not."""


def compact_layouts(answer: Any) -> dict[str, Kept] | None:
    """What we keep of a `settings/layouts` answer, by id; None where it is not one."""
    layouts = answer.get("layouts") if isinstance(answer, dict) else None
    if not isinstance(layouts, list):
        return None
    found = (layout for layout in layouts if isinstance(layout, dict) and layout.get("id"))
    return {str(layout["id"]): _keep(layout) for layout in found}


def _keep(layout: Kept) -> Kept:
    fields = list(_used(layout))
    return {
        "name": str(layout.get("name") or layout["id"]),
        "fields": [name for name, _field in fields],
        "required": [name for name, one in fields if one.get("required")],
        "read_only": [name for name, one in fields if one.get("read_only")],
    }


def _used(layout: Kept) -> Iterator[tuple[str, Kept]]:
    """The fields of a layout's sections, but for those that it sets aside as unused."""
    for section in _objects(layout.get("sections")):
        if section.get("type") != "unused":
            for one in _objects(section.get("fields")):
                if isinstance(one.get("api_name"), str) and one.get("type") != "unused":
                    yield one["api_name"], one


def _objects(value: Any) -> list[Kept]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def layout_id(value: Any) -> str:
    """The id in a value of the field Layout: {"id": …}, or the id itself."""
    return as_text(value.get("id") if isinstance(value, dict) else value)


@dataclass(frozen=True)
class Layouts:
    """The layouts of a module, by id; empty while they were not read."""

    kept: Mapping[str, Kept] = field(default_factory=dict)
    made: dict[str, dict[str, Field]] = field(default_factory=dict, compare=False)

    def fields(self, value: Any, fields: Fields) -> Fields:
        """The module's fields as the layout in `value` has them; as they are without one.

        A field that the layout lacks stays there, with the layout's name in `outside`.
        """
        chosen = layout_id(value)
        if chosen not in self.kept:
            return fields
        if chosen not in self.made:
            self.made[chosen] = dict(_within(self.kept[chosen], fields))
        return self.made[chosen]

    def know(self, value: Any) -> bool:
        """Whether the fields of the layout in `value` are known; true where it names none."""
        return not layout_id(value) or layout_id(value) in self.kept

    def name(self, value: Any) -> str:
        """What people call the layout; its id while that is not known."""
        chosen = layout_id(value)
        return str(self.kept.get(chosen, {}).get("name") or chosen)


def _within(layout: Kept, fields: Fields) -> Iterator[tuple[str, Field]]:
    inside = ALWAYS.union(layout["fields"])
    required, read_only = set(layout["required"]), set(layout["read_only"])
    for name, one in fields.items():
        # What Zoho asks of every record of the module is on all of its layouts.
        if name in inside or one.mandatory:
            yield (
                name,
                replace(
                    one,
                    mandatory=one.mandatory or name in required,
                    read_only=one.read_only or name in read_only,
                    layout=layout["name"],
                ),
            )
        else:
            yield name, replace(one, outside=True, layout=layout["name"])
