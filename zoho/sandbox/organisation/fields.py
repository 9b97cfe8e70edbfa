"""Fields as Zoho describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zoho.sandbox.wire import Json

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
    "userlookup": ("jsonobject", 786, 120),
    "layout": ("jsonobject", 13, 50),
    "subform": ("jsonarray", 500, 0),
    "multiselectlookup": ("jsonarray", 890, 0),
    "multiuserlookup": ("jsonarray", 891, 0),
    "participants": ("jsonarray", 501, 0),
    "fileupload": ("jsonarray", 990, 0),
    "imageupload": ("jsonarray", 991, 0),
    "multireminder": ("jsonarray", 780, 0),
    "ALARM": ("jsonobject", 220, 0),
    "RRULE": ("jsonobject", 221, 0),
    "jsonobject": ("jsonobject", 1, 0),
    "autonumber": ("string", 550, 120),
    "formula": ("string", 10, 120),
    "tags": ("jsonarray", 209, 2000),
}

# Zoho fills these in itself, whatever a definition says.
COMPUTED = frozenset({"autonumber", "formula"})

# Types whose value names another record.
LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup", "layout"})

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
    actual: tuple[str, ...] = ()  # the actual values beside `choices`, where they differ
    closed: bool = False
    lookup: str = ""
    external: str = ""  # "", "org" or "user"

    @property
    def exclusive(self) -> bool:
        """Whether no two records may hold one value."""
        return self.unique or bool(self.external)

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
    if name == "Tag":  # Zoho calls it a text that is an array
        data_type = "tags"
    if data_type not in TYPES:
        raise ValueError(f"{name}: unknown data_type {data_type!r}, not one of {', '.join(TYPES)}")
    unique = definition.get("unique", False)
    choices, actual = _choices(definition)
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
        read_only=bool(definition.get("read_only", False)) or data_type in COMPUTED,
        choices=choices,
        actual=actual,
        closed=bool(definition.get("closed", False)),
        lookup=_lookup(name, definition.get("lookup") or ""),
        external=_external(name, definition.get("external") or ""),
    )


def _choices(definition: Json) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Display values, and the actual ones where a definition tells them apart."""
    given = definition.get("choices") or definition.get("pick_list_values") or []
    pairs = [
        (choice["display_value"], choice.get("actual_value", choice["display_value"]))
        if isinstance(choice, dict)
        else (str(choice), str(choice))
        for choice in given
    ]
    display = tuple(str(shown) for shown, _ in pairs)
    actual = tuple(str(kept) for _, kept in pairs)
    return display, actual if actual != display else ()


def _decimals(definition: Json, data_type: str) -> int | None:
    given = definition.get("decimals", definition.get("decimal_place"))
    return DECIMALS.get(data_type) if given is None else int(given)


def _lookup(name: str, given: Any) -> str:
    """The module a lookup leads to: its name, or Zoho's object around it."""
    if isinstance(given, dict):
        module = given.get("module") or {}
        given = module.get("api_name", "") if isinstance(module, dict) else module
    if not isinstance(given, str):
        raise TypeError(f"{name}: lookup is the name of a module")
    return given


def _external(name: str, given: Any) -> str:
    if isinstance(given, dict):
        given = given.get("type") or "org"
    given = "org" if given is True else given
    if given not in ("", "org", "user"):
        raise ValueError(f'{name}: external is "org" or "user"')
    return str(given)
