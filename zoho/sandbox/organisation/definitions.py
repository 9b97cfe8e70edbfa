"""How modules, fields, layouts, assignment rules and wizards are defined from outside.

`--fields FILE.json` holds an object of modules; `PUT /sandbox/fields` takes one module, named by
its key "module". What a definition leaves out stays as it is built in; a module nobody knows yet
is created with the system's own fields.

    {
      "Leads": [FIELD, …],                   short for {"Leads": {"fields": [FIELD, …]}}
      "Visits": {
        "fields": [FIELD, …],                added, or put in place of those of the same name
        "drop": ["Fax", …],                  fields that are taken away
        "replace": true,                     only the system's own fields remain beneath
        "layouts": [LAYOUT, …],              in place of all layouts; the first is the usual one
        "assignment_rules": [RULE, …],       in place of all assignment rules
        "wizards": [WIZARD, …],              in place of all wizards
        "workflows": [WORKFLOW, …]           in place of all workflows
      }
    }

    FIELD   {"api_name": "Plan",             the only key it must have
             "data_type": "picklist",        one of fields.TYPES; "text" if left out
             "length": 120, "decimals": 2, "label": "Plan",
             "mandatory": false,             system mandatory
             "unique": true,                 or {"case_sensitive": true}
             "external": "org",              or "user": reachable with X-EXTERNAL, and unique
             "choices": ["A", "B"],          or {"display_value": …, "actual_value": …} each
             "closed": true,                 unlisted choices are refused, whatever the switches say
             "lookup": "Accounts",           where a lookup leads
             "read_only": false, "custom": true}
            A field object out of a saved answer of Zoho's `settings/fields` does as well.
    LAYOUT  {"name": "Web", "id": "6100…",
             "fields": ["Last_Name", …],     all fields if left out
             "without": ["Description", …],  fields it lacks all the same
             "mandatory": ["Company", …],    beside the system's own
             "rules": [{"name": "Referral", "when": {"Lead_Source": "Employee Referral"},
                        "mandatory": ["Company"]}]}
    RULE    {"name": "By country", "id": "6100…", "assignee": "a user's id"}
    WORKFLOW {"name": "Dial out", "set": {"Phone": "+49 30 1"}, "clear": ["Fax", …],
              "when": {"Lead_Source": "Web site"}}   always if left out; unless `trigger` says not
    WIZARD  {"name": "New lead", "id": "6100…", "connections": ["6100…", …]}   ids in their order

An id that is left out is made from the module and the place in the list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from zoho.sandbox.organisation.fields import Field, field_from
from zoho.sandbox.organisation.users import CURRENT, OWNERS
from zoho.sandbox.wire import Json

LISTS = {"layouts", "assignment_rules", "wizards", "workflows"}
KEYS = {"module", "fields", "drop", "replace", *LISTS}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LayoutRule:
    """What a layout asks for beside, once a record has all the values of `when`."""

    id: str
    name: str
    when: tuple[tuple[str, Any], ...]
    mandatory: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout; `fields` None = all there are."""

    id: str
    name: str
    fields: frozenset[str] | None = None
    mandatory: tuple[str, ...] = ()
    rules: tuple[LayoutRule, ...] = ()
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    """What `lar_id` names; records without an owner go to `assignee`."""

    id: str
    name: str
    assignee: str


@dataclass(frozen=True, slots=True)
class Wizard:
    """The ids of the connections between its screens, in their order."""

    id: str
    name: str
    connections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """What happens to a record, once it has all the values of `when`, before anyone reads it."""

    id: str
    name: str
    when: tuple[tuple[str, Any], ...]
    set: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """All that makes a module."""

    fields: tuple[Field, ...]
    layouts: tuple[Layout, ...]
    assignment_rules: tuple[AssignmentRule, ...] = ()
    wizards: tuple[Wizard, ...] = ()
    workflows: tuple[Workflow, ...] = ()


def read_file(file: Path) -> dict[str, Json]:
    """The orders of a file, by module. OSError or ValueError if it cannot be read."""
    content: Any = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{file}: expected an object of modules")
    orders = {name: {"fields": o} if isinstance(o, list) else o for name, o in content.items()}
    for name, order in orders.items():
        if not isinstance(order, dict):
            raise ValueError(f"{file}: {name} is neither a list of fields nor an object")
    return orders


