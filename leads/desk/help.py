"""`/help/13002/`: what 13002 means, for whoever clicked the link in a mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format

from leads import figures
from leads.desk.dashboard import totals_shown
from leads.reasons import ABOUT, Owner, Reason

# Rates and totals only: the page is public and names no site and no person.
PUBLIC = ("attempts", "success_rate", "failure_rate", "first_lead_at", "first_api_log_id")


def page(request: HttpRequest) -> HttpResponse:
    """The explanation with today's figures."""
    if not may_read(request):
        return redirect_to_login(request.get_full_path(), "admin:login")
    context = {
        "shown": public_figures()["shown"],
        "groups": [(owner, reasons_of(owner)) for owner in Owner],
        "time_zone": settings.TIME_ZONE,
    }
    return render(request, "leads/help.html", context)


def stats(request: HttpRequest) -> HttpResponse:
    """The figures of the page, for its refresh."""
    if not may_read(request):
        return JsonResponse({"code": "forbidden", "title": "For staff only"}, status=403)
    response = JsonResponse(public_figures())
    response["Cache-Control"] = "no-store"
    return response


def may_read(request: HttpRequest) -> bool:
    """Everybody, unless the operator keeps the page for staff."""
    user: Any = request.user
    return settings.HELP_PAGE_PUBLIC or (user.is_active and user.is_staff)


def public_figures() -> dict[str, Any]:
    """Totals and rates of attempts; `shown` holds each as the page prints it."""
    data = figures.as_json()
    now = timezone.localtime()
    shown = totals_shown(data) | {"updated_at": date_format(now, "H:i:s")}
    return {name: data[name] for name in PUBLIC} | {
        "sent": sum(data["attempts"].values()),
        "updated_at": now.isoformat(timespec="seconds"),
        "time_zone": settings.TIME_ZONE,
        "shown": shown,
    }


def reasons_of(owner: Owner) -> list[Reason]:
    """The reasons that this party must act on."""
    return [reason for reason in Reason if ABOUT[reason].owner == owner]
