"""Everybody who may ask, each with a browser or a program of their own."""

from __future__ import annotations

from typing import Any

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
