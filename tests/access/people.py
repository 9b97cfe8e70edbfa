"""Everybody who may ask, each with a browser or a program of their own."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any
from zlib import crc32

from django.db import connection
from django.test import Client

from leads.models import Site
from tests.factories import make_key, make_user

ANYBODY, KEY, FOREIGN_KEY = "anybody", "key of the site", "key of another site"
STAFF, MANAGER, SUPPORT = "staff without permissions", "manager", "support"
ADMINISTRATOR, SUPERUSER = "administrator", "superuser"
LIMITED = "administrator of another site alone"
"""Sees the site that the world's rows are not of, and so none of them."""

EVERYBODY = frozenset(
    {ANYBODY, KEY, FOREIGN_KEY, STAFF, MANAGER, SUPPORT, ADMINISTRATOR, SUPERUSER}
)
NOBODY: frozenset[str] = frozenset()
LOGGED_IN = frozenset({STAFF, MANAGER, SUPPORT, ADMINISTRATOR, SUPERUSER})
LOOK = LOGGED_IN - {STAFF}
WORK = LOOK - {MANAGER}
SET_UP = WORK - {SUPPORT}
ORDER = (ANYBODY, KEY, FOREIGN_KEY, STAFF, MANAGER, SUPPORT, ADMINISTRATOR, SUPERUSER)
SEEING = (KEY, MANAGER, SUPERUSER)
"""Who may see something, or press it, is among them; a manager sees a row without its person."""
ALL_ASK = "ALL_ASK"
"""Names the variable with which `make long` has everybody ask everything on each database."""


def asking() -> tuple[str, ...]:
    """Who asks: everybody, once. Who may is the same on a second database; what is asked of it by
    an answer may not be.
    """
    is_first = connection.vendor == "sqlite" or ALL_ASK in os.environ
    return ORDER if is_first else SEEING


def by_turns(found: Collection[str], where: str) -> list[str]:
    """A half of them, of other addresses others: each is asked for hundreds of addresses."""
    everybody, first = list(found), crc32(where.encode())
    if ALL_ASK in os.environ:
        return everybody
    number = max(1, len(everybody) // 2)
    return [everybody[(first + turn) % len(everybody)] for turn in range(number)]


def everybody(own: Site, other: Site) -> dict[str, Client]:
    """A client for each, logged in or with a site's key in its headers."""
    return {ANYBODY: Client(), KEY: _with_key(own), FOREIGN_KEY: _with_key(other)} | {
        STAFF: _logged_in(username="newcomer"),
        MANAGER: _logged_in(username="manager", role="Manager"),
        SUPPORT: _logged_in(username="support", role="Support"),
        ADMINISTRATOR: _logged_in(username="administrator", role="Administrator"),
        SUPERUSER: _logged_in(username="superuser", is_superuser=True),
        LIMITED: _logged_in(username="limited", role="Administrator", sites=[other]),
    }


def _with_key(site: Site) -> Client:
    return Client(headers={"Authorization": f"Bearer {make_key(site)}"})


def _logged_in(**values: Any) -> Client:
    client = Client()
    client.force_login(make_user(**values))
    return client
