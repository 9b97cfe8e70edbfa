"""The modules of this organisation, as they are now. Fields can change while the sandbox runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import Refusal, error, refuse
from .fields import Field, describe, field_from
from .modules import CHECK_FIELDS, MODULE_IDS, SYSTEM, TABLES, read_table
from .validate import Rules
from .wire import Json, to_bytes


class Module:
    """One module, compiled once: its rules, its indexed fields, its metadata answer."""

    def __init__(self, api_name: str, fields: Iterable[Field]) -> None:
        self.api_name = api_name
        self.fields = {field.api_name: field for field in fields}
        self.id = MODULE_IDS.get(api_name) or str(6100000000000004000 + sum(map(ord, api_name)))
        self.rules = Rules(self.fields.values())
        self.unique = [field for field in self.fields.values() if field.unique]
        check = self.fields.get(CHECK_FIELDS.get(api_name, "Name"))
        self.check_field = check
        self.indexed = self.unique + ([check] if check and not check.unique else [])
        self.metadata = to_bytes(
            {"fields": [describe(field, n) for n, field in enumerate(self.fields.values(), 1)]}
        )

    def check_order(self, named: list[str] | None) -> list[Field]:
        """The fields upsert compares, in order. Naming any leaves the system's own field out."""
        if named is None:
            return ([self.check_field] if self.check_field else []) + self.unique
        first = [field for field in self.indexed if field.api_name in named]
        first.sort(key=lambda field: named.index(field.api_name))
        return first + [field for field in self.unique if field not in first]


class Catalogue:
    """All modules by API name."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self.modules: dict[str, Module] = {}
        self.reset()

    def reset(self) -> None:
        """Back to the built-in modules and, over them, those of the file."""
        modules = {
            name: Module(name, read_table(table) + read_table(SYSTEM))
            for name, table in TABLES.items()
        }
        self.modules = modules
        for name, fields in _read(self.file).items() if self.file else ():
            self.define(name, fields)

    def define(
        self,
        name: str,
        fields: list[Json],
        drop: Iterable[str] = (),
        replace: bool = False,
    ) -> Module:
        """Adds or redefines fields of module `name`, which is created if there is none.

        With `replace` only the system's own fields remain. ValueError or TypeError says what is
        wrong.
        """
        known = self.modules.get(name)
        if replace or known is None:
            known = Module(name, read_table(SYSTEM))
        merged = {**known.fields, **{f.api_name: f for f in map(field_from, fields)}}
        for gone in drop:
            merged.pop(gone, None)
        module = Module(name, merged.values())
        self.modules = {**self.modules, name: module}
        return module

    def get(self, name: str, in_data: bool = False) -> Module:
        """Module `name`. Refuses an unknown one, inside `data` where writing calls say it there."""
        try:
            return self.modules[name]
        except KeyError:
            details = {"resource_path_index": 0}
            if in_data:
                raise Refusal(400, {"data": [error("INVALID_MODULE", details)]}) from None
            raise refuse(400, "INVALID_MODULE", details) from None


def _read(file: Path) -> dict[str, list[Json]]:
    content: Any = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
        raise ValueError(f"{file}: expected an object of lists of fields, by module")
    return content
