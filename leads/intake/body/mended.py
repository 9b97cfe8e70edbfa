"""What a body is, where it is not what it claims to be: read, and flagged as mended.

For the addresses that programs and pages post to: they are told what is wrong, and mend it. So
nothing is guessed here; what a form tool posts to its own address, `read_any` reads.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_plus

from leads.flags import Flag
from leads.intake.body import refused_words as words
from leads.intake.body.fields import clean, gather, storable
from leads.intake.body.formats import read_form, read_json
from leads.intake.body.formats.charsets import charset_named, wide_charset
from leads.intake.body.formats.parts import told_boundary
from leads.intake.body.heavy import Beginning, beginning_of
from leads.intake.body.inflate import inflated
from leads.intake.body.read_any import is_escaped_json, objects_of
from leads.intake.body.submission import FORM, MULTIPART, Submission
from leads.intake.errors import Unreadable, Unsupported

FORM_AS_TEXT = re.compile(r"[\w.%+*\[\]-]{1,200}=[^\s{}<>]*")
"""A form that a script sent without its type: one line of names and values."""
WIDE = ("utf-16", "utf-32")
"""Charsets whose plain letters have NULs: as UTF-8 they can be read, and are nothing."""


class SeveralLeads(Unreadable):
    """A list of leads, where one answer with one id is given."""


def inflated_or_refused(body: bytes, encoding: str) -> bytes:
    """The body without gzip or deflate. Raises Unsupported or TooLarge."""
    try:
        return inflated(body, encoding)
    except Unreadable:
        raise Unsupported(words.UNCOMPRESSED) from None


def read_mended(content_type: str, body: bytes) -> Submission:
    """JSON whatever its type is, any charset that is declared, a form with files.

    Raises Unreadable or Unsupported.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == MULTIPART and not body.lstrip().startswith((b"{", b"[")):
        kept, found, repaired = _parts(content_type, body)
    else:
        kept = body
        found, repaired = _text(media_type, content_type, body)
    data = clean(found)
    flags = {Flag.MENDED} | ({Flag.REPAIRED} if repaired or data != found else set())
    data = beginning_of(data, len(kept), isinstance(found, Beginning))
    if kept is not body:
        flags.add(Flag.FILE)
    return Submission(kept, storable(content_type)[:100], data, frozenset(flags))


def _text(media_type: str, content_type: str, body: bytes) -> tuple[dict[str, Any], bool]:
    charset = charset_named(content_type)
    if charset.startswith(WIDE) and (name := wide_charset(body)):
        body, repaired = body.decode(name, "replace").encode("utf-8", "replace"), True
        text = body.decode("utf-8-sig")
    else:
        text, repaired = _decoded(body, charset)
    bare = text.strip()
    if not bare:
        raise Unreadable(words.EMPTY)
    if bare[:1] in ("{", "[") or is_escaped_json(bare):
        plain = unquote_plus(bare).rstrip("=") if is_escaped_json(bare) else bare
        return _one(read_json.parse(plain, one_line=False)), repaired
    if media_type == FORM or (media_type == "text/plain" and FORM_AS_TEXT.fullmatch(bare)):
        return read_form.read_urlencoded(body, charset, content_type)
    raise Unreadable(words.NEITHER)


def _decoded(body: bytes, charset: str) -> tuple[str, bool]:
    try:
        return body.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        if not charset:
            raise Unreadable(words.NOT_UTF8) from None
    return body.decode(charset, "replace"), True


def _one(root: Any) -> dict[str, Any]:
    """The one object that a body holds; a form as a list of names and values is one."""
    found = objects_of(root)
    if len(found) > 1:
        raise SeveralLeads(words.SEVERAL(count=f"{len(found):,}"))
    if not found:
        raise Unreadable(words.ONE_OBJECT)
    return found[0]


def _parts(content_type: str, body: bytes) -> tuple[bytes, dict[str, Any], bool]:
    """What is kept of a form with files, its fields, and whether some were in an old charset."""
    if not (boundary := told_boundary(content_type, body)):
        raise Unreadable(words.NO_PARTS)
    fields, repaired, files = read_form.read_parts(body, boundary, charset_named(content_type))
    data = gather([*fields.items(), *files])
    if not data:
        raise Unreadable(words.NO_FIELDS)
    # What a file holds is not kept, so the bytes around it are not either.
    kept = json.dumps(clean(data)).encode() if files else body
    return kept, Beginning(data) if isinstance(fields, Beginning) else data, repaired
