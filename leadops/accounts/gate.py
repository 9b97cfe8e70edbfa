"""Between login and everything else: a session that owes a second factor can only pay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode

from leadops.accounts.login import proof, sessions
from leadops.accounts.second_factor import Owed, owed
from leadops.programs import is_for_programs

Handler = Callable[[HttpRequest], HttpResponse]
PROOF = "account_reauthenticate"
PAY = {
    Owed.CODE: ("mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    Owed.ENROLMENT: ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", PROOF, "sso_prove"),
}
"""Where a debt is paid; a session is led to the first."""
ALWAYS = {
    *("admin:login", "admin:logout", "account_login", "account_logout"),
    *("sso_begin", "sso_callback", "sso_refused"),
}


def second_factor(get_response: Handler) -> Handler:
    """Lead an unverified session to its page; on public pages treat it as a stranger's.

    Before what matters most it leads to the page that asks for a proof.

    A middleware and no decorator, so that a new page cannot be forgotten.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(
        request: HttpRequest,
        view: Any,  # noqa: ARG001 - its caller's signature
        args: Any,  # noqa: ARG001 - its caller's signature
        kwargs: Any,  # noqa: ARG001 - its caller's signature
    ) -> HttpResponse | None:
        # A stranger must not cost a query; a program has no user, whatever it sends.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or is_for_programs(request):
            return None
        if request.user.is_authenticated:
            sessions.end_if_over(request)
        due = owed(request)
        match = request.resolver_match
        if due == Owed.NOTHING or (match and match.view_name in {*PAY[due], *ALWAYS}):
            needs_proof = request.user.is_authenticated and proof.is_asked(request, match)
            return proof.ask(request) if needs_proof and not proof.is_fresh(request) else None
        if not request.path.startswith(reverse("admin:index")):
            request.user = AnonymousUser()
            return None
        return _to(request, PAY[due][0])

    middleware.process_view = process_view  # type: ignore[attr-defined]  # as Django looks for it
    return middleware


def _to(request: HttpRequest, page: str) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"code": "second_factor", "title": "Show your code first"}, status=403)
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(f"{reverse(page)}?{query}" if query else reverse(page))
