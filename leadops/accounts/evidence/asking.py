"""Who is asking: the address of the request that a thread is answering, for whoever records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest

from leads import networks

_address: ContextVar[str] = ContextVar("address", default="")


@contextmanager
def asked_by(request: HttpRequest) -> Iterator[None]:
    """Within it, events come from the asker's address."""
    token = _address.set(networks.client_address(request))
    try:
        yield
    finally:
        _address.reset(token)


def address() -> str:
    """The asker's address; empty in a command or a task."""
    return _address.get()
