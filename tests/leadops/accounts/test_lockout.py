"""Too many wrong passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from leads.tasks import prune
from tests.factories import make_user
from tests.responses import Response

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"


@pytest.fixture
def eva() -> User:
    """Somebody whose password is “password”."""
    return make_user("eva")


def log_in(password: str = "password", name: str = "eva", **headers: Any) -> Response:
    return Client().post(LOGIN, {"username": name, "password": password}, **headers)


def lock(**headers: Any) -> None:
    for _ in range(5):
        log_in("wrong", **headers)


def test_five_wrong_passwords_lock_the_name_for_that_address(eva: User) -> None:
    lock()

    answer = log_in()

    assert answer.status_code == 429
    assert b"Locked for 15 minutes" in answer.content
    assert answer["Content-Security-Policy"].startswith("default-src 'self'")


def test_a_lock_does_not_tell_whether_the_name_exists(eva: User) -> None:
    for _ in range(5):
        log_in("wrong", "nobody")

    assert log_in("wrong", "nobody").status_code == 429


def test_nobody_is_locked_out_from_elsewhere(eva: User) -> None:
    lock(REMOTE_ADDR="203.0.113.1")

    assert log_in(REMOTE_ADDR="203.0.113.2").status_code == 302


def test_a_client_cannot_say_that_it_comes_from_elsewhere(eva: User) -> None:
    lock(REMOTE_ADDR="203.0.113.1")

    answer = log_in(REMOTE_ADDR="203.0.113.1", HTTP_X_FORWARDED_FOR="203.0.113.2")

    assert answer.status_code == 429


def test_a_proxy_of_ours_says_who_it_speaks_for(eva: User) -> None:
    lock(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.1")

    others = log_in(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.2")

    assert others.status_code == 302


def test_a_lock_ends_by_itself(eva: User) -> None:
    lock()
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

    assert log_in().status_code == 302


def test_trying_on_does_not_make_it_longer(eva: User) -> None:
    lock()
    before = AccessAttempt.objects.get().attempt_time

    log_in("wrong")

    assert AccessAttempt.objects.get().attempt_time == before


def test_the_right_password_forgets_the_wrong_ones(eva: User) -> None:
    for _ in range(4):
        log_in("wrong")

    log_in()

    assert not AccessAttempt.objects.exists()


def test_what_was_typed_is_not_kept(eva: User) -> None:
    log_in("my-old-secret")

    row = AccessAttempt.objects.get()

    assert "my-old-secret" not in row.post_data
    assert "eva" not in row.post_data


def test_an_operator_unlocks(eva: User) -> None:
    lock()

    call_command("axes_reset_username", "eva")

    assert log_in().status_code == 302


def test_an_administrator_unlocks_on_the_users_page(eva: User) -> None:
    lock()
    boss = Client()
    boss.force_login(make_user("boss", role="Administrator"))
    page = boss.get(f"/admin/auth/user/{eva.pk}/change/")

    boss.post(f"/admin/auth/user/{eva.pk}/unlock/")

    assert b"Unlock now" in page.content
    assert log_in().status_code == 302


def test_old_ones_are_forgotten_daily(eva: User) -> None:
    log_in("wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=2))

    prune()

    assert not AccessAttempt.objects.exists()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_a_login_leads_to_no_foreign_page(client: Client, wanted: str) -> None:
    make_user("eva")

    answer = client.post(
        "/admin/login/", {"username": "eva", "password": "password", "next": wanted}
    )

    assert answer["Location"] == "/admin/"
