"""What a tool asks before it posts leads: is somebody there who knows me? Pure."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from leads.models import Source

LONGEST = 200
KEYS = {"type", "token", "challenge"}


def echo_of(asked: Mapping[str, Any], source: Source) -> str:
    """What is sent back, at most 200 characters; empty where it is no handshake.

    `hub.challenge` with the source's verify token, or a body of nothing but type, token and
    challenge, that bears the type `url_verification` or the verify token.
    """
    if "hub.challenge" in asked:
        if not _knows(asked.get("hub.verify_token"), source):
            return ""
        return _plain(asked["hub.challenge"])
    if not asked or not KEYS.issuperset(asked):
        return ""
    if asked.get("type") == "url_verification" or _knows(asked.get("token"), source):
        return _plain(asked.get("challenge"))
    return ""


def _plain(challenge: Any) -> str:
    """A challenge as it is sent back; empty for what no tool asks."""
    is_plain = isinstance(challenge, str | int) and not isinstance(challenge, bool)
    return str(challenge)[:LONGEST] if is_plain else ""


def _knows(token: Any, source: Source) -> bool:
    wanted = source.verify_token
    return bool(wanted) and hmac.compare_digest(str(token).encode(), wanted.encode())
