"""What a tool asks before it posts leads: is somebody there who knows me? Pure."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from leads.models import Source

LONGEST = 200
KEYS = {"type", "token", "challenge"}


def confirmed(query: Mapping[str, Any], source: Source) -> str:
    """What a GET that asks for a subscription is answered: `hub.challenge`, to who knows the token.

    At most 200 characters; empty where it is no handshake.
    """
    if "hub.challenge" in query and _knows(query.get("hub.verify_token"), source):
        return _plain(query["hub.challenge"])
    return ""


def echo_of(data: Mapping[str, Any], source: Source) -> str:
    """What a body is answered that is a handshake and no lead; empty for any other.

    It holds nothing but type, token and challenge, and bears the type `url_verification` or the
    verify token.
    """
    if not data or not KEYS.issuperset(data):
        return ""
    if data.get("type") == "url_verification" or _knows(data.get("token"), source):
        return _plain(data.get("challenge"))
    return ""


def _plain(challenge: Any) -> str:
    """A challenge as it is sent back; empty for what no tool asks."""
    is_plain = isinstance(challenge, str | int) and not isinstance(challenge, bool)
    return str(challenge)[:LONGEST] if is_plain else ""


def _knows(token: Any, source: Source) -> bool:
    wanted = source.verify_token
    return bool(wanted) and hmac.compare_digest(
        str(token).encode("utf-8", "replace"), wanted.encode()
    )
