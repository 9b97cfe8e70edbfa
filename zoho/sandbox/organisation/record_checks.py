"""One record against the fields of its module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoho.sandbox.errors import error
from zoho.sandbox.organisation.fields import Field
from zoho.sandbox.organisation.value_checks import CHECKS
from zoho.sandbox.wire import Json

# Keys that are no fields and yet belong to a record.
PASSED = frozenset({"$se_module", "$line_tax"})


class Rules:
    """The compiled checks of one module."""

    def __init__(
        self,
        fields: Iterable[Field],
        mandatory: Iterable[str] = (),
        outside: frozenset[str] = frozenset(),
    ) -> None:
        """For a layout: what it makes mandatory beside, and the fields outside it."""
        fields = list(fields)
        self.mandatory = [f.api_name for f in fields if f.mandatory or f.api_name in mandatory]
        self.ignored = outside | {field.api_name for field in fields if field.read_only}
        self.checks = {
            field.api_name: CHECKS[field.data_type](field)
            for field in fields
            if field.api_name not in self.ignored
        }
        self.listed = {
            field.api_name: field
            for field in fields
            if field.choices and field.data_type in ("picklist", "multiselectpicklist")
        }
        self.lengths = {field.api_name: field.length for field in fields}
        self.types = {field.api_name: field.data_type for field in fields}

    def read(
        self, record: Any, number: int, switches: Mapping[str, Any], update: bool = False
    ) -> tuple[Json, list[Json]]:
        """What of `record` is to be stored, and the errors that keep it from being stored.

        `number` is its place in `data`. An update may leave mandatory fields out, not empty them.
        """
        path = f"$.data[{number}]"
        if not isinstance(record, dict):
            return {}, [
                error("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": path})
            ]
        errors = self._missing(record, path, switches, update)
        kept: Json = {}
        for name, value in record.items():
            check = self.checks.get(name)
            if check is None:
                errors += self._unknown(name, path, switches)
                if name in PASSED:
                    kept[name] = value
            elif value is None or value == "":
                kept[name] = None
            else:
                details = check(value) or self._units(name, value, switches)
                if details is None and name in self.listed:
                    details = self._closed_list(name, value, switches)
                if details:
                    errors.append(self._invalid(details, name, path, switches))
                kept[name] = value
        return kept, errors

    def _missing(
        self, record: Json, path: str, switches: Mapping[str, Any], update: bool
    ) -> list[Json]:
        errors = []
        for name in self.mandatory:
            value = record.get(name)
            empty = value is None or value == [] or (isinstance(value, str) and not value.strip())
            present = name in record
            if (empty and present and switches["empty_mandatory"] == "accepted") or not empty:
                continue
            if present or not update:
                details = {"api_name": name, "json_path": f"{path}.{name}"}
                errors.append(error("MANDATORY_NOT_FOUND", details))
        return errors

    def _unknown(self, name: str, path: str, switches: Mapping[str, Any]) -> list[Json]:
        if switches["unknown_fields"] == "ignored" or name in self.ignored or name[:1] == "$":
            return []
        return [_invalid({}, name, path)]

    def _units(self, name: str, value: Any, switches: Mapping[str, Any]) -> Json | None:
        """Too long where an emoji counts twice."""
        if switches["length_units"] == "characters" or not isinstance(value, str):
            return None
        too_long = len(value.encode("utf-16-le")) // 2 > self.lengths[name]
        return {"maximum_length": self.lengths[name]} if too_long else None

    def _closed_list(self, name: str, value: Any, switches: Mapping[str, Any]) -> Json | None:
        field = self.listed[name]
        if not field.closed and switches["picklists"] == "open":
            return None
        known = field.choices
        if field.actual and switches["picklist_values"] != "display":
            known = (
                field.actual if switches["picklist_values"] == "actual" else known + field.actual
            )
        wrong = [one for one in (value if isinstance(value, list) else [value]) if one not in known]
        return {"supported_values": list(field.choices)} if wrong else None

    def _invalid(self, details: Json, name: str, path: str, switches: Mapping[str, Any]) -> Json:
        if "maximum_length" in details and switches["too_long_names_type"]:
            details = {**details, "expected_data_type": self.types[name]}
        return _invalid(details, name, path)


def _invalid(details: Json, name: str, path: str) -> Json:
    return error("INVALID_DATA", {**details, "api_name": name, "json_path": f"{path}.{name}"})
