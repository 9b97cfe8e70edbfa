"""The top-level keys of a writing call beside `data`: what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoho.sandbox.errors import Refusal, refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.wire import Json

# Key → the type it must have, and what Zoho calls that type.
SHAPES: dict[str, tuple[type, str]] = {
    "trigger": (list, "jsonarray"),
    "lar_id": (str, "bigint"),
    "apply_feature_execution": (list, "jsonarray"),
    "skip_feature_execution": (list, "jsonarray"),
    "duplicate_check_fields": (list, "jsonarray"),
}
TRIGGERS = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")
APPLY = (
    "layout_rules",
    "range_validation",
    "assignment_rules",
    "function_validation_rule",
    "criteria_validation_rule",
    "global_map_dependency",
    "territory_subordinates",
)
SKIP = ("cadences",)
SKIP_BY_SCHEMA = ("cadences", "assignment_rules", "connected_workflows")
ACTIONS = ("insert", "update")


def check(envelope: Json, module: Module, switches: Mapping[str, Any]) -> None:
    """Refuses the call for an envelope Zoho would not take."""
    if not envelope:
        return
    for name, (kind, expected) in SHAPES.items():
        if name in envelope and not isinstance(envelope[name], kind):
            raise not_a(expected, name)
    _triggers(envelope.get("trigger") or [], switches)
    _assignment_rule(envelope.get("lar_id"), module, switches)
    skip = SKIP if switches["skip_names"] == "cadences" else SKIP_BY_SCHEMA
    _features("skip_feature_execution", envelope, skip)
    _features("apply_feature_execution", envelope, APPLY)


def not_a(expected: str, name: str) -> Refusal:
    """The refusal of a top-level key that has another type."""
    details = {"expected_data_type": expected, "api_name": name, "json_path": f"$.{name}"}
    return refuse(400, "INVALID_DATA", details)


def _triggers(words: list[Any], switches: Mapping[str, Any]) -> None:
    for number, word in enumerate(words):
        if word not in TRIGGERS and switches["unknown_trigger"] == "refused":
            place = {"api_name": "trigger", "json_path": f"$.trigger[{number}]"}
            raise refuse(400, "INVALID_DATA", {"supported_values": list(TRIGGERS), **place})


def _assignment_rule(rule: str | None, module: Module, switches: Mapping[str, Any]) -> None:
    known = rule is None or rule in module.assignment_rules
    if not known and switches["unknown_lar_id"] == "refused":
        place = {"api_name": "lar_id", "json_path": "$.lar_id"}
        raise refuse(400, "INVALID_DATA", place, "the id given seems to be invalid")


def _features(key: str, envelope: Json, names: tuple[str, ...]) -> None:
    """Each entry names a feature; upsert's may say for which action."""
    for number, entry in enumerate(envelope.get(key) or []):
        place = {"api_name": "name", "json_path": f"$.{key}[{number}].name"}
        if not isinstance(entry, dict) or "name" not in entry:
            message = f'The required key is missing in the "{key}" property'
            raise refuse(400, "MANDATORY_NOT_FOUND", place, message)
        if entry["name"] not in names:
            message = f'Invalid data has been provided for the "name" key in the "{key}" property'
            raise refuse(400, "INVALID_DATA", {"supported_values": list(names), **place}, message)
        if "action" in entry and entry["action"] not in ACTIONS:
            place = {"api_name": "action", "json_path": f"$.{key}[{number}].action"}
            raise refuse(400, "INVALID_DATA", {"supported_values": list(ACTIONS), **place})


def runs_workflows(envelope: Json) -> bool:
    """Whether the call lets workflows run: all automations do unless `trigger` chooses."""
    return "trigger" not in envelope or "workflow" in envelope["trigger"]


def applies(envelope: Json, feature: str) -> bool:
    """Whether the call asks for this feature in apply_feature_execution."""
    return any(entry["name"] == feature for entry in envelope.get("apply_feature_execution") or ())
