"""Finding the record or the user that a person named, for a field that leads to it."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from leads.clock import Deadline
from leads.delivery.crm_fields import CrmField, NotFound
from leads.models import ApiCall
from leads.shown.sentences import shown
from zoho.api import coql
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.models import Connection

SECONDS = 10
"""For asking Zoho while a person waits for the page."""
SHOWN = 10
"""Names that are told where the right one is not among them."""
ID = re.compile(r"[0-9]{10,19}")
NAMES = {
    "Leads": "Full_Name",
    "Contacts": "Full_Name",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Products": "Product_Name",
    "Campaigns": "Campaign_Name",
    "Vendors": "Vendor_Name",
}
"""The field that holds a record's name, by module; in all others `Name`."""


def find_record(connection: Connection | None, field: CrmField, name: str) -> dict[str, str]:
    """The id and name of the one that is called so. Raises NotFound, whose text is for people."""
    if ID.fullmatch(name):
        return {"id": name, "name": name}
    if not field.of or field.of == "layouts":
        raise NotFound(_("Only an id can be entered here."))
    if connection is None or not connection.is_set_up:
        raise NotFound(_("Zoho is not connected: enter the id."))
    try:
        caller = Caller(connection, Deadline(SECONDS))
        found = _users(caller) if field.of == "users" else _records(caller, field.of, name)
    except CallFailed as failure:
        words = _("Zoho could not be asked: %(why)s The id can be entered.")
        raise NotFound(words % {"why": shown(str(failure))}) from None
    return _the_one(found, field, name)


def _users(caller: Caller) -> list[dict[str, str]]:
    """All active users, each by name and once more by e-mail."""
    params = {"type": "ActiveUsers", "per_page": "200"}
    answer = caller.ask(ApiCall.Kind.READ, "GET", "/crm/v8/users", params=params)
    content = answer.json()
    users: Any = content.get("users") if isinstance(content, dict) else None
    if answer.status != 200 or not isinstance(users, list):
        raise CallFailed(read_other(answer.status, answer.body))
    people = [one for one in users if isinstance(one, dict) and one.get("id")]
    return [
        {"id": str(one["id"]), "name": str(one.get(key))}
        for key in ("full_name", "email")
        for one in people
        if one.get(key)
    ]


def _records(caller: Caller, module: str, name: str) -> list[dict[str, str]]:
    """The module's records of just this name."""
    column = NAMES.get(module, "Name")
    rows = coql.select(caller, ["id", column], module, f"{column} = {coql.literal(name)}").rows
    return [
        {"id": str(row["id"]), "name": str(row.get(column) or name)}
        for row in rows
        if row.get("id")
    ]


def _the_one(found: list[dict[str, str]], field: CrmField, name: str) -> dict[str, str]:
    wanted = name.strip().casefold()
    alike = {one["id"]: one for one in found if one["name"].casefold() == wanted}
    if len(alike) == 1:
        return next(iter(alike.values()))
    if alike:
        ids = ", ".join(list(alike)[:SHOWN])
        words = _("Several %(of)s in Zoho are called “%(name)s”: enter the id (%(ids)s).")
        raise NotFound(words % {"of": field.of_words, "name": name, "ids": ids})
    there = ", ".join(dict.fromkeys(one["name"] for one in found if "@" not in one["name"]))
    words = _("None of the %(of)s in Zoho is called “%(name)s”.")
    some = _("There are: %(names)s.") % {"names": there[:300]} if there else ""
    raise NotFound(f"{words % {'of': field.of_words, 'name': name}} {some}".strip())
