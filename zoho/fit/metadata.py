"""What Zoho says of a module's fields, and the part of it that fitting a record needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Kept = dict[str, Any]
Record = dict[str, Any]

LENGTHS = {
    "text": 255,
    "textarea": 2000,
    "email": 100,
    "phone": 30,
    "website": 255,
    "picklist": 120,
    "multiselectpicklist": 120,
    "integer": 9,
    "bigint": 18,
    "double": 16,
    "currency": 16,
    "percent": 5,
}
"""Characters or digits where an organisation's own field names none.

From Zoho's page 'Insert Records'; 100 for e-mail from its Leads sample.
"""


@dataclass(frozen=True)
class Field:
    """One field of the target module, as fitting needs it."""

    api_name: str
    type: str = "text"
    length: int = 255
    decimals: int = 9
    json_type: str = ""
    mandatory: bool = False
    read_only: bool = False
    values: tuple[tuple[str, str], ...] = ()
    """What a picklist offers, as (shown, kept) pairs."""
    closed: bool = False
    """Whether Zoho has refused a value outside of `values`; its metadata does not say."""
    label: str = ""
    layout: str = ""
    """The name of the layout by which the record is made, where it names one."""
    outside: bool = False
    """Whether that layout lacks the field: Zoho would drop its value without a word."""

    @property
    def is_ours(self) -> bool:
        """Whether a record may fill it."""
        return not (self.read_only or self.outside)


Fields = Mapping[str, Field]


def compact(answer: Any) -> dict[str, Kept] | None:
    """What we keep of a `settings/fields` answer, by API name; None where it is not one."""
    fields = answer.get("fields") if isinstance(answer, dict) else None
    if not isinstance(fields, list):
        return None
    return {
        field["api_name"]: _keep(field)
        for field in fields
        if isinstance(field, dict) and isinstance(field.get("api_name"), str)
    }


def _keep(field: Kept) -> Kept:
    """One field object, without what nobody reads. Absent keys cost no space."""
    kept = {
        "type": field.get("data_type"),
        "json_type": field.get("json_type"),
        "length": field.get("length"),
        "decimal_place": field.get("decimal_place"),
        "unique": bool(field.get("unique")),
        "mandatory": bool(field.get("system_mandatory")),
        "read_only": _is_read_only(field),
        "custom": bool(field.get("custom_field")),
        "label": field.get("field_label"),
        "lookup": _lookup(field.get("lookup")),
        "values": _values(field.get("pick_list_values")),
    }
    return {name: value for name, value in kept.items() if value not in (None, "", [])}


def _is_read_only(field: Kept) -> bool:
    """Whether an insert may not set the field: each of three keys can say so."""
    operations = field.get("operation_type")
    creatable = operations.get("api_create", True) if isinstance(operations, dict) else True
    return bool(field.get("read_only") or field.get("field_read_only") or not creatable)


def _lookup(lookup: Any) -> str:
    module = lookup.get("module") if isinstance(lookup, dict) else None
    name = module.get("api_name") if isinstance(module, dict) else None
    return name if isinstance(name, str) else ""


def _values(values: Any) -> list[list[str]]:
    """Pairs of display value and actual value; they differ only after a renaming in Zoho."""
    found = values if isinstance(values, list) else []
    shown = [value for value in found if isinstance(value, dict) and value.get("display_value")]
    return [
        [str(value["display_value"]), str(value.get("actual_value") or value["display_value"])]
        for value in shown
    ]


def read_fields(kept: Mapping[str, Kept]) -> dict[str, Field]:
    """The kept metadata as fields; the organisation's own limits win over the usual ones."""
    return {name: _field(name, values) for name, values in kept.items()}


def _field(name: str, kept: Kept) -> Field:
    kind = kept.get("type") or "text"
    decimals = kept.get("decimal_place")
    return Field(
        api_name=name,
        type=kind,
        length=_positive(kept.get("length")) or LENGTHS.get(kind, 255),
        decimals=decimals if isinstance(decimals, int) and 0 <= decimals <= 9 else 9,
        json_type=kept.get("json_type") or "",
        mandatory=bool(kept.get("mandatory")),
        read_only=bool(kept.get("read_only")),
        values=tuple((str(shown), str(actual)) for shown, actual in kept.get("values", ())),
        closed=bool(kept.get("closed")),
        label=kept.get("label") or name.replace("_", " "),
    )


def _positive(value: Any) -> int:
    good = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if good else 0


def _standard(table: str) -> dict[str, Field]:
    rows = (line.split() for line in table.strip().splitlines())
    return read_fields(
        {
            name: {"type": kind, "length": int(length), "mandatory": name == "Last_Name"}
            for name, kind, length in rows
        }
    )


STANDARD_LEADS = _standard("""
Last_Name        text     80
First_Name       text     40
Salutation       picklist 25
Company          text     200
Designation      text     100
Email            email    100
Secondary_Email  email    100
Phone            phone    30
Mobile           phone    30
Fax              text     30
Website          website  255
Lead_Source      picklist 120
Lead_Status      picklist 120
Industry         picklist 120
Rating           picklist 120
No_of_Employees  integer  9
Annual_Revenue   currency 16
Email_Opt_Out    boolean  5
Street           text     250
City             text     100
State            text     100
Zip_Code         text     30
Country          text     100
Description      textarea 32000
""")
"""Leads as in Zoho's sample organisation: what a preview goes by before anything was read."""
