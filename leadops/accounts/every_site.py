"""What concerns all sites, kept from accounts that are limited to some."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from leads.models.queries.visible import is_limited
from leads.roles import EVERY_SITE


class EverySite:
    """A backend of Django that only ever says no: to what an account needs all sites for.

    Whatever asks for a permission is told so, pages to come as well.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Nobody."""

    def has_perm(self, user: Any, permission: str, row: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Ends the asking where the account is limited; else the other backends say."""
        if permission in EVERY_SITE and is_limited(user):
            raise PermissionDenied
        return False
