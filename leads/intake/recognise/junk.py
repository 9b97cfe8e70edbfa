"""What looks like a value and is none: unfilled tags, words of programs, unseen marks. Pure."""

from __future__ import annotations

import html
import re
from typing import Any

from leads.flags import Flag

TAG = re.compile(
    r"\{\{[^{}]*\}\}|\{[A-Za-z][^{}:\n]{0,60}:\d+(?:\.\d+)?\}|\[\[[^\[\]]*\]\]|%%\w+%%"
)
"""`{{contact.name}}`, `{Name:1}`, `{Name (First):1.3}`: what a form tool should have filled in."""
ALONE = (
    r"\[[A-Za-z][\w.-]*(?: id=[\"'][^\"'\]]*[\"'])?\]",
    r"\$?\{[A-Za-z_][\w.-]*(?:=[\"'][^\"'}]*[\"'])?\}",
    r"\*\|[A-Z][\w:.-]*\|\*",
    r"%[A-Za-z][\w.-]*%",
)
"""`[your-name]`, `[field id="name"]`, `{inputs.names}`, `${name}`, `*|FNAME|*`, `%name%`."""
TAGS = re.compile(rf"\s*(?:{'|'.join(ALONE)})(?:\s+(?:{'|'.join(ALONE)}))*\s*")
"""Tags that are only ones where they are all of a value: people write brackets, too."""
NOTHING = frozenset({"undefined", "Undefined", "UNDEFINED", "null", "NULL", "[object Object]"})
"""As programs write them: a person may be called Null."""
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
SIGNS = re.compile(UNSEEN.pattern[:-1] + r"&{\[%]|\*\||undefined|null|Undefined|UNDEFINED|NULL")
"""What junk has in it; most values have none of it."""
NONE_FOUND: frozenset[Flag] = frozenset()
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def cleaned(value: Any) -> tuple[Any, frozenset[Flag]]:
    """The value without junk, and what was found; an absent one is an empty text."""
    match value:
        case str():
            return _text(value) if SIGNS.search(value) else (value, NONE_FOUND)
        case list():
            parts = [cleaned(item) for item in value]
            return [part for part, _ in parts], frozenset().union(*(flags for _, flags in parts))
        case _:
            return value, NONE_FOUND


def _text(text: str) -> tuple[str, frozenset[Flag]]:
    flags = set()
    decoded = html.unescape(text) if ENTITY.search(text) else text
    if decoded != text:
        flags.add(Flag.ENTITIES)
    seen = UNSEEN.sub("", decoded)
    if seen != decoded:
        flags.add(Flag.UNSEEN)
    filled = "" if TAGS.fullmatch(seen) else TAG.sub(" ", seen)
    if filled != seen:
        flags.add(Flag.PLACEHOLDER)
        seen = " ".join(filled.split())
    words = seen.replace("[object Object]", "null").split()
    if words and NOTHING.issuperset(words):
        flags.add(Flag.PLACEHOLDER)
        seen = ""
    return seen, frozenset(flags)
