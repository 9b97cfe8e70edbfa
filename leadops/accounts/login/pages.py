"""The pages of logging in and of the second factor: allauth's views in our skin."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.account.views import ReauthenticateView as PasswordView
from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadops.accounts import second_factor
from leadops.accounts.login import codes, moving, sessions
from leadops.accounts.login.adapters import passkeys_work
from leadops.accounts.login.links import Forgotten, SetPassword
from leadops.accounts.login.skin import Skin
from leadops.accounts.second_factor import APP, CODES, KEY
from leadops.accounts.sso import providers
from leadops.accounts.tasks import mail_owner
from leads.desk.kit.history import attribute


class LogIn(LoginView):
    """The admin's own log-in; after the password allauth says what comes next."""

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the second factor, or to where the person wanted to go."""
        if settings.STAY_SIGNED_IN and self.request.POST.get("stay"):
            self.request.session[sessions.STAYS] = True
        user = form.get_user()
        record_authentication(self.request, user, "password")
        answer: HttpResponse = perform_login(
            self.request, user, redirect_url=self.get_success_url()
        )
        return answer


class State(Skin, IndexView):
    """How the account stands."""

    title = gettext_lazy("Second factor")
    template_name = "admin/second_factor/state.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is set up."""
        found = super().get_context_data(**kwargs)
        held = Authenticator.objects.filter(user_id=self.request.user.pk).order_by("pk")
        return found | {
            "has_app": any(one.type == APP for one in held),
            "has_codes": any(one.type == CODES for one in held),
            "passkeys": [one for one in held if one.type == KEY],
            "left": codes.left(self.request.user),
            "may_sign_in": bool(providers.every()),
        }


class Enrol(Skin, ActivateTOTPView):
    """The way to an authenticator app."""

    title = gettext_lazy("Set up an authenticator app")
    template_name = "admin/second_factor/enrol.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the recovery codes."""
        answer: HttpResponse = super().form_valid(form)
        codes.begin(self.request.user)
        enrolled(self.request, "Set up an authenticator app.")
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The secret as an app takes it by hand, in groups of four."""
        found = super().get_context_data(**kwargs)
        key = found["form"].secret
        return found | {"key": " ".join(key[at : at + 4] for at in range(0, len(key), 4))}


class Remove(Skin, DeactivateTOTPView):
    """Give the app up, or change to a new phone."""

    title = gettext_lazy("Remove the authenticator app")
    template_name = "admin/second_factor/remove.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Back to how the account stands; old code shall not ask for the app either."""
        user: Any = self.request.user
        moving.forget(user.pk)
        _noted(self.request, "Removed the authenticator app.")
        answer: HttpResponse = super().form_valid(form)
        return answer


class Codes(Skin, ViewRecoveryCodesView):
    """The recovery codes, this once."""

    title = gettext_lazy("Recovery codes")
    template_name = "admin/second_factor/codes.html"


class NewCodes(Skin, GenerateRecoveryCodesView):
    """New recovery codes instead of the old ones."""

    title = gettext_lazy("New recovery codes")
    template_name = "admin/second_factor/new_codes.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the codes."""
        _noted(self.request, "Made new recovery codes.")
        answer: HttpResponse = super().form_valid(form)
        return answer


class Ask(Skin, AuthenticateView):
    """The code after the password."""

    title = gettext_lazy("Enter your code")
    template_name = "admin/second_factor/ask.html"


class Show(Skin, ReauthenticateView):
    """The code of who is logged in: a session that began before there was a second factor."""

    title = gettext_lazy("Enter your code")
    template_name = "admin/second_factor/ask.html"


class ShowKey(Skin, ReauthenticateWebAuthnView):
    """The same with a passkey."""

    title = gettext_lazy("Use your passkey")
    template_name = "admin/second_factor/ask_key.html"


