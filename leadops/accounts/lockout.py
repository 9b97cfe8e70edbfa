"""Too many wrong passwords: the lock, the page that says so, and the way out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from leads import networks

KEEP = timedelta(days=1)
"""How long wrong passwords are kept; the lock itself ends long before."""


def client_address(request: HttpRequest) -> str | None:
    """What django-axes counts by, beside the name that was typed."""
    return networks.client_address(request) or None


def locked(request: HttpRequest, response: Any, credentials: Any) -> HttpResponse:  # noqa: ARG001 - its caller's signature
    """The page instead of the login form. It does not say whether the name exists."""
    context = {"title": _("Locked for now"), "minutes": minutes(), "site_title": "LeadOps"}
    return render(request, "admin/locked.html", context, status=429)


def minutes() -> int:
    """How long a lock holds."""
    return int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)


def is_locked(username: str) -> bool:
    """Whether the name is locked from anywhere."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    tries = AccessAttempt.objects.filter(
        username=username,
        attempt_time__gte=since,
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
    )
    return bool(tries.exists())


def unlock(username: str) -> bool:
    """Let the name log in again from everywhere; False when nothing held it."""
    return bool(reset(username=username))


def forget(sender: Any, now: datetime, **kwargs: Any) -> None:
    """Delete what is no longer needed."""
    AccessAttempt.objects.filter(attempt_time__lt=now - KEEP).delete()
