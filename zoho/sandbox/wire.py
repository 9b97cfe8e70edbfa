"""What comes in and what goes out: one request, one answer, no HTTP machinery."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

Json = dict[str, Any]


def _not_json(name: str) -> NoReturn:
    # Python reads NaN and Infinity by default; JSON has no such words.
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_not_json)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def read_json(body: bytes) -> Any:
    """The value in `body`. ValueError for anything that is not one JSON document in UTF-8."""
    try:
        return _DECODER.decode(body.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def to_bytes(payload: Any) -> bytes:
    """`payload` as compact JSON. Half a surrogate pair leaves as the escape it came in as."""
    return _ENCODER.encode(payload).encode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are in lower case; `base_url` is how the caller reached us."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str


@dataclass(slots=True)
class Reply:
    """One HTTP answer, and how it travels.

    `manner` is "plain", or one of the ways an answer gets lost: "reset" (connection reset without
    a byte), "silent" (nothing, until the caller closes), "cut" (half the promised bytes), "drip"
    (one byte every `interval` seconds). `after` runs once the answer has left.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    manner: str = "plain"
    interval: float = 0.5
    after: Callable[[], None] | None = None
    records: int = 0
    stored: int = 0
    credits: int = 1
    notes: Json = field(default_factory=dict)


def reply_json(status: int, payload: Any, **extra: Any) -> Reply:
    """An answer with `payload` as its JSON body."""
    return Reply(status, to_bytes(payload), **extra)
