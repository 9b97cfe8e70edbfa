"""A lead's other fields as people type them: `name: value` lines, or one JSON object. Pure."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from leads.intake.body.parse import parse_submission
from leads.intake.errors import Unreadable
from leads.shown.sentences import shown


def write(data: dict[str, Any]) -> str:
    """Lines where every value is a plain text that comes back as it was; else JSON."""
    lines = "\n".join(
        f"{name}: {value.replace(chr(10), chr(10) + '  ')}" if isinstance(value, str) else ""
        for name, value in data.items()
    )
    with suppress(ValueError):
        if read(lines) == data:
            return lines
    return json.dumps(data, indent=2, ensure_ascii=False)


def read(text: str) -> dict[str, Any]:
    """The fields, by the same rules as a post. Raises ValueError, whose text says what is wrong."""
    text = text.replace("\r\n", "\n")
    if not text.lstrip().startswith(("{", "[")):
        text = json.dumps(read_lines(text))
    try:
        body = text.encode("utf-8", "replace")
        return dict(parse_submission("application/json", body).data)
    except Unreadable as error:
        raise ValueError(shown(str(error.detail))) from None


def read_lines(text: str) -> dict[str, str]:
    """`name: value` lines; an indented one goes on with the value before. Raises ValueError."""
    found: dict[str, str] = {}
    name = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if name and line[0] in " \t":
            found[name] += f"\n{line.strip()}"
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        # A name never starts as JSON does: such a line is JSON pasted below lines, of which half a
        # name and half a value would be made.
        if not colon or not name or name[0] in "{[":
            raise ValueError(_("Line %(line)d is not “name: value”.") % {"line": number})
        if name in found:
            said = _("Line %(line)d: “%(name)s” is there twice.")
            raise ValueError(said % {"line": number, "name": name[:60]})
        found[name] = value
    return found
