"""The rules of a site's mapping: the default ones, and what is wrong with stored ones. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from zoho.fit.metadata import Fields
from zoho.mapping.mapper import read_rules, source_paths
from zoho.mapping.paths import is_path
from zoho.mapping.transforms import TRANSFORMS
from zoho.models import Mapping as SiteMapping

StoredRule = dict[str, Any]

APPEND, LEAVE_OUT = SiteMapping.Rest.APPEND, SiteMapping.Rest.LEAVE_OUT
"""What becomes of values that no rule uses: to Description as "label: value", or nothing."""
NAMES = ["first_name", "last_name", "contact_name"]
KEYS = {"source", "target", "transform", "argument"}

_PERSON: list[StoredRule] = [
    {"source": NAMES, "target": "First_Name", "transform": "first_name"},
    {"source": NAMES, "target": "Last_Name", "transform": "last_name"},
    {"source": "email", "target": "Email"},
    {"source": "phone", "target": "Phone"},
]


def _address(street: str, city: str, state: str, code: str, country: str) -> list[StoredRule]:
    targets = {"street": street, "city": city, "state": state, "zip": code, "country": country}
    return [{"source": source, "target": target} for source, target in targets.items()]


_MESSAGE: StoredRule = {"source": "message", "target": "Description"}
_BILLING = _address(
    "Billing_Street", "Billing_City", "Billing_State", "Billing_Code", "Billing_Country"
)

DEFAULT_RULES: list[StoredRule] = [
    *_PERSON,
    {"source": "company", "target": "Company"},
    *_address("Street", "City", "State", "Zip_Code", "Country"),
    _MESSAGE,
]
"""What a site that never touched its mapping goes by, in the module Leads."""

BY_MODULE: dict[str, list[StoredRule]] = {
    "Leads": DEFAULT_RULES,
    "Contacts": [
        *_PERSON,
        *_address(
            "Mailing_Street", "Mailing_City", "Mailing_State", "Mailing_Zip", "Mailing_Country"
        ),
        _MESSAGE,
    ],
    "Accounts": [
        {"source": "company", "target": "Account_Name"},
        {"source": "contact_name", "target": "Account_Name"},
        {"source": "phone", "target": "Phone"},
        *_BILLING,
        _MESSAGE,
    ],
    "Deals": [
        {"source": "company", "target": "Deal_Name"},
        {"source": "contact_name", "target": "Deal_Name"},
        _MESSAGE,
    ],
}
_CUSTOM: list[StoredRule] = [
    {"source": "contact_name", "target": "Name"},
    {"source": "company", "target": "Name"},
    {"source": "email", "target": "Email"},
    _MESSAGE,
]


def default_rules(module: str) -> list[StoredRule]:
    """The rules that a site of the module starts with; custom modules have a Name and an Email."""
    return BY_MODULE.get(module, _CUSTOM)


def validate(rules: Any, fields: Fields, seen: Container[str] = ()) -> list[str]:
    """What is wrong with rules, in words, one sentence a fault; none when they can be stored.

    `fields` are those of the module, empty while they have not been read: then no target is known
    to be wrong. `seen` are names that the site sends: any of them is a source.
    """
    if not isinstance(rules, list):
        return [_("The rules must be a list.")]
    return [
        f"Rule {number}: {fault}"
        for number, rule in enumerate(rules, 1)
        for fault in faults_of(rule, fields, seen)
    ]


def faults_of(rule: Any, fields: Fields, seen: Container[str] = ()) -> list[str]:
    """What is wrong with one rule, in words."""
    if not isinstance(rule, dict) or set(rule) - KEYS:
        return [_("It must be an object with source, target, transform and argument.")]
    name = rule.get("transform") or "as_is"
    if not isinstance(name, str) or name not in TRANSFORMS:
        return [(_("There is no transform “%(name)s”.") % {"name": name})]
    faults = [_source_fault(rule, name, seen), _target_fault(rule.get("target"), fields)]
    if fault := TRANSFORMS[name].check(rule.get("argument")):
        faults.append(f"{TRANSFORMS[name].title}: {fault}")
    return [fault for fault in faults if fault]


def _source_fault(rule: StoredRule, name: str, seen: Container[str]) -> str:
    paths, kind = source_paths(rule), TRANSFORMS[name].sources
    if kind == "none":
        return "" if not rule.get("source") else _("This transform takes no source.")
    if not paths:
        return _("Say which field of the lead it reads.")
    if kind == "one" and len(paths) > 1:
        return _("This transform reads one field only.")
    wrong = [path for path in paths if not is_path(path, seen)]
    return (
        (
            _("“%(wrong)s” is no path, such as email, utm.source or items[0].name.")
            % {"wrong": wrong[0]}
        )
        if wrong
        else ""
    )


def _target_fault(target: Any, fields: Fields) -> str:
    if not isinstance(target, str) or not target:
        return _("Say which Zoho field it fills.")
    if not fields:
        return ""
    if target not in fields:
        return _("Zoho's module has no field %(target)s.") % {"target": target}
    return (
        (_("Zoho does not let %(target)s be set.") % {"target": target})
        if fields[target].read_only
        else ""
    )


def uncovered(rules: Iterable[Mapping[str, Any]], fields: Fields) -> list[str]:
    """The mandatory fields that no rule fills: every lead would fail for want of them."""
    filled = {rule.target for rule in read_rules(rules)}
    return [
        name
        for name, field in fields.items()
        if field.mandatory and not field.read_only and name not in filled
    ]
