"""External ids: records named by a value of the caller's own instead of Zoho's id.

The header X-EXTERNAL says which field such values are of: `Leads.External_Lead_ID` for the
record itself, `Contacts.Account_Name.External_Account_ID` for what a lookup leads to, and with
one part more for a lookup inside a subform. Several are separated by commas.
"""

from __future__ import annotations

from collections.abc import Iterator

from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import Refusal, refuse
from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.organisation.fields import Field
from zoho.sandbox.organisation.module_checks import Place
from zoho.sandbox.records import storage
from zoho.sandbox.wire import Json

NO_SUCH = "no record has this external id"


def _paths(call: Call) -> list[list[str]]:
    header = call.request.headers.get("x-external", "")
    return [part.strip().split(".") for part in header.split(",") if part.strip()]


def _wrong_header() -> Refusal:
    return refuse(400, "INVALID_DATA", {"header": "X-EXTERNAL"}, "invalid external field")


def own_field(call: Call, module: Module) -> Field | None:
    """The field by whose values the path or `ids` names records; None for Zoho's ids."""
    for path in _paths(call):
        if len(path) == 2 and path[0] == module.api_name:
            return _external(module, path[1])
    return None


def _external(module: Module, name: str) -> Field:
    field = module.fields.get(name)
    if field is None or not field.external:
        raise _wrong_header()
    return field


def find(call: Call, module: Module, value: str) -> int:
    """The number of the record that `value` names: an external id, or Zoho's. 0 = none."""
    field = own_field(call, module)
    if field is None:
        return storage.record_id(value)
    key = field.key(value)
    return storage.holders(call.db, module, field, [key]).get(key, 0) if key else 0


def resolve(call: Call, module: Module, row: Json, place: Place) -> tuple[Json, list[Json]]:
    """The row with Zoho's ids in the lookups that the header speaks of, and what was not found."""
    row = dict(row)
    errors: list[Json] = []
    for path in _paths(call):
        if path[0] != module.api_name or len(path) not in (2, 3, 4):
            raise _wrong_header()
        if len(path) == 3:
            errors += _lookup(call, module.fields.get(path[1]), row, path[1:], place)
        if len(path) == 4 and isinstance(row.get(path[1]), list):
            row[path[1]] = [dict(o) if isinstance(o, dict) else o for o in row[path[1]]]
            for number, line in enumerate(row[path[1]]):
                inside = Place(f"{place.path}.{path[1]}[{number}]", place.switches, place.update)
                # What a subform's lookup leads to is known by its usual name alone.
                target = Field(path[2], "lookup", lookup=SUBFORM_LOOKUPS.get(path[2], ""))
                errors += _lookup(call, target, line, path[2:], inside)
    return row, errors


SUBFORM_LOOKUPS = {"Product_Name": "Products", "Price_Book_Name": "Price_Books"}


def _lookup(
    call: Call, field: Field | None, holder: Json, path: list[str], place: Place
) -> Iterator[Json]:
    """Puts the id in place of the external value; yields the error when nobody has that value."""
    name, external = path
    target = call.catalogue.modules.get(field.lookup) if field else None
    if target is None:
        raise _wrong_header()
    key_field = _external(target, external)
    given = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(given, dict) or external not in given:
        return
    key = key_field.key(given[external])
    found = storage.holders(call.db, target, key_field, [key]).get(key, 0) if key else 0
    if not found:
        yield place.error("INVALID_DATA", name, NO_SUCH)
        # The error stands for the lookup: no second one about its missing id.
        holder.pop(name)
        return
    holder[name] = {"id": str(found)}
