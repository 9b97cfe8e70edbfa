"""Who is posting."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from leads.clock import database_now
from leads.intake.errors import NotAuthenticated
from leads.intake.guard.keys import site_of
from leads.models import Lead, Site, SiteKey
from leads.models.sites.site_key import SiteKeyQuerySet
from tests.factories import make_key, make_site
from tests.leads.intake.conftest import ADDRESS, Post


def test_a_good_key_names_its_site(post: Post, site: Site) -> None:
    post()

    assert Lead.objects.get().site == site


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer unknown",
        "Basic dXNlcjpwYXNz",
        "Bearer ключ",
        "Bearer \u2603",
        "unknown",
    ],
)
def test_no_or_an_unknown_key_is_a_401(post: Post, shown: str) -> None:
    answer = post(Authorization=shown)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert not Lead.objects.exists()


def test_no_authorization_at_all_is_a_401(client: Client, db: None) -> None:
    assert client.post(ADDRESS, {"a": 1}, "application/json").status_code == 401


def test_the_scheme_is_read_without_regard_to_case(post: Post, site: Site) -> None:
    assert post(Authorization=f"bearer  {make_key(site)} ").status_code == 202


def test_a_revoked_key_is_a_401_from_the_next_request_on(post: Post) -> None:
    assert post().status_code == 202
    assert SiteKey.objects.get().revoke()

    assert post().status_code == 401


def test_a_key_is_revoked_once(site: Site) -> None:
    make_key(site)
    key = SiteKey.objects.get()

    assert (key.revoke(), key.revoke()) == (True, False)


def test_two_keys_of_a_site_are_good_at_once(site: Site) -> None:
    old, new = make_key(site), make_key(site)

    assert site_of(old, "secret") == site_of(new, "secret") == site


def test_the_key_of_a_disabled_site_is_a_403(post: Post, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(enabled=False)

    answer = post()

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert not Lead.objects.exists()


def test_authentication_comes_before_the_body_is_judged(post: Post) -> None:
    assert post(b"x" * (2 * 1024 * 1024), Authorization="Bearer unknown").status_code == 401


def test_a_form_token_is_no_api_key(post: Post, site: Site) -> None:
    token = make_key(site, SiteKey.Kind.FORM)

    assert post(Authorization=f"Bearer {token}").status_code == 401


def test_an_api_key_is_no_form_token(site: Site, client: Client) -> None:
    answer: Any = client.post(f"/f/{make_key(site)}/", {"contact_name": "Ana"})

    assert answer.status_code == 401


@pytest.mark.parametrize("secret", ["", "\x00", "\ud800", "ключ", "x" * 10_000])
def test_odd_secrets_are_just_unknown(db: None, secret: str) -> None:
    with pytest.raises(NotAuthenticated):
        site_of(secret, SiteKey.Kind.SECRET)


def test_a_secret_is_not_kept_but_a_public_token_is(site: Site) -> None:
    secret, token = make_key(site), make_key(site, SiteKey.Kind.FORM)

    by_kind = {key.kind: key for key in SiteKey.objects.all()}
    assert by_kind["secret"].token == ""
    assert secret not in str(vars(by_kind["secret"]))
    assert by_kind["form"].token == token


def test_the_key_of_another_site_names_the_other_site(site: Site) -> None:
    other = make_site()

    assert site_of(make_key(other), "secret") == other


def test_a_keys_use_is_noted_and_not_with_every_post(
    site: Site, django_assert_num_queries: Any
) -> None:
    secret = make_key(site)
    site_of(secret, SiteKey.Kind.SECRET)
    assert SiteKey.objects.get().last_used_at

    with django_assert_num_queries(1):
        site_of(secret, SiteKey.Kind.SECRET)


def test_a_look_up_needs_no_question_before_whether_the_connection_lives(site: Site) -> None:
    secret = make_key(site)

    with (
        patch.object(connection, "health_check_done", False),
        patch.object(connection, "is_usable") as asked,
    ):
        assert site_of(secret, SiteKey.Kind.SECRET) == site

    asked.assert_not_called()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_meanwhile_costs_nobody_a_lead(post: Post) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connection that could die")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    with psycopg2.connect(os.environ["TEST_DATABASE_URL"]) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])

    assert post().status_code == 202


def test_the_time_of_the_look_up_is_the_databases(site: Site) -> None:
    asked_at = site_of(make_key(site), SiteKey.Kind.SECRET).asked_at

    assert asked_at
    assert abs(database_now() - asked_at) < timedelta(seconds=5)


def test_another_process_does_not_note_it_again_so_soon(site: Site) -> None:
    secret = make_key(site)
    digest, now = SiteKey.digest_of(secret), timezone.now()
    every = timedelta(minutes=5)

    noted = [SiteKey.objects.note_use(digest, now, every) for _process in range(2)]
    later = SiteKey.objects.note_use(digest, now + timedelta(minutes=6), every)

    assert (noted, later) == ([True, False], True)


def test_a_revoked_key_is_not_noted(site: Site) -> None:
    key, secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    key.revoke()

    with pytest.raises(NotAuthenticated):
        site_of(secret, SiteKey.Kind.SECRET)

    key.refresh_from_db()
    assert key.last_used_at is None


def test_a_use_that_cannot_be_noted_costs_no_lead(
    post: Post, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_arguments: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(SiteKeyQuerySet, "note_use", locked)

    assert post(Authorization=f"Bearer {make_key(site)}").status_code == 202


# --- How a key is shown ---------------------------------------------------------------------


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


WAYS: dict[str, Callable[[str], dict[str, str]]] = {
    "Bearer": lambda key: {"Authorization": f"Bearer {key}"},
    "Token": lambda key: {"Authorization": f"Token {key}"},
    "token in small letters": lambda key: {"Authorization": f"token  {key} "},
    "X-API-Key": lambda key: {"X-API-Key": f" {key} "},
    "Basic, as password": lambda key: {"Authorization": basic(f"leadops:{key}")},
    "Basic, as password alone": lambda key: {"Authorization": basic(f":{key}")},
    "Basic, as name": lambda key: {"Authorization": basic(f"{key}:x")},
    "Basic, as name alone": lambda key: {"Authorization": basic(f"{key}:")},
    "Basic, without a colon": lambda key: {"Authorization": basic(key)},
    "beside a proxy's own": lambda key: {"Authorization": basic("proxy:word"), "X-API-Key": key},
    "beside another's header": lambda key: {"Authorization": f"Bearer {key}", "X-API-Key": "x"},
}


@pytest.fixture
def ask(client: Client, site: Site) -> Callable[..., Any]:
    """Asks with exactly these headers."""

    def send(headers: dict[str, str], method: str = "POST", path: str = ADDRESS) -> Any:
        body = b'{"contact_name": "Ana"}' if method == "POST" else b""
        return client.generic(method, path, body, "application/json", headers=headers)

    return send


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_program_shows_the_key_in_the_header_that_it_can_set(
    way: Callable[[str], dict[str, str]], ask: Any, site: Site
) -> None:
    headers = way(make_key(site))

    answer = ask(headers)

    assert answer.status_code == 202
    assert ask(headers, "GET", f"{ADDRESS}{answer.json()['id']}/").status_code == 200


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_unknown_key_is_a_401_however_it_is_shown(way: Any, ask: Any) -> None:
    assert ask(way("unknown")).status_code == 401


@pytest.mark.parametrize(
    "shown", ["Basic", "Basic !!!", "Basic Og==", "Basic /w==", "Basic " + "QQ" * 9999, "Digest a"]
)
def test_what_is_no_key_at_all_is_a_401(shown: str, ask: Any) -> None:
    assert ask({"Authorization": shown}).status_code == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer unknown"}])
def test_another_method_is_a_405_before_the_key_is_looked_at(
    method: str,
    headers: dict[str, str],
    ask: Any,
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        answer = ask(headers, method)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert method == "HEAD" or answer.json()["code"] == "method_not_allowed"


def test_the_receipt_too_answers_405_before_the_key(ask: Any) -> None:
    answer = ask({}, "OPTIONS", f"{ADDRESS}7d444840-9dc0-11d1-b245-5ffdce74fad2/")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
