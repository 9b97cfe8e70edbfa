"""Fields as Zoho describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .wire import Json

# data_type → (json_type, ui_type, usual length). The ui_type numbers are those of Zoho's samples
# where a sample shows one; no client has been seen to use them.
TYPES: dict[str, tuple[str, int, int]] = {
    "text": ("string", 1, 255),
    "textarea": ("string", 3, 2000),
    "email": ("string", 25, 100),
    "phone": ("string", 33, 30),
    "website": ("string", 21, 255),
    "picklist": ("string", 2, 120),
    "multiselectpicklist": ("jsonarray", 100, 255),
    "date": ("string", 24, 20),
    "datetime": ("string", 200, 120),
    "integer": ("integer", 32, 9),
    "bigint": ("string", 110, 18),
    "double": ("double", 38, 16),
    "currency": ("double", 36, 16),
    "percent": ("double", 39, 5),
    "boolean": ("boolean", 301, 5),
    "lookup": ("jsonobject", 4, 120),
    "ownerlookup": ("jsonobject", 8, 120),
    "layout": ("jsonobject", 13, 50),
    "subform": ("jsonarray", 500, 0),
    "tags": ("jsonarray", 209, 2000),
}

# Places after the point where a definition names none.
DECIMALS = {"currency": 2, "double": 2, "percent": 2}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module. `case_sensitive` only matters where `unique` is set."""

    api_name: str
    data_type: str = "text"
    length: int = 255
    label: str = ""
    decimals: int | None = None
    mandatory: bool = False
    unique: bool = False
    case_sensitive: bool = False
    custom: bool = False
    read_only: bool = False
    choices: tuple[str, ...] = ()

    def key(self, value: Any) -> str | None:
        """The value as the unique index compares it; None for what the index leaves out."""
        if value is None or value == "" or isinstance(value, dict | list):
            return None
        text = str(value).strip()
        # A lone surrogate is legal in JSON and no text for SQLite.
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        return text if self.unique and self.case_sensitive else text.casefold()


def field_from(definition: Json) -> Field:
    """A field out of a definition, in our short words or in Zoho's own (a saved settings answer).

    ValueError or TypeError says what is wrong with it.
    """
    if not isinstance(definition, dict):
        raise TypeError("a field is a JSON object")
    name = definition.get("api_name")
    data_type = definition.get("data_type", "text")
    if not isinstance(name, str) or not name:
        raise ValueError("a field needs an api_name")
    if data_type not in TYPES:
        raise ValueError(f"{name}: unknown data_type {data_type!r}, not one of {', '.join(TYPES)}")
    unique = definition.get("unique", False)
    choices = definition.get("choices") or [
        choice["display_value"] for choice in definition.get("pick_list_values") or []
    ]
    return Field(
        api_name=name,
        data_type=data_type,
        length=int(definition.get("length") or TYPES[data_type][2]),
        label=str(definition.get("label") or definition.get("field_label") or ""),
        decimals=_decimals(definition, data_type),
        mandatory=bool(definition.get("mandatory", definition.get("system_mandatory", False))),
        unique=bool(unique),
        case_sensitive=isinstance(unique, dict) and bool(unique.get("case_sensitive")),
        custom=bool(definition.get("custom", definition.get("custom_field", True))),
        read_only=bool(definition.get("read_only", False)),
        choices=tuple(choices),
    )


def _decimals(definition: Json, data_type: str) -> int | None:
    given = definition.get("decimals", definition.get("decimal_place"))
    return DECIMALS.get(data_type) if given is None else int(given)


_PROFILE = {"permission_type": "read_write", "name": "Administrator", "id": "6100000000000026011"}
_LAYOUT = {"api_name": "Standard__s", "name": "Standard", "id": "6100000000000091055"}


def describe(field: Field, number: int) -> Json:
    """The field object of `settings/fields`; `number` makes its id."""
    writable = not field.read_only
    json_type, ui_type, _ = TYPES[field.data_type]
    return {
        "id": str(6100000000000002600 + number),
        "api_name": field.api_name,
        "field_label": field.label or field.api_name.replace("_", " "),
        "display_label": field.label or field.api_name.replace("_", " "),
        "data_type": "text" if field.data_type == "tags" else field.data_type,
        "json_type": json_type,
        "length": field.length,
        "decimal_place": field.decimals,
        "system_mandatory": field.mandatory,
        "unique": {"case_sensitive": field.case_sensitive} if field.unique else {},
        "external": None,
        "custom_field": field.custom,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "created_source": "default",
        "type": "used",
        "ui_type": ui_type,
        "display_type": -1,
        "operation_type": dict.fromkeys(
            ("web_update", "api_create", "web_create", "api_update"), writable
        ),
        "view_type": {"view": True, "edit": writable, "quick_create": False, "create": writable},
        "profiles": [_PROFILE],
        "layout_associations": [_LAYOUT],
        "pick_list_values": [_choice(text, n) for n, text in enumerate(field.choices)],
        **_SAME_FOR_ALL,
    }


def _choice(text: str, number: int) -> Json:
    return {
        "display_value": text,
        "actual_value": text,
        "reference_value": text,
        "sequence_number": number + 1,
        "colour_code": None,
        "id": str(6100000000000003300 + number),
        "type": "used",
    }


_SAME_FOR_ALL: Json = {
    **dict.fromkeys(("visible", "filterable", "searchable", "sortable", "webhook"), True),
    **dict.fromkeys(
        (
            "virtual_field",
            "display_field",
            "mass_update",
            "separator",
            "businesscard_supported",
            "pick_list_values_sorted_lexically",
            "enable_colour_code",
            "colour_code_enabled_by_system",
            "hipaa_compliance_enabled",
        ),
        False,
    ),
    **{
        name: {}
        for name in (
            "lookup",
            "multiselectlookup",
            "multi_module_lookup",
            "currency",
            "formula",
            "rollup_summary",
            "auto_number",
        )
    },
    **dict.fromkeys(
        (
            "associated_module",
            "association_details",
            "global_picklist",
            "history_tracking",
            "hipaa_compliance",
            "crypt",
            "tooltip",
            "created_time",
            "modified_time",
        )
    ),
    "customizable_properties": [],
    "convert_mapping": {"Contacts": None, "Deals": None, "Accounts": None},
    "email_parser": {"fields_update_supported": True, "record_operations_supported": True},
}
