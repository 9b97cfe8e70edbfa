"""Logging in at a provider: whose account it is, and what is refused."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape
from pytest_django import Settings

from leadops.accounts.login import proof
from leadops.accounts.models import SecurityEvent
from leadops.accounts.sso.refusals import WORDS
from tests.factories import make_user
from tests.leadops.accounts.conftest import phone_of
from tests.leadops.accounts.sso.conftest import (
    BEGIN,
    CALLBACK,
    CLIENT,
    ISSUER,
    OTHER_KEY,
    FakeProvider,
    Round,
    linked,
    reason_of,
    sent_along,
)
from tests.responses import flat

pytestmark = pytest.mark.django_db
NOW = int(time.time())


def logged_in(client: Client) -> int | None:
    """Whose session it is."""
    return int(pk) if (pk := client.session.get("_auth_user_id")) else None


def test_whoever_is_linked_logs_in_and_it_is_an_event(go_round: Round) -> None:
    user, client = linked(make_user("eva")), Client()

    answer = go_round(client, data={"next": "/admin/leads/lead/"})

    assert (answer["Location"], logged_in(client)) == ("/admin/leads/lead/", user.pk)
    assert SecurityEvent.objects.get(kind="logged_in").method == "sso"
    assert not SocialAccount.objects.get().extra_data


def test_nothing_is_left_to_a_stranger_on_the_way(provider: FakeProvider) -> None:
    client = Client()

    left = client.post(f"{BEGIN}?scope=admin&auth_params=prompt%3Dnone&process=connect")

    sent = sent_along(left)
    assert sorted(sent["scope"].split()) == ["email", "openid", "profile"]
    assert "prompt" not in sent
    assert sent["code_challenge_method"] == "S256"
    assert sent["redirect_uri"] == f"http://testserver{CALLBACK}"
    assert left["Cache-Control"] == "no-store"
    assert left["Content-Security-Policy"].count("form-action 'self'") == 1


def test_it_begins_with_a_press_and_not_with_a_link(provider: FakeProvider) -> None:
    assert Client().get(BEGIN).status_code == 405
    assert Client(enforce_csrf_checks=True).post(BEGIN).status_code == 403


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another"}, "audience"),
        ({"aud": None}, "token"),
        ({"aud": [CLIENT, "another"]}, "audience"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "audience"),
        ({"azp": "another"}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "token"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": NOW - 3600}, "expired"),
        ({"exp": None}, "token"),
        ({"exp": "soon"}, "token"),
        ({"iat": NOW + 3600}, "expired"),
        ({"iat": None}, "token"),
        ({"nbf": NOW + 3600}, "expired"),
        ({"sub": None}, "token"),
        ({"sub": ""}, "token"),
        ({"sub": 5}, "token"),
        ({"sub": "x" * 192}, "token"),
        ({"sub": "eva-1\n"}, "token"),
        ({"sub": "eva-2"}, "unknown"),
    ],
)
def test_claims_that_are_not_right(
    go_round: Round, provider: FakeProvider, claims: dict[str, Any], reason: str
) -> None:
    linked(make_user("eva"))
    provider.claims |= claims
    client = Client()

    assert (reason_of(go_round(client)), logged_in(client)) == (reason, None)


def unsigned(provider: FakeProvider) -> str:
    return jwt.encode(
        {"iss": ISSUER, "aud": CLIENT, "sub": "eva-1", "exp": NOW + 999, "iat": NOW}, "", "none"
    )


def by_our_secret(provider: FakeProvider) -> str:
    provider.key, provider.algorithm = "s3cret-of-the-client-that-is-long", "HS256"  # type: ignore[assignment]
    return provider.signed()


def by_another_key(provider: FakeProvider) -> str:
    provider.key = OTHER_KEY
    return provider.signed()


def by_an_unknown_key(provider: FakeProvider) -> str:
    provider.kid = "k2"
    return provider.signed()


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        by_our_secret,
        by_another_key,
        by_an_unknown_key,
        lambda _provider: "garbage",
        lambda _provider: "a.b.c",
        lambda _provider: {"not": "text"},
        lambda _provider: "x" * 70_000,
    ],
)
def test_tokens_that_the_provider_did_not_sign(
    go_round: Round, provider: FakeProvider, forge: Any
) -> None:
    linked(make_user("eva"))
    provider.token = forge(provider)
    client = Client()

    assert (reason_of(go_round(client)), logged_in(client)) == ("token", None)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"error": "access_denied"}, "denied"),
        ({"error": "server_error", "error_description": "<b>secret</b>"}, "provider"),
        ({"state": "wrong"}, "state"),
        ({"state": ""}, "state"),
        ({"code": ""}, "answer"),
        ({"iss": "https://evil.example"}, "issuer"),
    ],
)
def test_what_comes_back_wrong(go_round: Round, said: dict[str, str], reason: str) -> None:
    linked(make_user("eva"))
    client = Client()

    answer = go_round(client, **said)
    shown = flat(client.get(answer["Location"]).content.decode())

    assert (reason_of(answer), logged_in(client)) == (reason, None)
    assert escape(str(WORDS[reason][0])) in shown
    assert "secret" not in shown
    assert SecurityEvent.objects.get(kind="sso_refused").method == f"sso: {reason}"


def test_a_state_is_good_once_and_in_its_own_browser(
    go_round: Round, provider: FakeProvider
) -> None:
    linked(make_user("eva"))
    client, other = Client(), Client()
    sent = sent_along(client.post(BEGIN))
    provider.nonce = sent["nonce"]
    back = {"code": "c0de", "state": sent["state"]}

    assert reason_of(other.get(CALLBACK, back)) == "state"
    assert reason_of(client.get(CALLBACK, back)) == ""
    assert reason_of(client.get(CALLBACK, back)) == "state"


@pytest.mark.parametrize("what", ["about", "token", "keys", "me"])
def test_a_provider_that_does_not_answer(
    provider: FakeProvider, settings: Settings, what: str
) -> None:
    settings.OIDC |= {"groups": {"a": "Support"}}
    linked(make_user("eva"))
    client = Client()
    provider.refuses = what

    answer = client.post(BEGIN)
    if answer.status_code == 200:
        sent = sent_along(answer)
        provider.nonce = sent["nonce"]
        answer = client.get(CALLBACK, {"code": "c0de", "state": sent["state"]})

    assert (reason_of(answer), logged_in(client)) == ("unreachable", None)


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"token_endpoint": "http://login.example.com/token"}, "answer"),
        ({"token_endpoint": None}, "answer"),
        ({"jwks_uri": "file:///etc/passwd"}, "answer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "answer"),
        ({"authorization_endpoint": ["https://a.example"]}, "answer"),
    ],
)
def test_what_a_provider_says_of_itself(
    provider: FakeProvider, about: dict[str, Any], reason: str
) -> None:
    provider.about |= about

    assert reason_of(Client().post(BEGIN)) == reason


def test_the_identity_is_of_its_issuer(go_round: Round, settings: Settings) -> None:
    user = make_user("eva")
    SocialAccount.objects.create(user=user, provider="https://other.example", uid="eva-1")

    assert reason_of(go_round(Client())) == "unknown"


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_staff": False}])
def test_who_may_not_log_in_does_not(go_round: Round, values: dict[str, Any]) -> None:
    linked(make_user("eva", **values))

    assert reason_of(go_round(Client())) == "disabled"


def test_no_token_and_no_secret_reaches_log_or_session(
    go_round: Round, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    linked(make_user("eva"))
    client = Client()

    go_round(client)
    provider.claims["nonce"] = "wrong"
    go_round(Client())

    told = caplog.text + str(dict(client.session))
    assert not any(word in told for word in ("c0de", "s3cret", "eyJ", provider.nonce))


def test_a_factor_of_ours_is_asked_for_after_the_provider(go_round: Round) -> None:
    user = linked(make_user("eva"))
    phone_of(user)
    client = Client()

    answer = go_round(client)

    assert (answer["Location"], logged_in(client)) == ("/admin/second-factor/code/", None)


@pytest.mark.parametrize(
    ("claims", "counts"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "mfa"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"amr": {"mfa": True}}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("trusted", [["mfa"], []])
def test_a_factor_of_the_provider_counts_where_it_is_trusted_and_said(
    go_round: Round,
    provider: FakeProvider,
    settings: Settings,
    claims: dict[str, Any],
    counts: bool,
    trusted: list[str],
) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    settings.OIDC |= {"second_factor": trusted}
    provider.claims |= claims
    linked(make_user("eva"))
    client = Client()

    go_round(client)

    assert client.get("/admin/").status_code == (200 if counts and trusted else 302)


def test_an_old_log_in_there_is_no_proof_here(
    go_round: Round, provider: FakeProvider, settings: Settings
) -> None:
    linked(make_user("eva"))
    client = Client()
    provider.claims["auth_time"] = NOW - 10 * 3600

    go_round(client)

    assert client.session[proof.PROVED_AT] == NOW - 10 * 3600
    asked = client.get("/admin/password_change/")
    assert asked["Location"].startswith("/admin/sign-in/verify/?next=")


def test_password_log_in_is_off_but_for_superusers(
    provider: FakeProvider, settings: Settings
) -> None:
    settings.PASSWORD_LOGIN = False
    make_user("eva", role="Administrator")
    make_user("root", is_superuser=True)
    right: dict[str, str] = {"password": "password"}

    def tried(name: str) -> bool:
        client = Client()
        client.post("/admin/login/", {"username": name, **right})
        return logged_in(client) is not None

    assert (tried("eva"), tried("root")) == (False, True)


def test_and_single_sign_on_still_opens(go_round: Round, settings: Settings) -> None:
    settings.PASSWORD_LOGIN = False
    user, client = linked(make_user("eva")), Client()

    go_round(client)

    assert logged_in(client) == user.pk


def test_nobody_signs_up(go_round: Round, provider: FakeProvider) -> None:
    provider.claims |= {"email": "eva@example.com", "email_verified": True, "groups": ["a"]}

    assert reason_of(go_round(Client())) == "unknown"
    assert not User.objects.exists()
