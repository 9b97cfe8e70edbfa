"""What every answer gets."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django import Settings

from leadops.middleware import database_away, posts_stay_posts, protection
from tests.factories import make_key, make_lead


@pytest.mark.parametrize(
    "path",
    [
        "/healthz/live",
        "/help/13002/",
        "/api/v1/leads/",
        "/f/x/",
        "/in/x/",
        "/nowhere",
        "/admin/login/",
    ],
)
def test_every_answer_has_a_content_security_policy(client: Client, db: None, path: str) -> None:
    policy = client.get(path)["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_view_may_have_a_policy_of_its_own() -> None:
    answer = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    seen = protection(lambda request: answer)(HttpRequest())

    assert seen["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.parametrize("error", [OperationalError("host db.internal"), InterfaceError("closed")])
def test_a_database_that_is_away_is_an_honest_503(
    client: Client, db: None, error: Exception
) -> None:
    with patch("leads.counters.deltas.totals", side_effect=error):
        answer = client.get("/help/13002/stats.json")

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"db.internal" not in answer.content


def test_another_error_is_not_called_an_outage() -> None:
    middleware: Any = database_away(lambda request: HttpResponse())

    assert middleware.process_exception(HttpRequest(), DataError("bug")) is None
    assert middleware.process_exception(HttpRequest(), RuntimeError("bug")) is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/leads/?a=b", 308),
        ("/api/v1/leads?a=%20b", 308),
        ("/f/token/", 308),
        ("/in/secret/?a=b", 308),
        ("/in/secret", 308),
        ("/admin/?a=b", 301),
        ("/inbox/", 301),
        ("/", 301),
    ],
)
def test_over_http_a_post_is_led_on_as_a_post(
    client: Client, settings: Settings, path: str, code: int
) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer: Any = client.post(path, b"{}", content_type="application/json")

    assert (answer.status_code, answer["Location"]) == (code, f"https://testserver{path}")


def test_no_other_redirect_is_changed(client: Client, db: None) -> None:
    assert client.get("/").status_code == 302
    assert posts_stay_posts(lambda request: HttpResponse(status=302))(asked()).status_code == 302


def asked() -> HttpRequest:
    request = HttpRequest()
    request.path_info = "/in/secret/"
    return request


@pytest.mark.parametrize(
    ("path", "reach", "is_kept"),
    [
        ("/api/v1/leads/", "cross-origin", False),
        ("/f/x/", "cross-origin", False),
        ("/in/x/", "cross-origin", False),
        ("/healthz/live", "same-origin", True),
        ("/help/13002/", "same-origin", True),
    ],
)
def test_sites_may_read_what_they_post_to_and_no_cache_keeps_it(
    client: Client, db: None, path: str, reach: str, is_kept: bool
) -> None:
    answer = client.get(path)

    assert answer["Cross-Origin-Resource-Policy"] == reach
    assert ("no-store" not in answer.get("Cache-Control", "")) is is_kept


def test_a_receipt_is_kept_by_no_cache(client: Client, db: None) -> None:
    lead = make_lead()
    key = {"Authorization": f"Bearer {make_key(lead.site)}"}

    answer = client.get(f"/api/v1/leads/{lead.reference}/", headers=key)

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


FORM = b'--X\r\nContent-Disposition: form-data; name="username"\r\n\r\n\\ud800\r\n--X--\r\n'


@pytest.mark.parametrize("charset", ["unicode_escape", "rot13", "hex", "utf-16", "nonsense"])
@pytest.mark.parametrize("path", ["/admin/login/", "/admin/forgotten/"])
def test_a_form_is_utf_8(client: Client, db: None, path: str, charset: str) -> None:
    kind = f"multipart/form-data; boundary=X; charset={charset}"

    assert client.generic("POST", path, FORM, content_type=kind).status_code == 415


@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", "; charset=utf8"])
def test_and_may_say_so(client: Client, db: None, charset: str) -> None:
    kind = f"multipart/form-data; boundary=X{charset}"

    assert client.generic("POST", "/admin/login/", FORM, content_type=kind).status_code == 200


@pytest.mark.parametrize("charset", ["unicode_escape", "rot13", "utf-16", "nonsense"])
@pytest.mark.parametrize("path", ["/in/x/", "/f/x/", "/api/v1/leads/"])
def test_what_a_tool_posts_is_read_as_before(
    client: Client, db: None, path: str, charset: str
) -> None:
    kind = f"multipart/form-data; boundary=X; charset={charset}"

    assert client.generic("POST", path, FORM, content_type=kind).status_code in (401, 404)
