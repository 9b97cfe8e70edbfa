"""Links that set a password: an invitation, or a reset. Each is good once, for three days.

What a link is good for hangs on the account's password and last log-in: when one of them changes,
it is good for nothing. It leaves the second factor as it is.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import password_changed
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.login import tries
from leadops.accounts.login.backend import refusal
from leadops.accounts.login.skin import Skin
from leadops.accounts.sso.local import may_log_in_here
from leads import networks

SENT = _("If an account has this address, a mail is on its way to it.")


def link_for(user: Any) -> str:
    """A new link for an account."""
    token = default_token_generator.make_token(user)
    where = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.PUBLIC_URL + reverse("account_link", args=[where, token])


def can_mail() -> bool:
    """Whether mails leave this machine."""
    return not settings.EMAIL_BACKEND.endswith(("filebased.EmailBackend", "dummy.EmailBackend"))


class SetPassword(Skin, PasswordResetConfirmView):
    """Where a link leads; the log-in comes after it."""

    title = _("Set your password")
    template_name = "admin/accounts/set_password.html"
    success_url = reverse_lazy("admin:login")

    def form_valid(self, form: Any) -> HttpResponse:
        """The password is set, and all sessions of the account are over.

        Of two who came this far with the same link, the one sets it that is quicker.
        """
        password, before = form.cleaned_data["new_password1"], form.user.password
        form.user.set_password(password)
        same = get_user_model()._default_manager.filter(pk=form.user.pk, password=before)
        if not same.update(password=form.user.password):
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        password_changed(password, form.user)
        record(Kind.PASSWORD, account=form.user, method="link", request=self.request)
        messages.success(self.request, _("Your password is set. Log in with it."))
        return HttpResponseRedirect(self.get_success_url())


class AddressForm(forms.Form):
    """Whom to mail."""

    email = forms.EmailField(label="E-mail", max_length=254)


class Forgotten(Skin, FormView):  # type: ignore[type-arg]  # generic in the stubs alone
    """Asks for a mail with a link. It does not tell whether there is such an account."""

    title = _("Forgotten your password?")
    template_name = "admin/accounts/forgotten.html"
    form_class = AddressForm
    success_url = reverse_lazy("admin:login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether it can be had."""
        return super().get_context_data(**kwargs) | {"can_mail": can_mail()}

    def form_valid(self, form: Any) -> HttpResponse:
        """A mail for each account of the address: two may share one."""
        from leadops.accounts.tasks import mail_owner  # noqa: PLC0415 - it makes links

        if can_mail():
            address = form.cleaned_data["email"]
            if wait := tries.claim(asked_by(self.request, address)):
                return refusal(wait, 429)
            for user in accounts_of(address):
                mail_owner(user, "reset")
            messages.success(self.request, SENT)
        answer: HttpResponse = super().form_valid(form)
        return answer


def accounts_of(address: str) -> list[Any]:
    """Accounts that may log in by a password and have this address."""
    people = get_user_model()._default_manager.filter(is_active=True, is_staff=True)
    found = people.filter(email__iexact=address).order_by("pk")
    return [one for one in found if one.has_usable_password() and may_log_in_here(one)]


def asked_by(request: HttpRequest, address: str) -> list[tries.Count]:
    """What asking counts for: whoever asks, and whom it would mail, be there an account or not."""
    network = networks.network_of(networks.client_address(request))
    about = ("reset", network), ("reset for", address.casefold())
    return [tries.Count(tries.Kind.RESET, tries.keyed(*one), "") for one in about]
