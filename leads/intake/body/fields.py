"""Fields as every body has them, whatever it was written in: gathered by name, and storable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_noop as _

from leads.intake.errors import Unreadable
from leads.shown.sentences import Sentence

MAX_DEPTH = 32
TOO_DEEP = Sentence(_("The data is nested too deeply."))()

# Neither database nor mail can hold them; the body keeps them as they came.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def gather(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as an object; a name that comes more than once keeps all its values, as a list."""
    data: dict[str, Any] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name not in data:
            data[name] = value
        elif name in repeated:
            data[name].append(value)
        else:
            data[name] = [data[name], value]
            repeated.add(name)
    return data


def storable(text: str) -> str:
    """The same text with what no database can hold shown as U+FFFD."""
    return UNSTORABLE.sub("\ufffd", text)


def clean(value: Any, depth: int = 0) -> Any:
    """The same value with what no database can hold shown as U+FFFD, names included.

    Raises Unreadable where objects are nested more than 32 deep.
    """
    if depth > MAX_DEPTH:
        raise Unreadable(TOO_DEEP)
    match value:
        case str():
            return UNSTORABLE.sub("\ufffd", value)
        case dict():
            return gather(
                (UNSTORABLE.sub("\ufffd", name), clean(item, depth + 1))
                for name, item in value.items()
            )
        case list():
            return [clean(item, depth + 1) for item in value]
        case _:
            return value
