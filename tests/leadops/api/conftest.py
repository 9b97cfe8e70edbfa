"""A program with a token, in-process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leadops.accounts.models import ApiToken
from leads.models import Site
from tests.factories import make_site, make_token, make_user

BASE = "/api/ops/v1/"
EVERY_SCOPE = tuple(ApiToken.Scope.values)


class Program:
    """Calls the operations API with one token."""

    def __init__(self, user: User, scopes: Sequence[str] = EVERY_SCOPE, **values: Any) -> None:
        self.user, self.client = user, Client()
        self.token, self.secret = make_token(user, scopes, **values)

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET."""
        return self.client.get(BASE + path, query, headers=self._headers())

    def post(self, path: str, key: str | None = None, method: str = "POST", **body: Any) -> Any:
        """The answer to a POST of a JSON object."""
        headers = self._headers() | ({"Idempotency-Key": key} if key is not None else {})
        return self.client.generic(
            method, BASE + path, json.dumps(body), "application/json", headers=headers
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


@pytest.fixture
def site(db: None) -> Site:
    return make_site(name="Arctic Spas")


@pytest.fixture
def chief(site: Site) -> Program:
    """May do everything."""
    return Program(make_user("chief", role="Administrator"))
