"""Who may call: a live token of an active account, from its networks, at its pace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leadops.accounts.models import ServiceAccount
from leadops.api import guard
from leads.models import Lead, Site
from tests.factories import make_failed_lead, make_user
from tests.leadops.api.conftest import BASE, EVERY_SCOPE, Program
from tests.leads.desk.conftest import client_of


@pytest.mark.parametrize(
    "values",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
    ],
)
def test_a_token_that_is_over_opens_nothing(site: Site, values: dict[str, Any]) -> None:
    answer = Program(make_user(is_superuser=True), **values).get("leads/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_nor_does_one_whose_account_may_not_come(chief: Program, change: dict[str, bool]) -> None:
    before = chief.get("leads/").status_code

    User.objects.filter(pk=chief.user.pk).update(**change)

    assert (before, chief.get("leads/").status_code) == (200, 401)


def test_rights_are_asked_at_each_call(chief: Program) -> None:
    before = chief.get("leads/").status_code

    chief.user.groups.clear()

    assert (before, chief.get("leads/").status_code) == (200, 403)


def test_a_session_and_a_sites_key_open_nothing(site: Site) -> None:
    people = client_of(make_user("root", is_superuser=True))

    assert people.get(f"{BASE}leads/").status_code == 401
    assert Client().get(f"{BASE}leads/", headers={"X-Api-Key": "x"}).status_code == 401


def test_a_service_account_acts_by_its_rights(site: Site) -> None:
    robot = make_user("robot", role="Support", is_staff=False)
    ServiceAccount.objects.create(user=robot)
    lead = make_failed_lead(site=site)

    answer = Program(robot).post(f"leads/{lead.pk}/retry/")

    assert (answer.status_code, Lead.objects.get().status) == (200, "queued")


def test_a_token_is_taken_from_its_networks_alone_and_its_use_is_noted(chief: Program) -> None:
    elsewhere = Program(chief.user, networks="203.0.113.0/24")

    chief.get("leads/")

    chief.token.refresh_from_db()
    assert elsewhere.get("leads/").status_code == 403
    assert chief.token.last_used_at
    assert chief.token.last_used_from == "127.0.0.1"


@pytest.mark.usefixtures("within_a_minute")
def test_a_token_has_its_own_pace(chief: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CALLS_A_MINUTE", 2)
    other = Program(chief.user)

    answers = [chief.get("leads/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert other.get("leads/").status_code == 200


@pytest.mark.parametrize("missing", EVERY_SCOPE)
def test_a_scope_that_is_missing_is_named(site: Site, missing: str) -> None:
    scopes = [scope for scope in EVERY_SCOPE if scope != missing]
    program = Program(make_user(is_superuser=True), scopes)
    lead = make_failed_lead(site=site)

    answers = {
        "leads": program.get("leads/"),
        "act": program.post(f"leads/{lead.pk}/retry/"),
    }

    for scope, answer in answers.items():
        assert (answer.status_code == 403) == (scope == missing)
        assert (answer.json().get("code") == "scope") == (scope == missing)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"q": 1e999}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"q=x", "application/x-www-form-urlencoded", 415),
        (b" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(
    chief: Program, body: bytes, kind: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {chief.secret}"}

    answer = chief.client.generic("POST", f"{BASE}leads/search/", body, kind, headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize(("path", "status"), [("nowhere/", 404), ("leads/x/", 404)])
def test_any_other_address_is_a_problem_too(chief: Program, path: str, status: int) -> None:
    answer = chief.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_another_method_is_a_problem_too(chief: Program) -> None:
    assert chief.post("leads/").status_code == 405
