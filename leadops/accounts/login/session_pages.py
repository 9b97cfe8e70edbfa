"""The page of one's own sessions, and its buttons."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leadops.accounts.login import sessions


def session_urls(admin_site: Any) -> list[URLPattern]:
    """The addresses."""

    def shown(request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")
        own = request.session.session_key
        context = admin_site.each_context(request) | {
            "title": _("Your sessions"),
            "sessions": [(row, row.session_key == own) for row in rows if row.exists()],
        }
        return TemplateResponse(request, "admin/accounts/sessions.html", context)

    def ended(request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("session", "")
        pk = int(chosen) if chosen.isascii() and chosen.isdecimal() else None
        if chosen == "others" or pk:
            count = sessions.end(request.user, pk, but=request.session.session_key)
            messages.success(request, sessions.ended(count))
        return HttpResponseRedirect(reverse("admin:sessions"))

    return [
        path("sessions/", admin_site.admin_view(require_safe(shown)), name="sessions"),
        path("sessions/end/", admin_site.admin_view(require_POST(ended)), name="sessions_end"),
    ]
