"""A text in any encoding as the plain texts that it may stand for.

A name is looked for in every one of them: what the body says to somebody who reads it as a form,
as JSON, as parts, as mail or as UTF-16 is known to us, however it was written.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from leads.intake.body.read_any import read_submissions
from leads.intake.errors import Refusal

LAYERS = 3
"""Encodings within each other that are taken off, such as a form within a JSON within a form."""
ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
UNBROKEN = re.compile(r"[^\s<>{}\"]+")
UNSHOWN = re.compile("[\x00\ufffd\ufeff]")
"""What is left of a NUL, which no database holds: every second letter of UTF-16 is one."""
QUOTED = re.compile(r"=(?:[0-9A-Fa-f]{2}|\r?\n)")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{10,}")
FOLDED = re.compile(r"(?<=[A-Za-z0-9+/]{60})\r?\n(?=[A-Za-z0-9+/])")
"""A line break within base64, as mail has it."""
URL_SAFE = str.maketrans("-_", "+/")


def plain(text: str) -> str:
    """The text without the encodings of forms, JSON, addresses of pages and HTML."""
    # Elsewhere than in a form a plus is a plus: john+ana@example.com is not ana@example.com.
    text = UNBROKEN.sub(
        lambda found: found[0].replace("+", " ") if "=" in found[0] else found[0], text
    )
    for _ in range(LAYERS):
        before, text = text, html.unescape(ESCAPE.sub(_unescaped, unquote(text)))
        if text == before:
            break
    return text


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return found[2] if found[2] in '"\\/' else "\n"


def read_texts(body: str, content_type: str) -> Iterator[str]:
    """The names and values of a body as intake reads it; none of one that cannot be read."""
    try:
        submissions = read_submissions(content_type, body.encode(errors="replace"))
    except Refusal:
        return
    for submission in submissions:
        yield from leaves(submission.data)


def leaves(value: Any) -> Iterator[str]:
    """Every text of a JSON value, names included."""
    match value:
        case dict():
            for name, item in value.items():
                yield name
                yield from leaves(item)
        case list():
            for item in value:
                yield from leaves(item)
        case None | bool():
            return
        case _:
            yield str(value)


def inner_texts(text: str) -> Iterator[str]:
    """What stands in a text that is UTF-16, quoted-printable or base64, whole or in part."""
    whole = UNSHOWN.sub("", text)
    if whole != text:
        yield plain(whole)
    if QUOTED.search(whole):
        yield plain(quopri.decodestring(whole.encode()).decode(errors="replace"))
    for run in BASE64.findall(FOLDED.sub("", plain(whole))):
        yield from _decoded(run)


def _decoded(run: str) -> Iterator[str]:
    """The text of a run of base64, which may begin with up to three letters that are not of it."""
    for skipped in range(4):
        digits = run[skipped:].translate(URL_SAFE)
        try:
            raw = base64.b64decode(digits[: len(digits) // 4 * 4] + _rest(digits))
        except binascii.Error:
            continue
        yield plain(UNSHOWN.sub("", raw.decode(errors="replace")))


def _rest(digits: str) -> str:
    """The last digits, filled up; one alone is no byte."""
    rest = digits[len(digits) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""
