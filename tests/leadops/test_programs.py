"""Programs' requests go round what serves people; people's do not."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver

from leadops.api.urls import ops_urls
from leadops.programs import is_for_programs
from leads.models import Lead, SiteKey
from tests.factories import make_key, make_site, make_user

ORIGIN = "https://shop.example"
FOR_PROGRAMS = {
    "api/v1/leads/",
    *("api/v1/leads/dry-run/", "api/v1/leads/dry-run"),
    *("api/v1/leads/test/", "api/v1/leads/test"),
    "api/v1/leads/<str:reference>/",
    "api/v1/leads",
    "api/v1/leads/<str:reference>",
    "api/v1/",
    "api/v1/<path:elsewhere>",
    *(str(one.pattern) for one in ops_urls),
    "f/<str:token>/",
    "f/<str:token>",
    "f/<str:token>/started/",
    "in/<str:secret>/",
    "in/<str:secret>",
    "act/board/<str:secret>/",
    "act/<str:link>/",
    "act/<str:link>/code/",
    "act/<str:link>/open/",
    "act/<str:link>/leave/",
    "act/<str:link>/<int:lead>/",
    "act/<str:link>/<int:lead>/entered/",
    "act/<str:link>/<int:lead>/again/",
    "act/<str:link>/<int:lead>/no-lead/",
    "act/<str:link>/<int:lead>/take-back/",
    "healthz/live",
    "policy-reports/",
    "healthz/ready",
    "healthz/delivery",
    "healthz/seen",
}
SECURITY = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Reporting-Endpoints",
}


@pytest.fixture
def token(db: None) -> str:
    return make_key(make_site(allowed_origins=ORIGIN), SiteKey.Kind.FORM)


def test_no_other_address_is_a_programs() -> None:
    routes = {str(pattern.pattern) for pattern in get_resolver().url_patterns}
    request = RequestFactory()

    assert {route for route in routes if is_for_programs(request.get(f"/{route}"))} == FOR_PROGRAMS


@pytest.mark.parametrize("path", ["/api/v1/leads/", "/f/x/", "/healthz/live", "/api/v1/lost"])
def test_a_program_has_no_session(client: Client, db: None, path: str) -> None:
    client.force_login(make_user())

    answer: Any = client.get(path)

    assert not hasattr(answer.wsgi_request, "session")
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/api/v1/leads/", "/f/x/", "/healthz/live", "/admin/login/"])
def test_every_answer_has_the_headers_that_protect(client: Client, db: None, path: str) -> None:
    assert client.get(path).headers.keys() >= SECURITY


def test_a_form_of_somebody_who_is_logged_in_is_a_lead(
    client: Client, token: str, settings: Any
) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    client.force_login(make_user())

    answer = client.post(f"/f/{token}/", {"last_name": "Silva"}, headers={"Origin": ORIGIN})

    assert answer.status_code == 200
    assert Lead.objects.count() == 1


def test_people_keep_their_session(client: Client, db: None) -> None:
    client.force_login(make_user())

    assert client.get("/admin/").status_code == 200
