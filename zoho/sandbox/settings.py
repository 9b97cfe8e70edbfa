"""What the organisation is made of: itself, users, modules, fields, layouts, assignment rules."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from zoho.sandbox.calls import paging
from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.organisation.definitions import AssignmentRule, Layout
from zoho.sandbox.organisation.tables import TABLES
from zoho.sandbox.organisation.users import OWNERS, TYPES, USER, USERS, of_type
from zoho.sandbox.wire import Json, Reply, reply_json

ORG: Json = {
    "id": "6100000000000019001",
    "company_name": "Nordlicht GmbH",
    "zgid": "800001",
    "domain_name": "org800001",
    "primary_email": "mara@example.org",
    "country_code": "DE",
    "iso_code": "EUR",
    "currency_symbol": "€",
    "time_zone": "Europe/Berlin",
    "type": "production",
    "license_details": {
        "paid": True,
        "paid_type": "enterprise",
        "paid_expiry": None,
        "trial_type": None,
        "trial_expiry": None,
        "trial_action": None,
        "users_license_purchased": 5,
        "portal_users_license_purchased": 0,
    },
}
FOUNDED = "2026-01-12T08:00:00+01:00"


def org(_call: Call) -> Reply:
    """The organisation."""
    return reply_json(200, {"org": [ORG]})


def users(call: Call) -> Reply:
    """The users of the type asked for, all of them without one; 204 when there is none."""
    kind = call.request.query.get("type", "AllUsers")
    if kind not in TYPES:
        details = {"param_name": "type", "supported_values": list(TYPES)}
        raise refuse(400, "INVALID_REQUEST", details)
    page, found = paging.page_asked(call.request.query), of_type(kind)
    shown = found[page.skip : page.skip + page.size]
    if not shown:
        return Reply(204)
    more = len(found) > page.skip + page.size
    return reply_json(200, {"users": shown, "info": page.info(len(shown), more)})


def user(call: Call) -> Reply:
    """One user; 204 for an id nobody has."""
    found = [one for one in USERS if one["id"] == call.args["id"]]
    return reply_json(200, {"users": found}) if found else Reply(204)


def _module(call: Call) -> Module:
    """The module that the parameter `module` names."""
    name = call.request.query.get("module")
    if not name:
        raise refuse(400, "REQUIRED_PARAM_MISSING", {"param_name": "module"})
    if name not in call.catalogue.modules and name.removesuffix("__s") not in TABLES:
        raise refuse(400, "INVALID_MODULE")
    return call.catalogue.get(name)


def fields(call: Call) -> Reply:
    """The field objects of a module."""
    return Reply(200, _module(call).metadata)


def modules(call: Call) -> Reply:
    """The modules of the organisation; 304 when none changed since If-Modified-Since."""
    since = _since(call.request.headers.get("if-modified-since", ""))
    if since is not None and since >= int(call.catalogue.changed):
        return Reply(304)
    known = enumerate(call.catalogue.modules.values())
    return reply_json(200, {"modules": [_described(module, number) for number, module in known]})


def _since(text: str) -> float | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(text).timestamp()
        except ValueError:
            continue
    return None


def _described(module: Module, number: int) -> Json:
    described: dict[str, Any] = {
        "id": module.id,
        "api_name": module.api_name,
        "module_name": module.api_name,
        "singular_label": module.api_name.removesuffix("s").replace("_", " "),
        "plural_label": module.api_name.replace("_", " "),
        "generated_type": "default" if module.api_name in TABLES else "custom",
        "status": "visible",
        "sequence_number": number + 1,
        "visibility": 1,
    }
    able = ("api_supported", "creatable", "editable", "deletable", "viewable", "show_as_tab")
    return {**described, **dict.fromkeys(able, True)}


def layouts(call: Call) -> Reply:
    """The layouts of a module with their fields, or the one of the path."""
    module = _module(call)
    wanted = call.args.get("id")
    if wanted is not None and wanted not in module.layouts:
        details = {"resource_path_index": 2}
        raise refuse(400, "INVALID_DATA", details, "the layout id given seems to be invalid")
    found = [module.layouts[wanted]] if wanted else list(module.layouts.values())
    return reply_json(200, {"layouts": [_layout(module, layout) for layout in found]})


def _layout(module: Module, layout: Layout) -> Json:
    return {
        "id": layout.id,
        "name": layout.name,
        "display_label": layout.name,
        "api_name": f"{layout.name}__s",
        "status": "active",
        "visible": True,
        "source": "crm",
        "generated_type": "default",
        "has_more_profiles": False,
        "created_for": None,
        **dict.fromkeys(("created_time", "modified_time"), FOUNDED),
        **dict.fromkeys(("created_by", "modified_by"), USER),
        "profiles": [{"default": True, "name": "Administrator", "id": "6100000000000026011"}],
        "convert_mapping": None,
        "sections": [_section(module, layout)],
    }


def _section(module: Module, layout: Layout) -> Json:
    """All fields of a layout in one section, each with whether this layout requires it."""
    outside = module.outside(layout)
    return {
        "id": layout.id,
        "name": "Information",
        "api_name": "Information",
        "display_label": "Information",
        "type": "used",
        "generated_type": "default",
        "column_count": 2,
        "sequence_number": 1,
        "tab_traversal": 1,
        "isSubformSection": False,
        "fields": [
            {**described, "required": described["system_mandatory"] or name in layout.mandatory}
            for name, described in module.described.items()
            if name not in outside
        ],
    }


def assignment_rules(call: Call) -> Reply:
    """The assignment rules of a module, or of all; 204 when there is none."""
    asked = "module" in call.request.query
    places = [_module(call)] if asked else list(call.catalogue.modules.values())
    found = [_rule(one, rule) for one in places for rule in one.assignment_rules.values()]
    return reply_json(200, {"assignment_rules": found}) if found else Reply(204)


def _rule(module: Module, rule: AssignmentRule) -> Json:
    assignee = OWNERS[rule.assignee]
    return {
        "id": rule.id,
        "name": rule.name,
        "description": None,
        "module": {"api_name": module.api_name, "id": module.id},
        "default_assignee": {"name": assignee["name"], "id": assignee["id"]},
        "created_by": USER,
        "created_time": FOUNDED,
        "modified_by": USER,
        "modified_time": FOUNDED,
    }