def redefine(name: str, old: Definition, base: Iterable[Field], order: Json) -> Definition:
    """`old` as the order changes it; over `base` alone with "replace".

    ValueError or TypeError says what is wrong with the order.
    """
    if unknown := set(order) - KEYS:
        raise ValueError(f"{name}: no {', '.join(sorted(unknown))} in the definition of a module")
    known = base if order.get("replace") else old.fields
    fields = {field.api_name: field for field in known}
    fields |= {field.api_name: field for field in map(field_from, _list(order, "fields"))}
    for gone in _list(order, "drop"):
        fields.pop(gone, None)
    seed = 6100000000000600000 + sum(map(ord, name)) * 100
    return Definition(
        tuple(fields.values()),
        _each(order, "layouts", _layout, seed, old.layouts),
        _each(order, "assignment_rules", _rule, seed + 30, old.assignment_rules),
        _each(order, "wizards", _wizard, seed + 60, old.wizards),
        _each(order, "workflows", _workflow, seed + 80, old.workflows),
    )


def _list(order: Json, key: str) -> list[Any]:
    value = order.get(key) or []
    if not isinstance(value, list | tuple):
        raise TypeError(f"{key} is a list")
    return list(value)


def _each(
    order: Json, key: str, make: Callable[[Json, str], T], seed: int, old: tuple[T, ...]
) -> tuple[T, ...]:
    """The objects of one list, each with an id; the old ones where the order has no such list."""
    if key not in order:
        return old
    made = []
    for number, one in enumerate(_list(order, key)):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise TypeError(f"{key}: each is an object with a name")
        made.append(make(one, str(one.get("id") or seed + number)))
    return tuple(made)


def _layout(given: Json, made_id: str) -> Layout:
    fields = frozenset(_list(given, "fields")) if "fields" in given else None
    rules = _each(given, "rules", _layout_rule, int(made_id) + 1000, ())
    without = frozenset(_list(given, "without"))
    return Layout(made_id, given["name"], fields, tuple(_list(given, "mandatory")), rules, without)


def _layout_rule(given: Json, made_id: str) -> LayoutRule:
    when = tuple(dict(given["when"]).items())
    return LayoutRule(made_id, given["name"], when, tuple(_list(given, "mandatory")))


def _rule(given: Json, made_id: str) -> AssignmentRule:
    assignee = str(given.get("assignee") or CURRENT["id"])
    if assignee not in OWNERS:
        raise ValueError(f"{assignee} is no active user; there are {', '.join(OWNERS)}")
    return AssignmentRule(made_id, given["name"], assignee)


def _wizard(given: Json, made_id: str) -> Wizard:
    return Wizard(made_id, given["name"], tuple(map(str, _list(given, "connections"))))


def _workflow(given: Json, made_id: str) -> Workflow:
    changes = dict(given.get("set") or {}) | dict.fromkeys(_list(given, "clear"))
    when = tuple(dict(given.get("when") or {}).items())
    return Workflow(made_id, given["name"], when, tuple(changes.items()))


def usual_layout(name: str) -> Layout:
    """The one layout of a module that defines none."""
    return Layout(str(6100000000000090000 + sum(map(ord, name))), "Standard")


_REFERRAL = LayoutRule(
    "6100000000000092001",
    "A referral names its company",
    (("Lead_Source", "Employee Referral"),),
    ("Company",),
)
# The web form of Leads insists on a company; the API only where a record names the layout.
LAYOUTS: dict[str, tuple[Layout, ...]] = {
    "Leads": (Layout("6100000000000091055", "Standard", None, ("Company",), (_REFERRAL,)),)
}
ASSIGNMENT_RULES: dict[str, tuple[AssignmentRule, ...]] = {
    "Leads": (AssignmentRule("6100000000000333001", "Web leads by country", CURRENT["id"]),)
}
WIZARDS: dict[str, tuple[Wizard, ...]] = {
    "Leads": (
        Wizard("6100000000000510001", "New lead", ("6100000000000511001", "6100000000000511002")),
    )
}
