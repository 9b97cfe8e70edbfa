"""One record of a writing call: what of it is to be stored, and what keeps it from that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zoho.sandbox.calls.call import Call
from zoho.sandbox.calls.envelope import applies, runs_workflows
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.organisation.definitions import Layout
from zoho.sandbox.organisation.fields import LOOKUPS
from zoho.sandbox.organisation.module_checks import Place
from zoho.sandbox.organisation.users import OWNERS
from zoho.sandbox.records import external, storage
from zoho.sandbox.wire import Json

WRONG_ID = "the id given seems to be invalid"


def judge(
    call: Call, module: Module, envelope: Json, number: int, row: Any, update: bool = False
) -> tuple[Json, list[Json]]:
    """The record as it would be stored, and every error but those of duplicates.

    Plain records of a plain call must stay cheap: what only some have is looked at only then.
    """
    place = Place(f"$.data[{number}]", call.switches, update)
    if not isinstance(row, dict):
        return module.rules.read(row, number, call.switches, update)
    errors: list[Json] = []
    if "x-external" in call.request.headers:
        row, errors = external.resolve(call, module, row, place)
    rules, layout = module.rules, None
    if "Layout" in row:
        layout = _layout(module, row["Layout"])
        if layout is not None:
            rules = module.rules_for(layout)
        elif row["Layout"]:
            errors.append(place.error("INVALID_DATA", "Layout", WRONG_ID))
    kept, wrong = rules.read(row, number, call.switches, update)
    errors += wrong
    if layout:
        kept["Layout"] = {"name": layout.name, "id": layout.id}
    if applies(envelope, "layout_rules"):
        errors += _layout_rules(layout or next(iter(module.layouts.values())), row, place)
    for rule in module.special:
        errors += rule(row, place)
    if "Wizard" in row:
        errors += _wizard(module, row, place)
    if call.switches["lookups"] == "checked":
        errors += _lookups(call, module, kept, place)
    errors += _owner(module, envelope, kept, place)
    if module.definition.workflows and not errors and runs_workflows(envelope):
        _work(module, kept)
    if row.get("$approved") is False:
        kept["$approval_state"] = call.switches["unapproved_state"]
    return kept, errors


def _work(module: Module, kept: Json) -> None:
    for workflow in module.definition.workflows:
        if all(kept.get(name) == value for name, value in workflow.when):
            kept.update(workflow.set)


def _layout(module: Module, given: Any) -> Layout | None:
    wanted = given.get("id") if isinstance(given, dict) else None
    return module.layouts.get(wanted) if isinstance(wanted, str) else None


def _layout_rules(layout: Layout, row: Json, place: Place) -> Iterator[Json]:
    """Only "Set Mandatory Field" can be triggered through the API."""
    for rule in layout.rules:
        if any(row.get(name) != value for name, value in rule.when):
            continue
        for name in rule.mandatory:
            if row.get(name) in (None, ""):
                named = {"name": rule.name, "id": rule.id}
                yield place.error("MANDATORY_NOT_FOUND", name, layout_rule=named)


def _wizard(module: Module, row: Json, place: Place) -> Iterator[Json]:
    """A record made in a wizard says the way through its screens, from the first on."""
    given = row["Wizard"]
    given = given.get("id") if isinstance(given, dict) else given
    wizard = module.wizards.get(given) if isinstance(given, str) else None
    path = row.get("$wizard_connection_path")
    if wizard is None:
        yield place.error("INVALID_DATA", "Wizard", WRONG_ID)
    elif path is None:
        dependee = place.field("Wizard")
        missing = "$wizard_connection_path"
        yield place.error("DEPENDENT_FIELD_MISSING", missing, dependee=dependee)
    elif not isinstance(path, list):
        wrong = {"expected_data_type": "jsonarray"}
        yield place.error("INVALID_DATA", "$wizard_connection_path", **wrong)
    elif any(one not in wizard.connections for one in path):
        message = "Wizard connection id is invalid"
        yield place.error("INVALID_DATA", "$wizard_connection_path", message)
    elif not path or tuple(path) != wizard.connections[: len(path)]:
        message = "Wizard connections supplied do not form a valid path"
        yield place.error("INVALID_DATA", "$wizard_connection_path", message)


def _lookups(call: Call, module: Module, kept: Json, place: Place) -> Iterator[Json]:
    """Lookups whose module is known must name a record there is."""
    for name, value in kept.items():
        field = module.fields.get(name)
        target = call.catalogue.modules.get(field.lookup) if field else None
        if target is None or field is None or field.data_type not in LOOKUPS:
            continue
        wanted = storage.record_id(value.get("id")) if isinstance(value, dict) else 0
        if value is not None and not (wanted and storage.find(call.db, target, wanted)):
            yield place.error("INVALID_DATA", name, WRONG_ID)


def _owner(module: Module, envelope: Json, kept: Json, place: Place) -> Iterator[Json]:
    """The owner named, or the one the assignment rule picks; the caller where neither does."""
    given = kept.get("Owner")
    if isinstance(given, dict):
        owner = OWNERS.get(str(given.get("id")))
        if owner:
            kept["Owner"] = owner
        elif place.switches["unknown_owner"] == "refused" and "id" in given:
            yield place.error("INVALID_DATA", "Owner", WRONG_ID)
        else:
            kept.pop("Owner")
    elif given is None:
        kept.pop("Owner", None)
        rule = module.assignment_rules.get(envelope.get("lar_id") or "")
        if rule and not place.update:
            kept["Owner"] = OWNERS[rule.assignee]
