"""django-allauth's OpenID Connect, more strictly: what it calls, what it sends, what it believes.

It takes over parameters from our own address (a stranger could add some), knows no nonce, and does
not look at the signature of a token that it fetched itself. Those parts are ours.
"""

from __future__ import annotations

import secrets
import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from leadops.accounts.sso import providers, tokens
from leadops.accounts.sso.claims import Identity, identity_of, lacks
from leadops.accounts.sso.providers import Provider
from leadops.accounts.sso.refusals import Refused
from leadops.accounts.sso.wire import ask, judged_address

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_SECONDS = 300
"""How long a process believes what a provider said of itself."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_kept: dict[tuple[str, bool], tuple[float, dict[str, Any]]] = {}


class SocialAccounts(DefaultSocialAccountAdapter):
    """Nobody signs up by a form. The providers are ours, whatever allauth's tables hold."""

    def is_open_for_signup(self, request: HttpRequest, *_login: Any, **_more: Any) -> bool:
        """Never: see `whose.account_for`."""
        return False

    def list_apps(
        self, request: HttpRequest, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        """As allauth knows a provider."""
        return [
            app_of(one)
            for one in providers.every()
            if provider in (None, one.slug, one.identity_issuer)
            and client_id in (None, one.client_id)
        ]


def app_of(one: Provider) -> SocialApp:
    """A row of allauth's that is never saved."""
    return SocialApp(
        provider="openid_connect",
        provider_id=one.slug,
        name=one.name,
        client_id=one.client_id,
        secret=one.client_secret,
        settings={
            "server_url": one.identity_issuer + WELL_KNOWN,
            "scope": list(one.scopes),
            "oauth_pkce_enabled": True,
        },
    )


class Conversation(OpenIDConnectOAuth2Adapter):
    """The calls of one log-in."""

    def __init__(self, request: HttpRequest, provider: Provider) -> None:
        self.ours = provider
        super().__init__(request, provider.slug)

    def get_provider(self) -> Any:
        """What allauth calls the provider; it speaks by us."""
        found = OpenIDConnectProvider(self.request, app=app_of(self.ours))
        found.get_oauth2_adapter = lambda request: self
        return found

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself. Raises Refused."""
        return about(self.ours)

    @property
    def issuer(self) -> str:
        """What it calls itself, to the letter."""
        return str(self.openid_config["issuer"])

    def get_callback_url(self, request: HttpRequest, *_app: Any, **_more: Any) -> str:
        """Where the provider sends people back to, by whatever name they came."""
        return redirect_address(self.ours.slug)

    def identity(self, code: str, state: dict[str, Any]) -> Identity:
        """Who the person is that came back with a code. Raises Refused."""
        told = self.exchange(code, str(state.get("pkce_code_verifier")))
        nonce = str(state["data"]["nonce"])
        signed = tokens.read(told.get("id_token"), self.keys(), self.ours, self.issuer, nonce)
        more = self.userinfo(told, signed) if lacks(self.ours, signed) else {}
        return identity_of(self.ours, signed, more)

    def exchange(self, code: str, verifier: str) -> dict[str, Any]:
        """What the provider gives for a code. Raises Refused."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_address(self.ours.slug),
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        name, secret = self.ours.client_id, self.ours.client_secret
        if secret and self.basic_auth:
            # Encoded before, as RFC 6749 says.
            pair = f"{quote_plus(name)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": name} | ({"client_secret": secret} if secret else {})
        return self.ask("token_endpoint", form=form, headers=headers)

    @property
    def basic_auth(self) -> bool:
        """Whether the secret goes into a header: what a provider takes that says nothing."""
        methods = self.openid_config.get("token_endpoint_auth_methods_supported")
        return not isinstance(methods, list) or "client_secret_post" not in methods

    def keys(self) -> Any:
        """The provider's keys, as they are now. Raises Refused."""
        return self.ask("jwks_uri")

    def userinfo(self, told: dict[str, Any], signed: dict[str, Any]) -> dict[str, Any]:
        """What the provider tells beside the token, of the same person; nothing where it does not.

        Raises Refused.
        """
        token = told.get("access_token")
        if "userinfo_endpoint" not in self.openid_config or not isinstance(token, str):
            return {}
        if not (token.isascii() and token.isprintable()):
            raise Refused("answer")
        found = self.ask("userinfo_endpoint", headers={"Authorization": f"Bearer {token}"})
        if found.get("sub") != signed["sub"]:
            raise Refused("answer")
        return found

    def ask(self, endpoint: str, **sent: Any) -> dict[str, Any]:
        """What an endpoint answers. Raises Refused."""
        return ask(self.openid_config[endpoint], is_judged=self.ours.is_judged, **sent)


def about(provider: Provider) -> dict[str, Any]:
    """What a provider says of itself, perhaps some minutes ago. Raises Refused."""
    address = provider.identity_issuer + WELL_KNOWN
    key = (address, provider.is_judged)
    until, known = _kept.get(key, (0.0, {}))
    if time.monotonic() < until:
        return known
    said = ask(address, is_judged=provider.is_judged)
    if str(said.get("issuer")).rstrip("/") != provider.identity_issuer:
        raise Refused("issuer")
    for endpoint in ENDPOINTS:
        judged_address(said.get(endpoint))
    _kept[key] = (time.monotonic() + KEPT_SECONDS, said)
    return said


def forget() -> None:
    """Ask the providers again."""
    _kept.clear()


def redirect_address(slug: str) -> str:
    """What the provider has to know: where it sends people back to."""
    return settings.PUBLIC_URL + reverse("sso_callback", args=[slug])


def way_to(
    request: HttpRequest, provider: Provider, process: str, wanted: str, asks_again: bool
) -> str:
    """The address at the provider that the person goes to now. Raises Refused.

    What comes back has to know the state and the nonce that are kept in the session, and the code
    is worth nothing without the verifier.
    """
    nonce = secrets.token_urlsafe(24)
    params = {"nonce": nonce}
    if asks_again:
        params |= {"prompt": "login", "max_age": str(settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)}
    user: Any = request.user
    data = {"nonce": nonce, "account": user.pk}
    talk = Conversation(request, provider)
    answer = talk.get_provider().redirect(request, process, wanted, data, auth_params=params)
    return str(answer["Location"])
