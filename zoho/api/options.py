"""The request options of a site: what travels beside the records, what on each of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

TRIGGERS = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")
APPLIED = (
    "layout_rules",
    "range_validation",
    "assignment_rules",
    "function_validation_rule",
    "criteria_validation_rule",
    "global_map_dependency",
    "territory_subordinates",
)
SKIPPED = ("cadences", "assignment_rules", "connected_workflows")
ACTIONS = ("insert", "update")
"""All four lists: Zoho's OpenAPI description of 'Insert Records', v8."""

Check = Callable[[Any], bool]


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value) is not None


def _has_id(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"id"} and _is_id(value["id"])


def _are_triggers(value: Any) -> bool:
    return isinstance(value, list) and all(one in TRIGGERS for one in value)


def _named(names: tuple[str, ...], actions: tuple[str, ...] = ()) -> Check:
    """A list of features by name, each for one of the actions where there are some."""
    keys = {"name": names} | ({"action": actions} if actions else {})
    return lambda value: (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, dict)
            and "name" in one
            and all(key in keys and word in keys[key] for key, word in one.items())
            for one in value
        )
    )


def _are_tags(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, dict) and set(one) == {"name"} and isinstance(one["name"], str)
            for one in value
        )
    )


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_id, value))


class Option(NamedTuple):
    """One key of the request, what it must look like in words, and what it does."""

    fits: Check
    form: str
    does: str


TOP: dict[str, Option] = {
    "trigger": Option(
        _are_triggers,
        f"a list out of {', '.join(TRIGGERS)}; [] for none",
        "Which automations run; without the key all do",
    ),
    "lar_id": Option(_is_id, "the id of an assignment rule, as text", "Who gets the record"),
    "apply_feature_execution": Option(
        _named(APPLIED),
        f'a list of {{"name": …}} out of {", ".join(APPLIED)}',
        "Rules of Zoho that are applied although the record comes by API",
    ),
    "skip_feature_execution": Option(
        _named(SKIPPED),
        f'a list of {{"name": …}} out of {", ".join(SKIPPED)}',
        "Features of Zoho that are skipped for the record",
    ),
}
TOP_OF_UPSERT = TOP | {
    "skip_feature_execution": Option(
        _named(SKIPPED, ACTIONS),
        f'a list of {{"name": …, "action": …}} out of {", ".join(SKIPPED)}; the action, which may '
        f"be left out, is {' or '.join(ACTIONS)}",
        "Features of Zoho that are skipped for the records inserted, updated or both",
    ),
}
"""What travels beside the records of an upsert, which says of what it does to which of them."""
RECORD: dict[str, Option] = {
    "Layout": Option(
        _has_id,
        '{"id": "…"}',
        "The record's layout: its mandatory fields count, and it takes its own fields alone",
    ),
    "Owner": Option(_has_id, '{"id": "…"}', "The user who owns the record"),
    "Tag": Option(_are_tags, 'a list of {"name": "…"}', "Tags on the record"),
    "$approved": Option(
        lambda value: isinstance(value, bool), "true or false", "false: approval first"
    ),
    "Wizard": Option(
        lambda value: _is_id(value) or _has_id(value), "an id", "The wizard that makes the record"
    ),
    "$wizard_connection_path": Option(_are_ids, "a list of ids", "The way through the wizard"),
}


class Split(NamedTuple):
    """Options by where they travel."""

    top: dict[str, Any]
    record: dict[str, Any]


def split(options: dict[str, Any]) -> Split:
    """The known options, those beside `data` and those on every record."""
    return Split(
        {key: value for key, value in options.items() if key in TOP},
        {key: value for key, value in options.items() if key in RECORD},
    )


def faults(options: Any, top: dict[str, Option] = TOP) -> list[str]:
    """What is wrong with a site's options, one sentence a fault; none when they can be sent."""
    if not isinstance(options, dict):
        return ["The options must be a JSON object."]
    return [fault for key, value in options.items() if (fault := _fault(key, value, top))]


def _fault(key: str, value: Any, top: dict[str, Option]) -> str:
    option = top.get(key) or RECORD.get(key)
    if option is None:
        return f"There is no option {key}. There are: {', '.join([*TOP, *RECORD])}."
    return "" if option.fits(value) else f"{key} must be {option.form}."
