"""The modules of this organisation, as they are now. Fields can change while the sandbox runs."""

from __future__ import annotations

import time
from functools import cache, cached_property
from pathlib import Path

from zoho.sandbox.errors import Refusal, error, refuse
from zoho.sandbox.organisation.built_in import CHECK_FIELDS, MODULE_IDS, UNSUPPORTED, read_table
from zoho.sandbox.organisation.definitions import (
    ASSIGNMENT_RULES,
    LAYOUTS,
    WIZARDS,
    Definition,
    Layout,
    read_file,
    redefine,
    usual_layout,
)
from zoho.sandbox.organisation.description import describe
from zoho.sandbox.organisation.fields import Field
from zoho.sandbox.organisation.module_checks import RULES
from zoho.sandbox.organisation.record_checks import Rules
from zoho.sandbox.organisation.tables import SYSTEM, TABLES
from zoho.sandbox.wire import Json, to_bytes


class Module:
    """One module, compiled once: its rules, its indexed fields, its metadata answer."""

    def __init__(self, api_name: str, definition: Definition) -> None:
        self.api_name = api_name
        self.definition = definition
        self.fields = {field.api_name: field for field in definition.fields}
        self.id = MODULE_IDS.get(api_name) or str(6100000000000004000 + sum(map(ord, api_name)))
        self.rules = Rules(definition.fields)
        self.special = RULES.get(api_name, ())
        self.layouts = {layout.id: layout for layout in definition.layouts}
        self.assignment_rules = {rule.id: rule for rule in definition.assignment_rules}
        self.wizards = {wizard.id: wizard for wizard in definition.wizards}
        self.unique = [field for field in definition.fields if field.exclusive]
        check = self.fields.get(CHECK_FIELDS.get(api_name, "Name"))
        self.check_field = check
        self.indexed = self.unique + ([check] if check and not check.exclusive else [])
        self._by_layout: dict[str, Rules] = {}

    def rules_for(self, layout: Layout) -> Rules:
        """The checks for a record that names this layout."""
        if layout.id not in self._by_layout:
            self._by_layout[layout.id] = Rules(
                self.definition.fields, layout.mandatory, self.outside(layout)
            )
        return self._by_layout[layout.id]

    def outside(self, layout: Layout) -> frozenset[str]:
        """The fields this layout does not have. The system's own are on all of them."""
        if layout.fields is None:
            return layout.without
        system = {field.api_name for field in system_fields()}
        return frozenset(
            name
            for name, field in self.fields.items()
            if name not in layout.fields and name not in system and not field.mandatory
        ).union(layout.without)

    @cached_property
    def described(self) -> dict[str, Json]:
        """The field objects of `settings/fields`, by name."""
        places = [(layout, self.outside(layout)) for layout in self.layouts.values()]
        return {
            name: describe(
                field,
                number,
                [_reference(layout) for layout, outside in places if name not in outside],
            )
            for number, (name, field) in enumerate(self.fields.items(), 1)
        }

    @cached_property
    def metadata(self) -> bytes:
        """The answer of `settings/fields`."""
        return to_bytes({"fields": list(self.described.values())})

    def check_order(self, named: list[str] | None) -> list[Field]:
        """The fields upsert compares, in order. Naming any leaves the system's own field out."""
        if named is None:
            return ([self.check_field] if self.check_field else []) + self.unique
        first = [field for field in self.indexed if field.api_name in named]
        first.sort(key=lambda field: named.index(field.api_name))
        return first + [field for field in self.unique if field not in first]


def _reference(layout: Layout) -> Json:
    return {"api_name": f"{layout.name}__s", "name": layout.name, "id": layout.id}


@cache
def system_fields() -> tuple[Field, ...]:
    """The fields every module has."""
    return tuple(read_table(SYSTEM))


@cache
def _built_in() -> dict[str, Module]:
    return {
        name: Module(
            name,
            Definition(
                tuple(read_table(table, name)) + system_fields(),
                LAYOUTS.get(name) or (usual_layout(name),),
                ASSIGNMENT_RULES.get(name, ()),
                WIZARDS.get(name, ()),
            ),
        )
        for name, table in TABLES.items()
    }


class Catalogue:
    """All modules by API name. `changed` is the Unix time since when they are as they are."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self.modules: dict[str, Module] = {}
        self.changed = 0.0
        self.reset()

    def reset(self) -> None:
        """Back to the built-in modules and, over them, those of the file."""
        self.modules = _built_in()
        self.changed = time.time()
        for name, order in read_file(self.file).items() if self.file else ():
            self.define(name, order)

    def define(self, name: str, order: Json) -> Module:
        """Changes module `name` as ordered (see definitions.py); creates it if there is none.

        ValueError or TypeError says what is wrong with the order.
        """
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"{name!r} cannot be the name of a module")
        known = self.modules.get(name)
        old = known.definition if known else Definition(system_fields(), (usual_layout(name),))
        module = Module(name, redefine(name, old, system_fields(), order))
        self.modules = {**self.modules, name: module}
        self.changed = time.time()
        return module

    def get(self, name: str, in_data: bool = False) -> Module:
        """Module `name`. Refuses an unknown one, inside `data` where writing calls say it there.

        Zoho's newer modules carry a suffix in their API names: Services__s.
        """
        module = self.modules.get(name) or self.modules.get(name.removesuffix("__s"))
        if module:
            return module
        message = "The given module is not supported in API" if name in UNSUPPORTED else None
        wrong = error("INVALID_MODULE", {"resource_path_index": 0}, message)
        if in_data:
            raise Refusal(400, {"data": [wrong]})
        raise refuse(400, "INVALID_MODULE", wrong["details"], wrong["message"])
