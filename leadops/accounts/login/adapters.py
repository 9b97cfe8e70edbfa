"""What django-allauth asks us: who may log in, how secrets are kept, what passkeys belong to."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from leadops.accounts.login import devices, moving, proof, tries
from leadops.accounts.sso import session
from leadops.accounts.sso.local import may_log_in_here
from leadops.accounts.tokens.rows import is_service
from leads import networks
from leads.secrets import Locked, box, open_box

UNKNOWN = "0.0.0.0"  # noqa: S104 - what is shown, not what is listened at
SAID = {
    "mfa/messages/totp_activated.txt": _("The second factor is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": _("The passkey is set up."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
}
"""What a page says after a change. Other messages of allauth are not said."""


OURS = {"allauth.mfa.stages.AuthenticateStage": "leadops.accounts.sso.stages.AuthenticateStage"}
"""What stands in the place of a step of allauth's."""


class Accounts(DefaultAccountAdapter):
    """Staff log in by user name. Nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an administrator makes accounts."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """A refusal for who is no staff or disabled; nothing where the log-in goes on."""
        if not (user.is_active and user.is_staff) or is_service(user):
            messages.error(request, _("This account cannot log in."))
            return HttpResponseRedirect(reverse("admin:login"))
        if not (may_log_in_here(user) or session.began_for(request, user)):
            messages.error(request, _("Log in by single sign-on."))
            return HttpResponseRedirect(reverse("admin:login"))
        moving.adopt(user.pk, Authenticator.objects)
        return None

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin a session that old code, which may run beside this one, knows as well."""
        user.backend = settings.AUTHENTICATION_BACKENDS[-1]
        super().login(request, user)

    def get_login_stages(self) -> list[str]:
        """allauth's; the second factor may have been shown at a provider."""
        return [OURS.get(stage, stage) for stage in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """On to where the person wanted to go; the browser is known to the account from now on."""
        from leadops.accounts.tasks import mail_owner  # noqa: PLC0415 - it needs the queue

        answer: HttpResponse = super().post_login(request, user, **kwargs)
        account = tries.account_key(user.get_username())
        if not devices.known(request, account):
            mail_owner(user, "browser")
        devices.remember(request, answer, account)
        return answer

    def is_reauthentication_required(self, **kwargs: Any) -> bool:
        """Before a factor is changed, unless its owner has just shown that it is them."""
        return not proof.is_fresh(self.request)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: Any = None,
        *args: Any,
        **more: Any,
    ) -> None:
        """What happened, in our words."""
        message = more.get("message") or SAID.get(message_template)
        if message:
            messages.add_message(request, level, message)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom a proxy of ours speaks for; of a socket of this machine an address all the same."""
        return networks.client_address(request) or UNKNOWN

    def is_safe_url(self, url: str) -> bool:
        """Whether it is a page of ours."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )


class SecondFactors(DefaultMFAAdapter):
    """Seeds and recovery codes are locked with FIELD_KEYS; passkeys belong to PUBLIC_URL's host."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "locked": _("This server cannot open your second factor: its FIELD_KEYS have changed.")
    }

    def get_totp_label(self, user: Any) -> str:
        """Which of the person's accounts it is."""
        return str(user.get_username())

    def get_totp_issuer(self) -> str:
        """Which LeadOps it is."""
        return f"LeadOps {urlsplit(settings.PUBLIC_URL).hostname}"

    def encrypt(self, text: str) -> str:
        """What the database keeps."""
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What was kept. Raises ValidationError where no key opens it: an empty seed has codes."""
        text = open_box(encrypted_text)
        if isinstance(text, Locked) or not text:
            raise self.validation_error("locked")
        return text

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a passkey is called until its owner says otherwise."""
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What passkeys are for."""
        return {"id": passkey_host(context.request), "name": "LeadOps"}


def passkey_host(request: HttpRequest) -> str:
    """The name that passkeys belong to: PUBLIC_URL's; on this machine `localhost` will do."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    asked = request.get_host().partition(":")[0]
    return "localhost" if is_address(host) and asked == "localhost" else host


def passkeys_work(request: HttpRequest) -> bool:
    """Whether a browser makes a passkey on this page: not on an IP address, nor on plain http."""
    asked = request.get_host().partition(":")[0]
    host = passkey_host(request)
    return (
        (request.is_secure() or host == "localhost")
        and (asked == host or asked.endswith(f".{host}"))
        and not is_address(host)
    )


def is_address(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
