"""A module with a field of every kind, as the sandbox describes it and as it judges records."""

from __future__ import annotations

from typing import Any

from zoho.fit.metadata import Field, compact, read_fields
from zoho.mapping.record import Plan
from zoho.sandbox.calls.switches import SWITCHES
from zoho.sandbox.organisation.description import describe
from zoho.sandbox.organisation.fields import TYPES, field_from
from zoho.sandbox.organisation.record_checks import Rules

DEFINITIONS: list[dict[str, Any]] = [
    {"api_name": "Last_Name", "length": 80},
    {"api_name": "First_Name", "length": 40},
    {"api_name": "Company", "length": 200},
    {"api_name": "Street", "length": 250},
    {"api_name": "Zip_Code", "length": 30},
    {"api_name": "Short", "length": 3},
    {"api_name": "Description", "data_type": "textarea", "length": 32000},
    {"api_name": "Full_Name", "length": 120, "read_only": True},
    {"api_name": "Source", "data_type": "picklist", "choices": ["Web site", "Trade fair"]},
    {"api_name": "Courses", "data_type": "multiselectpicklist", "choices": ["Big data"]},
    {"api_name": "Tag"},
    *(
        {"api_name": f"A_{kind}", "data_type": kind}
        for kind in TYPES
        if kind not in ("tags", "text", "picklist", "multiselectpicklist")
    ),
]
SANDBOX_FIELDS = [field_from(definition) for definition in DEFINITIONS]
RULES = Rules(SANDBOX_FIELDS)
AS_SHIPPED = {name: default for name, (default, _others, _meaning) in SWITCHES.items()}
METADATA = compact({"fields": [describe(field, n, []) for n, field in enumerate(SANDBOX_FIELDS)]})


def fields(**changes: dict[str, Any]) -> dict[str, Field]:
    """The module's fields, with changes to the kept metadata by API name."""
    assert METADATA is not None
    return read_fields({n: kept | changes.get(n, {}) for n, kept in METADATA.items()})


def plan(**values: Any) -> Plan:
    """A plan for that module."""
    return Plan(**{"fields": fields()} | values)


def complaints(record: dict[str, Any]) -> list[Any]:
    """What the sandbox finds wrong with a record; it ignores fields that it does not know."""
    _kept, errors = RULES.read(record, 0, AS_SHIPPED)
    return errors
