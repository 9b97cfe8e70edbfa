"""A lead's data in words: every value passes `printable`, whatever strangers typed.

So no lead can break a header, forge a line, turn text round or be taken for markup. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST_VALUE = 5_000
LONGEST_LABEL = 100
LONGEST_LINE = 200
MOST_FIELDS = 1_000
# Mail servers refuse what is too large, and Gmail hides what is beyond 102 KB.
LONGEST_LEAD = 40_000
DEEPEST_INDENT = 10

# Zoho's entry form, from top to bottom.
ENTRY_FORM = {
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "contact_name": gettext_lazy("Name as sent"),
    "company": gettext_lazy("Company"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "street": gettext_lazy("Street"),
    "city": gettext_lazy("City"),
    "state": gettext_lazy("State"),
    "zip": gettext_lazy("ZIP code"),
    "country": gettext_lazy("Country"),
    "message": gettext_lazy("Message"),
}

# Control characters, lone surrogates and line separators cannot be mailed; the explicit
# directions (U+202A–202E, U+2066–2069) can, but turn a phone number round. Left-to-right and
# right-to-left marks stay: Arabic and Hebrew need them.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


class Field(NamedTuple):
    """One line of the table that a person types into Zoho."""

    label: str
    value: str

    @property
    def indented(self) -> str:
        """The value for plain text: no line of it can be taken for a label."""
        if "\n" not in self.value:
            return f" {self.value}"
        return "".join(f"\n    {line}" if line else "\n" for line in self.value.split("\n"))


def fields(data: dict[str, Any]) -> list[Field]:
    """A lead's data as a person types it into Zoho, the rest in alphabetical order.

    Empty values are left out. After 1,000 fields or 40,000 characters a line says how many more
    there are.
    """
    data = {**data, **_name_parts(data)}
    ordered = [name for name in ENTRY_FORM if name in data]
    ordered += sorted(name for name in data if name not in ENTRY_FORM)
    filled = [name for name in ordered if data[name] not in (None, "", [], {})]
    shown: list[Field] = []
    room = LONGEST_LEAD
    while len(shown) < min(len(filled), MOST_FIELDS) and room > 0:
        name = filled[len(shown)]
        shown.append(Field(_label(name), value_text(data[name])))
        room -= len(shown[-1].label) + len(shown[-1].value)
    if left := len(filled) - len(shown):
        shown.append(Field("…", _("%s more fields are on the lead's page.") % left))
    return shown


def value_text(value: Any) -> str:
    """Any JSON value as text to read: nested ones as an indented list, long ones clipped."""
    text = value if isinstance(value, str) else "\n".join(_outline(value))
    if len(text) <= LONGEST_VALUE:
        return printable(text)
    clipped = _("(clipped: %(shown)s of %(all)s characters, the rest is on the lead's page)")
    numbers = {"shown": f"{LONGEST_VALUE:,}", "all": f"{len(text):,}"}
    return f"{printable(text[:LONGEST_VALUE])}… {clipped % numbers}"


def printable(text: str) -> str:
    """The text with every character that a mail cannot carry shown as its number, [U+0000]."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def one_line(text: str, longest: int) -> str:
    """The printable text on one line of at most so many characters."""
    line = re.sub(r"\s+", " ", printable(text[: 2 * longest])).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _name_parts(data: dict[str, Any]) -> dict[str, str]:
    """First and last name for Zoho's two fields, where the site sent the name as one."""
    name = data.get("contact_name")
    if not isinstance(name, str) or data.get("last_name") or data.get("first_name"):
        return {}
    *first, last = name.split() or [""]
    return {"first_name": " ".join(first), "last_name": last}


def _label(name: str) -> str:
    if name in ENTRY_FORM:
        return str(ENTRY_FORM[name])
    return one_line(name, LONGEST_LABEL) or "?"


def _outline(value: Any) -> Iterator[str]:
    """The lines of a nested value. Walks a stack, so no depth is too deep."""
    stack: list[tuple[int, str, Any]] = [(0, "", value)]
    while stack:
        depth, label, item = stack.pop()
        indent = "    " * min(depth, DEEPEST_INDENT)
        if isinstance(item, dict | list) and item:
            if label:
                yield f"{indent}{label}"
            pairs: list[tuple[str, Any]] = (
                [(f"{key}:", inner) for key, inner in item.items()]
                if isinstance(item, dict)
                else [("-", inner) for inner in item]
            )
            inner_depth = depth + bool(label)
            stack += [(inner_depth, key, inner) for key, inner in reversed(pairs)]
        else:
            plain = _plain(item).replace("\n", f"\n{indent}    ")
            yield f"{indent}{label} {plain}".rstrip(" ") if label else plain


def _plain(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return _("yes") if value else _("no")
        case None | [] | {}:
            return "–"
    try:
        return str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return _("(a number too long to show)")
