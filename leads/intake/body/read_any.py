"""A body read by what it is, whatever its content type says: for addresses that tools post to.

A tool whose post is refused never posts it again, so nothing here refuses: what cannot be read
raises Unreadable, and becomes a lead that a person reads.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

from leads.flags import Flag
from leads.intake.body import refused_words as words
from leads.intake.body.declared import reduced
from leads.intake.body.fields import clean, gather, storable
from leads.intake.body.formats import read_form, read_json, read_xml
from leads.intake.body.formats.charsets import charset_named, decoded, wide_charset
from leads.intake.body.formats.parts import BEGINS, boundary_of
from leads.intake.body.heavy import Beginning, beginning_of
from leads.intake.body.inflate import inflated
from leads.intake.body.shape import are_answers
from leads.intake.body.submission import FORM, JSON, Submission
from leads.intake.errors import Unreadable

MOST_LEADS = 500
"""Leads in one body: they are stored together, while the sender waits."""


def read_submissions(content_type: str, body: bytes, encoding: str = "") -> list[Submission]:
    """The submissions in a body: one, or one for each object of a list; none in an empty body.

    `encoding` is the request's Content-Encoding. Raises Unreadable, and TooLarge for what is more
    than a megabyte once it is inflated.
    """
    body = inflated(body, encoding)
    media_type = reduced(content_type.partition(";")[0].strip().lower())
    has_parts = media_type.startswith("multipart/") or BEGINS.match(body)
    if has_parts and (submissions := _from_form(content_type, body)) is not None:
        return submissions
    text, flags = decoded(body, content_type)
    raw = text.encode("utf-8", "replace") if wide_charset(body) else body
    found, read_as = _read(text, raw, content_type)
    if media_type != read_as:
        flags = flags | {Flag.GUESSED_TYPE}
    kind = storable(content_type)[:100]
    return [Submission(body, kind, data, frozenset(flags | more)) for data, more in found]


Found = list[tuple[dict[str, Any], set[Flag]]]


def _read(text: str, body: bytes, content_type: str) -> tuple[Found, str]:
    bare = text.strip()
    if not bare:
        return [], ""
    if bare[0] in "[{" or is_escaped_json(bare):
        plain = unquote_plus(bare).rstrip("=") if is_escaped_json(bare) else bare
        root = read_json.parse(plain, one_line=False, finite=False)
        return [(_read_of(data, len(body)), set()) for data in objects_of(root)], JSON
    if bare[0] == "<":
        return [(_read_of(read_xml.read(bare), len(body)), set())], "application/xml"
    if "=" in bare:
        charset = charset_named(content_type)
        pairs, repaired = read_form.read_urlencoded(body, charset, content_type)
        flags = {Flag.REPAIRED} if repaired else set()
        return [(_read_of(pairs, len(body)), flags)], FORM
    raise Unreadable(words.NOR_XML)


def _read_of(found: dict[str, Any], size: int) -> dict[str, Any]:
    return beginning_of(clean(found), size, isinstance(found, Beginning))


def is_escaped_json(text: str) -> bool:
    """Whether a form's encoding was put over JSON, with no name before it."""
    return text[:3].upper() in ("%7B", "%5B")


def objects_of(root: Any) -> list[dict[str, Any]]:
    """Each object of a list is a submission, and a list of answers is one; empty ones are none."""
    if isinstance(root, dict):
        return [root] if root else []
    if not root:
        return []
    if not all(isinstance(item, dict) for item in root):
        raise Unreadable(words.NO_OBJECTS)
    if are_answers(root):
        return [{"fields": root}]
    if len(root) > MOST_LEADS:
        raise Unreadable(words.TOO_MANY(count=f"{len(root):,}", most=MOST_LEADS))
    return [item for item in root if item]


def _from_form(content_type: str, body: bytes) -> list[Submission] | None:
    """The submission in a body of parts; None for a body that is something else."""
    if not (boundary := boundary_of(content_type, body)):
        if body.lstrip().startswith(b"--"):
            raise Unreadable(words.NO_PARTS)
        return None
    fields, repaired, files = read_form.read_parts(body, boundary, charset_named(content_type))
    whole = clean(gather([*fields.items(), *files]))
    data = beginning_of(whole, len(body), isinstance(fields, Beginning))
    if not data:
        if not _is_an_empty_form(body):
            raise Unreadable(words.NO_PARTS)
        return []
    flags = {Flag.REPAIRED} if repaired else set()
    # What a file holds is not kept, so the bytes around it are not either.
    kept = json.dumps(whole).encode() if files else body
    if files:
        flags.add(Flag.FILE)
    return [Submission(kept, storable(content_type)[:100], data, frozenset(flags))]


def _is_an_empty_form(body: bytes) -> bool:
    """Whether nothing but the last boundary is there."""
    line = body.strip()
    return not line or (line.startswith(b"--") and line.endswith(b"--") and b"\n" not in line)
