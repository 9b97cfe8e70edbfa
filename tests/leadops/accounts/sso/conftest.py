"""A provider at the wire: it signs what a test wants it to claim."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from pytest_django import Settings

from leadops.accounts.sso import oidc
from leadops.accounts.sso.links import link
from leadops.accounts.sso.providers import by_slug
from leadops.accounts.sso.refusals import Refused

ISSUER = "https://login.example.com/realms/staff"
CLIENT = "leadops"
BEGIN = "/admin/sign-in/to/oidc/log-in/"
CALLBACK = "/admin/sign-in/to/oidc/callback/"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
ENVIRONMENT = {
    "issuer": ISSUER,
    "name": "Example",
    "client_id": CLIENT,
    "client_secret": "s3cret-of-the-client",
    "scopes": ["openid", "profile", "email"],
    "groups_claim": "groups",
    "groups": {},
    "sign_up": False,
    "link_domains": [],
    "second_factor": [],
}
"""As the settings have it."""


class FakeProvider:
    """What it says of itself, its keys, and the token that it gives for a code."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "eva-1"}
        """What is claimed, over what is right; None for a claim that is left out."""
        self.key, self.kid, self.algorithm = KEY, "k1", "RS256"
        self.about: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
        self.me: dict[str, Any] = {}
        self.nonce = ""
        self.token: Any = None
        self.refuses = ""
        self.asked: list[tuple[str, Any]] = []

    def ask(self, url: str, *, is_judged: bool, form: Any = None, headers: Any = None) -> Any:
        """In the place of `wire.ask`."""
        self.asked.append((url, form))
        name = "about" if url.endswith("openid-configuration") else url.rpartition("/")[2]
        if self.refuses == name:
            raise Refused("unreachable")
        answers: dict[str, Callable[[], Any]] = {
            "about": lambda: self.about,
            "keys": self.keys,
            "token": lambda: {"access_token": "at", "id_token": self.token or self.signed()},
            "me": lambda: {"sub": self.claims["sub"], **self.me},
        }
        return answers[name]()

    def keys(self) -> dict[str, Any]:
        """The public half."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())
        return {"keys": [{**json.loads(public), "kid": "k1", "use": "sig"}]}

    def signed(self, **more: Any) -> str:
        """A token of now."""
        now = int(time.time())
        right = {"iss": ISSUER, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": self.nonce}
        claims = {**right, **self.claims, **more}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, self.algorithm, headers={"kid": self.kid})


Round = Callable[..., Any]


@pytest.fixture
def provider(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """The provider of the environment."""
    fake = FakeProvider()
    settings.OIDC = {**ENVIRONMENT}
    monkeypatch.setattr(oidc, "ask", fake.ask)
    oidc.forget()
    yield fake
    oidc.forget()


@pytest.fixture
def go_round(provider: FakeProvider) -> Round:
    """To the provider and back, in a browser; the answer to what came back."""

    def walk(
        client: Client, begin: str = BEGIN, data: Any = None, back: str = CALLBACK, **said: Any
    ) -> Any:
        left = client.post(begin, data or {})
        assert left.status_code == 200, left.get("Location")
        sent = sent_along(left)
        provider.nonce = sent["nonce"]
        return client.get(back, {"code": "c0de", "state": sent["state"], **said})

    return walk


def sent_along(answer: Any) -> dict[str, str]:
    """What the page that leads to the provider takes there."""
    query = parse_qs(urlsplit(answer.context["target"]).query)
    return {name: values[0] for name, values in query.items()}


def linked(user: Any, subject: str = "eva-1") -> Any:
    """The account, which is linked with somebody at the provider."""
    one = by_slug("oidc")
    assert one is not None
    link(user, one, subject, "test", None)  # type: ignore[arg-type]  # nobody asks
    return user


def reason_of(answer: Any) -> str:
    """The word of a refusal; empty where there is none."""
    where = answer.get("Location", "")
    return where.rstrip("/").rpartition("/")[2] if "/refused/" in where else ""
