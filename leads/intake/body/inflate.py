"""Compressed bodies: whole, up to the limit, or as much of one as can be inflated."""

from __future__ import annotations

import zlib

from leads.intake.body import refused_words as words
from leads.intake.body.submission import MAX_BODY
from leads.intake.errors import TooLarge, Unreadable

GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
# What HTTP calls deflate is zlib's format; some send the bare stream.
KINDS = (GZIP_OR_ZLIB, -zlib.MAX_WBITS)
PLAIN = ("", "identity")
INFLATED = {"gzip", "x-gzip", "deflate"}
GZIP_BEGINS = b"\x1f\x8b"
STEP = 512
"""Compressed bytes that are looked at together: what is behind a broken one is lost."""


def inflated(body: bytes, encoding: str) -> bytes:
    """The body without gzip or deflate, up to the limit. Raises Unreadable or TooLarge."""
    name = encoding.strip().lower()
    if name in PLAIN:
        return body
    if name not in INFLATED:
        raise Unreadable(words.ENCODING(name=name[:20]))
    for bits in KINDS:
        reader = zlib.decompressobj(bits)
        try:
            whole = reader.decompress(body, MAX_BODY + 1)
            break
        except zlib.error:
            continue
    else:
        raise Unreadable(words.NOT_COMPRESSED)
    if len(whole) > MAX_BODY:
        raise TooLarge(words.ONE_MEGABYTE)
    if not reader.eof:
        raise Unreadable(words.COMPRESSED_ENDED)
    return whole


def legible(body: bytes, encoding: str, most: int = MAX_BODY) -> bytes:
    """At most so many bytes of what people can read of a body, however broken or large it is.

    Of a body that came compressed nobody could read a word, nor find a person in it. What cannot
    be inflated here is left out: b"".
    """
    name = encoding.strip().lower()
    if body.startswith(GZIP_BEGINS):
        return _beginning(body, GZIP_OR_ZLIB, most)
    # A body may be said to be compressed, and come as it was.
    if name in PLAIN or _is_text(body):
        return body[:most]
    if name in INFLATED:
        return max((_beginning(body, bits, most) for bits in KINDS), key=len)
    return b""


def _beginning(body: bytes, bits: int, most: int) -> bytes:
    reader, found = zlib.decompressobj(bits), b""
    try:
        for at in range(0, len(body), STEP):
            rest = reader.unconsumed_tail + body[at : at + STEP]
            found += reader.decompress(rest, most - len(found))
            if reader.eof or len(found) >= most:
                break
    except zlib.error:
        pass
    return found


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False
