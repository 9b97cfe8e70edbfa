"""What a view demands of whoever asks, before it looks at anything."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def demand(request: HttpRequest, permission: str) -> None:
    """Stop with 403 unless the user has the permission."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def may_view_leads(user: Any) -> bool:
    """Whether the user may see leads at all: the failed ones, or every one."""
    return bool(user.has_perm("leads.view_failedlead") or user.has_perm("leads.view_lead"))
