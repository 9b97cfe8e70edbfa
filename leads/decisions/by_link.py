"""Who decides by the link of a mail: nobody's account, an address that proved to be theirs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser


class LinkReader(AnonymousUser):
    """The recipient of a mail, as whoever decides: what is written of it names the address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address


def link_of(user: Any) -> str:
    """Whose link it was; empty for whoever has logged in."""
    return user.address if isinstance(user, LinkReader) else ""
