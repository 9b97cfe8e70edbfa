"""The fields of Zoho that people fill in themselves: which, and how each is entered. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from leads.delivery.crm_fields import CrmField, InputKind
from zoho.fit.kinds import BY_TYPE
from zoho.fit.layouts import Layouts
from zoho.fit.metadata import Field, Kept
from zoho.fit.text import PICKLIST_ITEM
from zoho.mapping.record import Plan

API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
KINDS: dict[str, InputKind] = {
    "textarea": InputKind.LONG_TEXT,
    "picklist": InputKind.CHOICE,
    "multiselectpicklist": InputKind.CHOICES,
    "date": InputKind.DATE,
    "datetime": InputKind.MOMENT,
    "integer": InputKind.WHOLE,
    "bigint": InputKind.WHOLE,
    "double": InputKind.NUMBER,
    "currency": InputKind.NUMBER,
    "percent": InputKind.NUMBER,
    "boolean": InputKind.YES_NO,
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup", "layout"), InputKind.RECORD),
    **dict.fromkeys(
        ("subform", "multiselectlookup", "multiuserlookup", "participants"), InputKind.JSON
    ),
    **dict.fromkeys(("fileupload", "imageupload"), InputKind.JSON),
}
"""By type in Zoho's metadata; any other is entered as text."""
BY_JSON = {
    "jsonarray": InputKind.JSON,
    "jsonobject": InputKind.JSON,
    "boolean": InputKind.YES_NO,
}
"""Of types that are not known, by their JSON type."""
NOTHING = "-None-"
"""What Zoho's lists call no choice."""


def named(names: Iterable[str], plan: Plan, kept: Mapping[str, Kept]) -> list[CrmField]:
    """Those of these fields that a person may fill in, each once; `kept` is Zoho's metadata.

    One that Zoho has named and does not show is entered as text.
    """
    found = (_one(name, plan, kept) for name in dict.fromkeys(names))
    return [field for field in found if field is not None]


def _one(name: str, plan: Plan, kept: Mapping[str, Kept]) -> CrmField | None:
    field = plan.usual.get(name)
    if field is None:
        if not API_NAME.fullmatch(name):
            return None
        return CrmField(name, name.replace("_", " "), is_described=False)
    if not field.is_ours or name in plan.reserved:
        return None
    return described(field, kept.get(name, {}).get("lookup", ""), plan.layouts)


def described(field: Field, module: str = "", layouts: Layouts | None = None) -> CrmField:
    """How a field is entered; `module` is the one that a look-up leads to."""
    kind = _kind(field)
    choices: tuple[tuple[str, str], ...] = ()
    if kind in (InputKind.CHOICE, InputKind.CHOICES):
        shown = dict.fromkeys(shown for shown, _kept in field.values if shown != NOTHING)
        choices = tuple((one, one) for one in shown)
        kind = kind if choices else InputKind.TEXT
    if field.type == "layout" and layouts:
        choices = tuple((pk, str(one["name"])) for pk, one in layouts.kept.items())
    label = field.label or field.api_name.replace("_", " ")
    return CrmField(field.api_name, label, kind, choices, _most(field, kind), _of(field, module))


def _kind(field: Field) -> InputKind:
    if field.api_name == "Tag":
        return InputKind.TEXT
    if field.type in BY_TYPE:
        return KINDS.get(field.type, InputKind.TEXT)
    return BY_JSON.get(field.json_type, InputKind.TEXT)


def _most(field: Field, kind: InputKind) -> int | None:
    if field.type in ("picklist", "multiselectpicklist"):
        return min(field.length, PICKLIST_ITEM)
    counted = (InputKind.TEXT, InputKind.LONG_TEXT, InputKind.WHOLE, InputKind.NUMBER)
    return field.length if kind in counted and field.api_name != "Tag" else None


def _of(field: Field, module: str) -> str:
    if field.type in ("ownerlookup", "userlookup"):
        return "users"
    return "layouts" if field.type == "layout" else module if field.type == "lookup" else ""


class Names:
    """The names and labels of a plan's fields, made ready to find many."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._read = frozenset(source for rule in plan.rules for source in rule.sources)
        self._by_name: dict[str, set[str]] = {}
        for field in plan.usual.values():
            if field.is_ours and field.api_name not in plan.reserved:
                for one in (field.api_name, field.label):
                    self._by_name.setdefault(_folded(one), set()).add(field.api_name)

    def meant(self, text: str) -> list[str]:
        """The one field that a name or a label means; none where there is none, or not just one.

        A name that a rule reads is one of the lead's own.
        """
        if text in self._read:
            return []
        if text in self._plan.usual:
            return [text]
        found = self._by_name.get(_folded(text), ())
        return [*found] if len(found) == 1 else []


def _folded(text: str) -> str:
    """A name as it is compared: Lead_Source, lead source, LEAD  SOURCE."""
    return " ".join(text.replace("_", " ").split()).casefold()
