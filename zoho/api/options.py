"""The request options of a site: what travels beside the records, what on each of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop as _

from leads.shown.sentences import Sentence, either

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

OUT_OF = Sentence(_("a list out of %(names)s; [] for none"))
NAMED_OUT_OF = Sentence(_('a list of {"name": …} out of %(names)s'))
WITH_ACTION = Sentence(
    _(
        'a list of {"name": …, "action": …} out of %(names)s; the action, which may be left out, '
        "is %(either)s"
    )
)
ID_OF_RULE = Sentence(_("the id of an assignment rule, as text"))()
AN_ID_IN_BRACES = Sentence(_('an id as {"id": "…"}'))()
TAGS = Sentence(_('a list of {"name": "…"}'))()
YES_OR_NO = Sentence(_("true or false"))()
AN_ID = Sentence(_("an id"))()
IDS = Sentence(_("a list of ids"))()
MUST_BE = Sentence(_("%(key)s must be %(what)s."))
NO_OBJECT = Sentence(_("The options must be a JSON object."))()
NO_OPTION = Sentence(_("There is no option %(key)s. There are: %(names)s."))

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
        OUT_OF(names=", ".join(TRIGGERS)),
        "Which automations run; without the key all do",
    ),
    "lar_id": Option(_is_id, ID_OF_RULE, "Who gets the record"),
    "apply_feature_execution": Option(
        _named(APPLIED),
        NAMED_OUT_OF(names=", ".join(APPLIED)),
        "Rules of Zoho that are applied although the record comes by API",
    ),
    "skip_feature_execution": Option(
        _named(SKIPPED),
        NAMED_OUT_OF(names=", ".join(SKIPPED)),
        "Features of Zoho that are skipped for the record",
    ),
}
TOP_OF_UPSERT = TOP | {
    "skip_feature_execution": Option(
        _named(SKIPPED, ACTIONS),
        WITH_ACTION(names=", ".join(SKIPPED), either=either([*ACTIONS])),
        "Features of Zoho that are skipped for the records inserted, updated or both",
    ),
}
"""What travels beside the records of an upsert, which says of what it does to which of them."""
RECORD: dict[str, Option] = {
    "Layout": Option(
        _has_id,
        AN_ID_IN_BRACES,
        "The record's layout: its mandatory fields count, and it takes its own fields alone",
    ),
    "Owner": Option(_has_id, AN_ID_IN_BRACES, "The user who owns the record"),
    "Tag": Option(_are_tags, TAGS, "Tags on the record"),
    "$approved": Option(lambda value: isinstance(value, bool), YES_OR_NO, "false: approval first"),
    "Wizard": Option(
        lambda value: _is_id(value) or _has_id(value), AN_ID, "The wizard that makes the record"
    ),
    "$wizard_connection_path": Option(_are_ids, IDS, "The way through the wizard"),
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
        return [NO_OBJECT]
    return [fault for key, value in options.items() if (fault := _fault(key, value, top))]


def _fault(key: str, value: Any, top: dict[str, Option]) -> str:
    option = top.get(key) or RECORD.get(key)
    if option is None:
        return NO_OPTION(key=key, names=", ".join([*TOP, *RECORD]))
    return "" if option.fits(value) else MUST_BE(key=key, what=option.form)
