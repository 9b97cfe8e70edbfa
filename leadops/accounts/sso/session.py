"""What a session that began at a provider is known by."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest

METHOD = "sso"


def note(request: HttpRequest, user: Any, issuer: str, subject: str, showed_factor: bool) -> None:
    """The person has logged in, or shown again that it is them, at a provider."""
    record_authentication(
        request, user, METHOD, issuer=issuer, subject=subject, factor=showed_factor
    )


def began_with(request: HttpRequest) -> dict[str, Any]:
    """The last log-in at a provider; empty for a session that began here."""
    records = get_authentication_records(request, request.user)
    return next((one for one in reversed(records) if one.get("method") == METHOD), {})


def began_for(request: HttpRequest, user: Any) -> bool:
    """Whether somebody has logged in to the account at a provider, in this session."""
    records = get_authentication_records(request, user)
    return any(one.get("method") == METHOD for one in records)


def factor_was_shown(request: HttpRequest, user: Any) -> bool:
    """Whether the provider said, at the log-in or since, that a second factor was shown there."""
    records = get_authentication_records(request, user)
    return any(one.get("method") == METHOD and one.get("factor") is True for one in records)
