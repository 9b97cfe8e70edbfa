"""Secrets that form tools put into the body: checked, then taken out before anything is kept.

A secret of Google's is one field among the person's: left where it is, it would stand on the lead's
page and travel to Zoho with everything else that has no field of its own.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leads.data import as_text, parts_of
from leads.intake.body import refused_words as words
from leads.intake.body.heavy import Beginning
from leads.intake.body.shape import LABELS, opened_json
from leads.intake.body.submission import Submission
from leads.intake.errors import NotSigned
from leads.intake.redact import REMOVED
from leads.intake.tools import TOOLS
from leads.models import Source

NAMES = frozenset(tool.secret for tool in TOOLS.values() if tool.secret)
SIGNS = re.compile(r"[\W_]+")
FOLDED = frozenset(SIGNS.sub("", name).lower() for name in NAMES)
SHORTEST = 8
"""Characters of a secret that is looked for in other texts: a shorter one is a word of people's."""
VERIFIED = "token"
"""The field in which tools show the verify token, with a handshake and with every post after it."""
UNREAD = re.compile(
    rb"""((?:%s)["']?(?:\s*(?:[:=>]|%%3[AD])\s*|\s*\n\s*))("(?:\\.|[^"\\])*"?|[^,}&\s<]+)"""
    % b"|".join(re.escape(name.encode()) for name in sorted(NAMES)),
    re.IGNORECASE,
)
"""A secret in a body that nobody could read: what follows its name."""


def check_tool_key(data: Mapping[str, Any], source: Source) -> None:
    """Raises NotSigned where a source has a key and its post does not bear it."""
    wanted = source.tool_key.encode()
    shown = [as_text(data.get(name)).encode("utf-8", "replace") for name in sorted(NAMES)]
    if wanted and not any(hmac.compare_digest(one, wanted) for one in shown):
        raise NotSigned(words.NO_KEY_OF_THE_TOOL)


def check_unread(source: Source) -> None:
    """Raises NotSigned for a body in which nobody can find the key that its source has.

    One that was signed is known by that: its signature is right, or it would not be here.
    """
    if source.tool_key and not source.signature_algorithm:
        raise NotSigned(words.KEY_NOT_READ)


def without_secrets(submission: Submission, source: Source) -> Submission:
    """The submission without what is a secret in it; the same where there is none.

    Its body becomes what is left, as JSON: the bytes that came hold the secret.
    """
    data = _members(submission.data, source)
    if data == submission.data:
        return submission
    if submission.has_too_many:
        body = bytes_without_secrets(submission.body, source)
        return replace(submission, data=Beginning(data), body=body)
    return replace(submission, data=data, body=json.dumps(data).encode())


def bytes_without_secrets(body: bytes, source: Source) -> bytes:
    """The same of bytes that nobody could read, as far as a secret shows in them."""
    body = UNREAD.sub(rb"\g<1>" + REMOVED.encode(), body)
    for secret in _own(source):
        body = body.replace(secret.encode(), REMOVED.encode())
    return body


def _without(value: Any, source: Source) -> Any:
    match value:
        case dict():
            return _members(value, source)
        case list():
            return [_without(item, source) for item in value if not _is_secrets_answer(item)]
        case str():
            return _text(value, source)
        case _:
            return value


def _members(value: Mapping[str, Any], source: Source) -> dict[str, Any]:
    return {
        name: _without(item, source)
        for name, item in value.items()
        if not (_is_secrets(name) or _is_secrets_answer(item) or _is_verified(name, item, source))
    }


def _text(text: str, source: Source) -> str:
    """A text, or the JSON in it, without a secret."""
    inner = opened_json(text)
    if inner is not None and (left := _without(inner, source)) != inner:
        return json.dumps(left)
    for secret in _own(source):
        text = text.replace(secret, REMOVED)
    return text


def _own(source: Source) -> list[str]:
    own = (source.tool_key, source.verify_token, source.signature_secret)
    return [secret for secret in own if len(secret) >= SHORTEST]


def _is_secrets(name: str) -> bool:
    """Whether a name, or the last step of one such as `lead[google_key]`, is that of a secret."""
    steps = [step for step in parts_of(name) if step]
    return bool(steps) and SIGNS.sub("", steps[-1]).lower() in FOLDED


def _is_secrets_answer(item: Any) -> bool:
    """Whether an answer, such as `{"name": "google_key", "value": …}`, holds a secret."""
    if not isinstance(item, dict):
        return False
    return any(isinstance(said := item.get(name), str) and _is_secrets(said) for name in LABELS)


def _is_verified(name: str, item: Any, source: Source) -> bool:
    return name == VERIFIED and bool(source.verify_token) and as_text(item) == source.verify_token
