"""The key that a request shows, in whichever header its program can set."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

HEADER = "X-API-Key"
BARE = ("bearer", "token")
"""Schemes of Authorization that the key follows as it is."""
LONGEST = 300
"""Characters of a Basic value that may hold a key; more are nobody's."""


def keys_shown(headers: Mapping[str, str]) -> Iterator[str]:
    """What may be the key, the likeliest first; nothing where none is shown.

    `Authorization: Bearer KEY` or `Token KEY`, `X-API-Key: KEY`, and Basic with the key for name or
    password, which is all that some programs offer.
    """
    scheme, _blank, shown = headers.get("Authorization", "").partition(" ")
    shown, scheme = shown.strip(), scheme.lower()
    if scheme in BARE and shown:
        yield shown
    if own := headers.get(HEADER, "").strip():
        yield own
    if scheme == "basic":
        yield from halves(shown)


def halves(shown: str) -> Iterator[str]:
    """The password and the name of a Basic value, as far as it is one."""
    if len(shown) > LONGEST:
        return
    try:
        text = base64.b64decode(shown, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    name, _colon, password = text.partition(":")
    yield from filter(None, (password.strip(), name.strip()))
