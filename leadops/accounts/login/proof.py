"""Before what matters most, whoever is logged in shows again that it is them.

A table of addresses and not a decorator: it can be read, and the tests ask each of them.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account.signals import authentication_step_completed
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import ResolverMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadops.accounts import second_factor
from leadops.accounts.sso import session

PROVED_AT = "proved_at"
"""In the session: when its owner last showed that it was them, in seconds; by logging in first."""

PAGES = {
    # What is typed there would be lost, so the page itself asks.
    *("admin:password_change", "admin:auth_user_add", "admin:auth_user_password_change"),
    *("admin:auth_group_add", "admin:notifications_channel_add", "admin:zoho_connect"),
    *("admin:leads_site_connect", "admin:leads_site_add_source", "admin:leads_lead_person"),
    *("admin:accounts_apitoken_issue", "admin:accounts_apitoken_service"),
    *("admin:leads_wallboard_add", "admin:notifications_endpoint_add"),
    *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_remove_webauthn"),
    *("mfa_edit_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
    *("sso_own", "admin:accounts_identityprovider_add"),
}
"""Opened with a fresh proof alone."""
POSTS = PAGES | {
    *("admin:auth_user_change", "admin:auth_user_remove_second_factor", "admin:auth_user_unlock"),
    *("admin:auth_user_end_sessions", "admin:sessions_end", "admin:auth_user_invite"),
    *("admin:auth_group_change", "admin:auth_group_delete"),
    *("admin:notifications_channel_change", "admin:notifications_channel_delete"),
    *("admin:notifications_channel_new_secret", "admin:notifications_channel_end_secret"),
    *("admin:notifications_endpoint_change", "admin:notifications_endpoint_delete"),
    *("admin:notifications_endpoint_new_secret", "admin:notifications_endpoint_end_secret"),
    *("admin:leads_site_connect_step", "admin:leads_site_issue_key", "admin:leads_site_limit_key"),
    *("admin:leads_site_source_show", "admin:leads_site_source_renew"),
    *("sso_link", "sso_unlink"),
    *("admin:accounts_identityprovider_change", "admin:accounts_identityprovider_delete"),
    *("admin:auth_user_link_sign_in", "admin:auth_user_unlink_sign_in"),
    *("admin:accounts_securityevent_export", "admin:accounts_apitoken_limit"),
    "admin:accounts_apitoken_renew",
}
"""Pressed with a fresh proof alone."""
ACTIONS = {
    "admin:leads_failedlead_changelist": {"export_selected"},
    "admin:notifications_channel_changelist": {"delete_selected"},
    "admin:auth_group_changelist": {"delete_selected"},
}
"""The same for what is done with chosen rows of a list."""
AGAIN = gettext_lazy("Nothing was done yet. Now that you have shown that it is you, press again.")


def listen() -> None:
    """Note each proof: a log-in, and what a logged-in person shows again."""
    user_logged_in.connect(_logged_in, dispatch_uid="accounts.proved_by_log_in")
    authentication_step_completed.connect(_shown, dispatch_uid="accounts.proved_again")


def _logged_in(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    request.session[PROVED_AT] = time.time()


def _shown(sender: Any, request: HttpRequest, user: Any, method: str, **kwargs: Any) -> None:
    # After the password alone nobody is logged in yet; nor is it a proof of who has more to show.
    if request.user == user and (method == "mfa" or not second_factor.has_one(user)):
        request.session[PROVED_AT] = time.time()


def is_fresh(request: HttpRequest) -> bool:
    """Whether the last proof is young enough."""
    age = time.time() - request.session.get(PROVED_AT, 0)
    return bool(age < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def is_asked(request: HttpRequest, match: ResolverMatch | None) -> bool:
    """Whether what is asked for takes a fresh proof."""
    name = match.view_name if match else ""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return name in PAGES
    # All that are named: which of them Django runs, another value says.
    return name in POSTS or not ACTIONS.get(name, set()).isdisjoint(request.POST.getlist("action"))


def ask(request: HttpRequest) -> HttpResponse:
    """On to the page that asks, and from there back; a script is told."""
    if "application/json" in request.headers.get("Accept", ""):
        title = _("Show first that it is you")
        return JsonResponse({"code": "proof", "title": title}, status=403)
    wanted = request.get_full_path()
    if request.method == "POST":
        # What was posted may be a secret, and a session is a row in clear text: it is not kept.
        messages.info(request, AGAIN)
        wanted = _where_it_was_pressed(request)
    page = reverse(_page_for(request))
    return HttpResponseRedirect(f"{page}?{urlencode({'next': wanted})}")


def _page_for(request: HttpRequest) -> str:
    """Who showed a second factor at a provider, or has none here, shows it there again."""
    has_one = second_factor.has_one(request.user)
    if session.began_for(request, request.user) and (
        not has_one or session.factor_was_shown(request, request.user)
    ):
        return "sso_prove"
    return "mfa_reauthenticate" if has_one else "account_reauthenticate"


def _where_it_was_pressed(request: HttpRequest) -> str:
    page = urlsplit(request.headers.get("Referer", ""))
    ours = page.netloc == request.get_host() and page.path.startswith(reverse("admin:index"))
    return page._replace(scheme="", netloc="").geturl() if ours else reverse("admin:index")