class Password(Skin, PasswordView):
    """The password of who is logged in, and has no second factor to show."""

    title = gettext_lazy("Enter your password")
    template_name = "admin/second_factor/password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; others go on to the one that asks for the factor."""
        if second_factor.has_one(request.user):
            return HttpResponseRedirect(self.passthrough_next_url(reverse("mfa_reauthenticate")))
        return super().dispatch(request, *args, **kwargs)


class AddKey(Skin, AddWebAuthnView):
    """A new passkey."""

    title = gettext_lazy("Add a passkey")
    template_name = "admin/second_factor/add_key.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the recovery codes, where there are new ones."""
        answer: HttpResponse = super().form_valid(form)
        enrolled(self.request, "Added a passkey.")
        return answer


class NameKey(Skin, EditWebAuthnView):
    """Another name for a passkey."""

    title = gettext_lazy("Rename a passkey")
    template_name = "admin/second_factor/name_key.html"


class RemoveKey(Skin, RemoveWebAuthnView):
    """One passkey less."""

    title = gettext_lazy("Remove a passkey")
    template_name = "admin/second_factor/remove_key.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Back to how the account stands."""
        _noted(self.request, "Removed a passkey.")
        answer: HttpResponse = super().form_valid(form)
        return answer


class WithKey(Skin, LoginWebAuthnView):
    """A log-in without a password; a page opens nowhere, the button of the log-in asks here."""


def enrolled(request: HttpRequest, what: str) -> None:
    """The session counts as one that showed the factor it has just set up."""
    record_authentication(request, request.user, "mfa")
    request.session.cycle_key()
    UserSession.objects.create_from_request(request)
    _noted(request, what)


def _noted(request: HttpRequest, what: str) -> None:
    user: Any = request.user
    attribute(user, user, what, "factor")
    mail_owner(user, "factor")


ROUTES: dict[str, tuple[str, Any]] = {
    "": ("mfa_index", State),
    "code/": ("mfa_authenticate", Ask),
    "verify/": ("mfa_reauthenticate", Show),
    "verify/key/": ("mfa_reauthenticate_webauthn", ShowKey),
    "verify/password/": ("account_reauthenticate", Password),
    "app/": ("mfa_activate_totp", Enrol),
    "app/remove/": ("mfa_deactivate_totp", Remove),
    "codes/": ("mfa_view_recovery_codes", Codes),
    "codes/new/": ("mfa_generate_recovery_codes", NewCodes),
    "keys/": ("mfa_list_webauthn", State),
    "keys/add/": ("mfa_add_webauthn", AddKey),
    "keys/<int:pk>/name/": ("mfa_edit_webauthn", NameKey),
    "keys/<int:pk>/remove/": ("mfa_remove_webauthn", RemoveKey),
    "log-in/": ("mfa_login_webauthn", WithKey),
}
"""allauth finds its pages by these names."""


def account_urls(admin_site: Any) -> list[URLPattern]:
    """The addresses of all that; what allauth has beside it does not exist here."""
    return [
        path("admin/login/", admin_site.login, name="account_login"),
        path("admin/forgotten/", Forgotten.as_view(), name="admin_password_reset"),
        path("admin/link/<uidb64>/<token>/", SetPassword.as_view(), name="account_link"),
        path("admin/logout/", admin_site.admin_view(admin_site.logout), name="account_logout"),
        *(
            path(f"admin/second-factor/{tail}", view.as_view(), name=name)
            for tail, (name, view) in ROUTES.items()
        ),
    ]


def log_in(admin_site: Any, request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """The page of the log-in, or where a right one leads."""
    frame = admin_site.each_context(request)
    page = LogIn.as_view(
        template_name="admin/login_page.html",
        authentication_form=admin_site.login_form,
        extra_context=frame
        | {
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "passkeys_work": passkeys_work(request),
            "may_stay": settings.STAY_SIGNED_IN,
            "key_address": reverse("mfa_login_webauthn"),
            "providers": providers.every(),
            "password_login": settings.PASSWORD_LOGIN,
        }
        | context,
    )
    return page(request)
