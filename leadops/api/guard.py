"""Who asks, and whether they may: the token, its scopes, its account's rights, and its pace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from leadops.accounts.models import ApiToken
from leadops.accounts.tokens.rows import is_service
from leadops.api.problems import Problem
from leads.clock import database_now
from leads.intake.guard.quota import MINUTE, rest_of
from leads.networks import client_address
from leads.store import database

Scope = ApiToken.Scope
CALLS_A_MINUTE = 600
"""Of one token: ten a second."""
NOTE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Right:
    """What an operation takes: a scope of the token, and permissions of its account."""

    scope: ApiToken.Scope
    permissions: tuple[str, ...]

    def demand(self, token: ApiToken, user: Any) -> None:
        """Stop with 403 unless both are there."""
        if self.scope not in token.scopes:
            raise Problem(403, "scope", f"It takes a token with the scope “{self.scope.value}”.")
        if not user.has_perms(self.permissions):
            raise Problem(403, "forbidden", "The token's account may not do this.")


def right(scope: ApiToken.Scope, *permissions: str) -> Right:
    """A right, as the tables of the views write it."""
    return Right(scope, permissions)


class TokenAuthentication(BaseAuthentication):
    """An API token. `request.user` is its account, read anew at each call; `request.auth` it."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken]:
        """The account and the token. Raises Problem."""
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        token = self._live(secret.strip()) if scheme.casefold() == "bearer" else None
        if token is None:
            refusal = "Send a live token as “Authorization: Bearer TOKEN”."
            raise Problem(401, "unauthenticated", refusal)
        address = client_address(request._request)
        if not token.is_allowed_from(address):
            raise Problem(403, "forbidden", "This token is not taken from your address.")
        keep_pace(token)
        now = database_now()
        if token.last_used_at is None or token.last_used_at < now - NOTE_EVERY:
            ApiToken.objects.note_use(token.digest, now, NOTE_EVERY, address)
        return token.user, token

    @staticmethod
    def _live(secret: str) -> ApiToken | None:
        """The token, where its account may still come to the desk."""
        tokens = ApiToken.objects.live().select_related("user")
        token = tokens.filter(digest=ApiToken.digest_of(secret)).first()
        if token is None or not token.user.is_active:
            return None
        return token if token.user.is_staff or is_service(token.user) else None

    def authenticate_header(self, request: Request) -> str:
        """How to authenticate."""
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    """The token in the OpenAPI schema."""

    target_class = TokenAuthentication
    name = "API token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002 - its caller's signature
        """How it is shown."""
        return {"type": "http", "scheme": "bearer"}


def keep_pace(token: ApiToken) -> None:
    """Count one more call of this minute. Raises Problem where it is one too many."""
    if database.use_allowance(f"api token:{token.pk}", CALLS_A_MINUTE, MINUTE) is None:
        detail = f"A token may call {CALLS_A_MINUTE} times a minute."
        raise Problem(429, "too_many", detail, wait=rest_of(MINUTE))


def token_of(request: Request) -> ApiToken:
    """The token that a request showed."""
    return cast(ApiToken, request.auth)
