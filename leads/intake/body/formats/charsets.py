"""From bytes to text: UTF-8 first, then whatever the sender says that it is. Pure."""

from __future__ import annotations

import codecs
import re

from leads.flags import Flag

OLD = "cp1252"
"""What forms were written in before UTF-8; every byte that it lacks becomes U+FFFD."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # it begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDE: dict[tuple[bool, ...], str] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
"""Which of the first four bytes are NUL where a text begins with two plain characters."""
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
XML_CHARSET = re.compile(rb"\s{0,100}<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
NO_CHARSETS = {
    *("unicode_escape", "raw_unicode_escape", "unicode-escape", "raw-unicode-escape", "punycode"),
}
"""Names that Python knows for its own source code."""


def decoded(body: bytes, content_type: str) -> tuple[str, set[Flag]]:
    """The text of a body: UTF-8, else the declared charset, else what old pages write."""
    if name := wide_charset(body) or marked_charset(body):
        return body.decode(name, "replace"), set()
    try:
        return body.decode(), set()
    except UnicodeDecodeError:
        name = charset_named(content_type) or _charset_of_xml(body) or OLD
    try:
        return body.decode(name, "replace"), {Flag.REPAIRED}
    except ValueError:  # a charset that makes no text of these bytes
        return body.decode(OLD, "replace"), {Flag.REPAIRED}


def marked_charset(body: bytes) -> str:
    """The charset of the mark that a body begins with; empty for none."""
    return next((name for mark, name in BOMS if body.startswith(mark)), "")


def wide_charset(body: bytes) -> str:
    """UTF-16 or UTF-32 by its mark or, for want of one, by the NULs in it; else empty."""
    name = marked_charset(body)
    if name and name != "utf-8-sig":
        return name
    return WIDE.get(tuple(byte == 0 for byte in body[:4]), "")


def charset_named(content_type: str) -> str:
    """The declared charset; empty where none is, or one that makes no text."""
    found = CHARSET.search(content_type)
    return known_charset(found[1]) if found else ""


def known_charset(name: str) -> str:
    """A charset as Python calls it; empty for what is none, or makes no text."""
    try:
        # Of no bytes at all Python asks no charset.
        b"a".decode(name, "replace")
        name = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "" if name in NO_CHARSETS else name


def _charset_of_xml(body: bytes) -> str:
    found = XML_CHARSET.match(body)
    return known_charset(found[1].decode()) if found else ""
