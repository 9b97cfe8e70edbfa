"""Whether somebody may log in here at all, by password or passkey."""

from __future__ import annotations

from typing import Any

from django.conf import settings


def may_log_in_here(user: Any) -> bool:
    """Everybody, or only superusers: with PASSWORD_LOGIN off they break the glass."""
    return bool(settings.PASSWORD_LOGIN or user.is_superuser)
