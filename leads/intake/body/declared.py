"""From bytes to fields, by the content type that they claim to be of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from leads.flags import Flag
from leads.intake.body import refused_words as words
from leads.intake.body.fields import clean, storable
from leads.intake.body.formats import read_form, read_json
from leads.intake.body.heavy import Beginning, beginning_of
from leads.intake.body.submission import FORM, JSON, MULTIPART, Submission
from leads.intake.errors import Unreadable, Unsupported

# UTF-8 is what every body is read as; the others are what it is read as when it is none.
CHARSETS = dict.fromkeys(("", "utf-8", "utf8", "us-ascii", "ascii"), "") | dict.fromkeys(
    ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"), "cp1252"
)


def read_declared(content_type: str, body: bytes) -> Submission:
    """Read a body by its content type; where there is none, by what it looks like.

    What is read here has been read so from the first version on, to the last character: senders'
    repeats and their sites' rules go by it. What else can be read, `mended` reads.

    Raises Unsupported for another type than JSON or a form, Unreadable with the place of the
    fault for what is not of the type it claims to be.
    """
    media_type, _, parameters = content_type.partition(";")
    flags = set() if media_type.strip() else {Flag.GUESSED_TYPE}
    read = READERS.get(type_of(content_type, body))
    if read is None:
        raise Unsupported(words.NOT_TAKEN)
    fallback = charset(parameters)
    if not body.removeprefix(b"\xef\xbb\xbf").strip():
        raise Unreadable(words.EMPTY)
    found, repaired = read(body, fallback, content_type)
    data = clean(found)
    if repaired or data != found:
        flags.add(Flag.REPAIRED)
    data = beginning_of(data, len(body), isinstance(found, Beginning))
    return Submission(body, storable(content_type)[:100], data, frozenset(flags))


def type_of(content_type: str, body: bytes) -> str:
    """The type that a body is read by."""
    return reduced(content_type.partition(";")[0].strip().lower()) or guess(body)


def reduced(media_type: str) -> str:
    """The type that a type is read as: every kind of JSON is JSON."""
    is_json = media_type == "text/json" or re.fullmatch(r"application/[\w.-]+\+json", media_type)
    return JSON if is_json else media_type


def guess(body: bytes) -> str:
    """What a body of no type looks like; empty where it looks like nothing we take."""
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return JSON
    return FORM if b"=" in body else ""


def charset(parameters: str) -> str:
    """The encoding of bytes that are not UTF-8; empty where they must be. Raises Unsupported."""
    found = re.search(r"charset\s*=\s*[\"']?([\w-]+)", parameters, re.IGNORECASE)
    name = found[1].lower().replace("_", "-") if found else ""
    if name not in CHARSETS:
        raise Unsupported(words.UTF8)
    return CHARSETS[name]


Reader = Callable[[bytes, str, str], tuple[dict[str, Any], bool]]
READERS: dict[str, Reader] = {
    JSON: read_json.read,
    FORM: read_form.read_urlencoded,
    MULTIPART: read_form.read_multipart,
}
