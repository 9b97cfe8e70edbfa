"""Through what somebody acts who is not at the desk: kept beside who it was.

It is of the request and not of the person: what a decision writes asks for it here, so that no
flow has to hand it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 100
_via: ContextVar[str] = ContextVar("via", default="")


def acting_token() -> str:
    """The name of the API token that a program acts with; empty where a person does it."""
    return _via.get()


def said(message: str) -> str:
    """A line of a history, with the token where there is one."""
    return f"{message} (via token {acting_token()})" if acting_token() else message


@contextmanager
def acting_via(token: str) -> Iterator[None]:
    """Whatever is decided inside is decided through this token."""
    before = _via.set(token)
    try:
        yield
    finally:
        _via.reset(before)
