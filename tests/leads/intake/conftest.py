"""Posting as a site does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leads.models import Site
from tests.factories import make_key
from tests.responses import Response

ADDRESS = "/api/v1/leads/"
Post = Callable[..., Any]


@pytest.fixture
def post(site: Site, client: Client) -> Post:
    """Posts a body (a dict as JSON) with the site's key, or with the headers given."""
    key = make_key(site)

    def send(
        body: Any = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Response:
        if body is None:
            body = {"contact_name": "Ana Silva", "email": "ana@example.com"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return client.generic("POST", ADDRESS, content, content_type, headers=headers)

    return send
