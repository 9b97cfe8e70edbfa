"""How the web process sees a request that came through PUBLIC_URL; for `leadops doctor` alone."""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, JsonResponse

from leads.networks import client_address

PATH = "/healthz/seen"
SALT = "leadops.doctor"
SECONDS = 60


def token() -> str:
    """What proves for a minute that the asker has SECRET_KEY."""
    return signing.dumps("doctor", salt=SALT)


def seen(request: HttpRequest) -> JsonResponse:
    """Scheme and address as they arrive here; 404 without a token of the last minute."""
    try:
        signing.loads(request.GET.get("token", ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return JsonResponse({"status": "not found"}, status=404)
    return JsonResponse({"https": request.is_secure(), "address": client_address(request)})
