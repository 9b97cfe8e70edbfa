"""The field objects and layout objects of `settings/`, with every key Zoho's samples show."""

from __future__ import annotations

from zoho.sandbox.organisation.fields import TYPES, Field
from zoho.sandbox.wire import Json

_PROFILE = {"permission_type": "read_write", "name": "Administrator", "id": "6100000000000026011"}


def describe(field: Field, number: int, layouts: list[Json]) -> Json:
    """The field object of `settings/fields`; `number` makes its id."""
    writable = not field.read_only
    json_type, ui_type, _ = TYPES[field.data_type]
    lookup = {"module": {"api_name": field.lookup}, "api_name": field.lookup}
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
        "external": {"show": True, "type": field.external} if field.external else None,
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
        "layout_associations": layouts,
        "pick_list_values": [
            _choice(shown, kept, n)
            for n, (shown, kept) in enumerate(
                zip(field.choices, field.actual or field.choices, strict=False)
            )
        ],
        **_SAME_FOR_ALL,
        "lookup": lookup if field.lookup else {},
    }


def _choice(shown: str, kept: str, number: int) -> Json:
    return {
        "display_value": shown,
        "actual_value": kept,
        "reference_value": kept,
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
