"""From bytes to fields. What is odd but readable is a lead; only the unreadable is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leads.flags import Flag
from leads.intake.body import read_form, read_json
from leads.intake.body.fields import clean, storable
from leads.intake.errors import Unreadable, Unsupported

MAX_BODY = 1024 * 1024

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
NOT_TAKEN = f"Send {JSON}, {FORM} or {MULTIPART}."

# UTF-8 is what every body is read as; the others are what it is read as when it is none.
CHARSETS = dict.fromkeys(("", "utf-8", "utf8", "us-ascii", "ascii"), "") | dict.fromkeys(
    ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"), "cp1252"
)


@dataclass(frozen=True)
class Submission:
    """What arrived: the bytes, the fields that were read from them, and what was odd."""

    body: bytes
    content_type: str
    data: dict[str, Any]
    flags: frozenset[Flag] = frozenset()
    reading: dict[str, Any] | None = None
    """What was read from the fields by shape, and recognised; see `leads.intake.recognise`."""
    cannot_be_read: str = ""
    """Why nobody but a person can read it; such a lead is held."""

    @property
    def archived(self) -> Any:
        """What makes two submissions the same: the fields, or the bytes that nobody could read."""
        return self.body.hex() if self.cannot_be_read else self.data

    @property
    def fields(self) -> dict[str, Any]:
        """The lead's fields as everything but the archive goes by them."""
        return self.reading["fields"] if self.reading else self.data


def parse_submission(content_type: str, body: bytes) -> Submission:
    """Read a body by its content type; where there is none, by what it looks like.

    Raises Unsupported for another type than JSON or a form, Unreadable with the place of the
    fault for what is not of the type it claims to be.
    """
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    flags = set() if media_type else {Flag.GUESSED_TYPE}
    read = READERS.get(reduced(media_type) or guess(body))
    if read is None:
        raise Unsupported(NOT_TAKEN)
    fallback = charset(parameters)
    if not body.removeprefix(b"\xef\xbb\xbf").strip():
        raise Unreadable("The body is empty.")
    found, repaired = read(body, fallback, content_type)
    data = clean(found)
    if repaired or data != found:
        flags.add(Flag.REPAIRED)
    return Submission(body, storable(content_type)[:100], data, frozenset(flags))


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
        raise Unsupported("Send the body in UTF-8.")
    return CHARSETS[name]


Reader = Callable[[bytes, str, str], tuple[dict[str, Any], bool]]
READERS: dict[str, Reader] = {
    JSON: read_json.read,
    FORM: read_form.read_urlencoded,
    MULTIPART: read_form.read_multipart,
}
