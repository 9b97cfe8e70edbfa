"""One's own links, showing again that it is you, and the buttons of administrators."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django import Settings

from leadops.accounts.login import proof
from leadops.accounts.models import IdentityProvider, SecurityEvent
from leadops.accounts.sso.providers import by_slug
from tests.factories import make_user
from tests.leadops.accounts.conftest import code_of, phone_of
from tests.leadops.accounts.sso.conftest import FakeProvider, Round, linked, reason_of, sent_along
from tests.leadops.accounts.test_proof import grow_old
from zoho.setup.rotation import columns

pytestmark = pytest.mark.django_db
LINK = "/admin/sign-in/to/oidc/link/"
VERIFY = "/admin/sign-in/verify/"
ROW = {
    "name": "Keycloak",
    "slug": "keycloak",
    "issuer": "https://id.example.com/realms/a",
    "client_id": "leadops",
    "new_secret": "s3cret",
    "is_enabled": "on",
    "groups_claim": "groups",
    "listed": "admins = Administrator\ncn=x,ou=y = Support",
    "scopes": "openid",
}


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_owner_links_and_is_told(go_round: Round) -> None:
    user = make_user("eva")
    client = browser(user)

    answer = go_round(client, LINK)

    assert answer["Location"] == "/admin/sign-in/"
    assert SocialAccount.objects.get().user == user
    assert SecurityEvent.objects.get(kind="linked").account == user.pk
    assert "eva-1" in client.get("/admin/sign-in/").content.decode()


def test_who_is_linked_already_is_linked_with_nobody_else(go_round: Round) -> None:
    linked(make_user("eva"))

    assert reason_of(go_round(browser(make_user("other")), LINK)) == "taken"


def test_a_link_that_another_account_began_is_refused(
    go_round: Round, provider: FakeProvider
) -> None:
    client = browser(make_user("eva"))
    sent = sent_along(client.post(LINK))
    provider.nonce = sent["nonce"]
    states = client.session["socialaccount_states"]
    client.force_login(other := make_user("other"))
    moved = client.session
    moved["socialaccount_states"] = states
    moved.save()

    answer = client.get("/admin/sign-in/to/oidc/callback/", {"code": "c", "state": sent["state"]})

    assert reason_of(answer) == "state"
    assert not SocialAccount.objects.filter(user=other).exists()


def test_the_only_way_in_stays(provider: FakeProvider) -> None:
    user = linked(make_user("eva"))
    client = browser(user)
    user.set_unusable_password()
    user.save()
    client.force_login(user)

    client.post("/admin/sign-in/unlink/", {"link": SocialAccount.objects.get().pk})
    assert SocialAccount.objects.exists()

    linked(user, "eva-2")
    client.post("/admin/sign-in/unlink/", {"link": SocialAccount.objects.first().pk})
    assert SocialAccount.objects.count() == 1
    assert SecurityEvent.objects.filter(kind="unlinked").count() == 1


def test_nobody_unlinks_what_is_anothers(provider: FakeProvider) -> None:
    linked(make_user("eva"))

    browser(make_user("other")).post(
        "/admin/sign-in/unlink/", {"link": SocialAccount.objects.get().pk}
    )

    assert SocialAccount.objects.exists()


@pytest.fixture
def single(go_round: Round) -> Client:
    """A browser that logged in at the provider, a day after its last proof."""
    linked(make_user("eva", is_superuser=True))
    client = Client()
    go_round(client)
    session = client.session
    session[proof.PROVED_AT] = 0
    session.save()
    return client


def test_the_provider_is_asked_for_a_proof_anew(single: Client, settings: Settings) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
    asked = single.get("/admin/auth/user/add/?x=1")
    sent = sent_along(single.post(VERIFY, {"next": "/admin/auth/user/add/?x=1"}))

    assert asked["Location"].startswith(f"{VERIFY}?next=")
    assert (sent["prompt"], sent["max_age"]) == ("login", "600")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"auth_time": 0}, ""),
        ({"auth_time": None}, "old"),
        ({"auth_time": -700}, "old"),
        ({"auth_time": 3600}, "old"),
        ({"auth_time": True}, "old"),
        ({"auth_time": "now"}, "old"),
        ({"auth_time": 0, "sub": "eva-2"}, "other"),
    ],
)
def test_what_proves_it(
    single: Client,
    go_round: Round,
    provider: FakeProvider,
    settings: Settings,
    claims: dict[str, Any],
    reason: str,
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
    at = claims["auth_time"]
    is_offset = isinstance(at, int) and not isinstance(at, bool)
    provider.claims |= claims | {"auth_time": time.time() + at if is_offset else at}

    answer = go_round(single, VERIFY, {"next": "/admin/auth/user/add/"})

    assert reason_of(answer) == reason
    assert single.get("/admin/auth/user/add/").status_code == (302 if reason else 200)


def test_who_has_a_factor_of_ours_shows_that(go_round: Round, provider: FakeProvider) -> None:
    phone = phone_of(linked(make_user("eva")))
    client = Client()
    go_round(client)
    client.post("/admin/second-factor/code/", {"code": code_of(phone)})

    asked = grow_old(client).get("/admin/password_change/")

    assert asked["Location"].startswith("/admin/second-factor/verify/?")


def test_a_password_is_still_shown_where_one_logged_in_with_it(provider: FakeProvider) -> None:
    client = grow_old(browser(linked(make_user("eva"))))

    asked = client.get("/admin/password_change/")

    assert asked["Location"].startswith("/admin/second-factor/verify/password/?")


def test_an_administrator_links_and_unlinks_who_they_may_edit(
    provider: FakeProvider, boss: Any
) -> None:
    user, chief = make_user("eva"), make_user("chief", is_superuser=True)
    client = browser(boss)
    named = {"provider": "oidc", "subject": "eva-1"}

    client.post(f"/admin/auth/user/{user.pk}/link-sign-in/", named)
    refused = client.post(f"/admin/auth/user/{chief.pk}/link-sign-in/", named)
    held = SocialAccount.objects.get()
    gone = client.post(f"/admin/auth/user/{user.pk}/unlink-sign-in/", {"link": held.pk})

    assert (held.user, refused.status_code, gone.status_code) == (user, 403, 302)
    assert not SocialAccount.objects.exists()
    assert SecurityEvent.objects.get(kind="linked").account == boss.pk


def test_a_provider_is_made_and_its_secret_is_locked(boss: Any) -> None:
    client = browser(boss)

    made = client.post("/admin/accounts/identityprovider/add/", ROW)
    row = IdentityProvider.objects.get()
    page = client.get(f"/admin/accounts/identityprovider/{row.pk}/change/").content.decode()
    client.post(
        f"/admin/accounts/identityprovider/{row.pk}/change/",
        {**ROW, "new_secret": "", "name": "Other", "issuer": "https://evil.example"},
    )
    row.refresh_from_db()

    assert made.status_code == 302
    assert row.groups == {"admins": "Administrator", "cn=x,ou=y": "Support"}
    assert (row.name, row.client_secret, row.issuer) == ("Other", "s3cret", ROW["issuer"])
    assert "s3cret" not in page
    assert "/admin/sign-in/to/keycloak/callback/" in page
    assert (IdentityProvider, "client_secret") in set(columns())


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "oidc"},
        {"issuer": "http://127.0.0.1:9000"},
        {"issuer": "https://user@id.example.com"},
        {"issuer": "https://id.example.com/?x=1"},
        {"listed": "admins"},
        {"listed": "admins = No such group"},
        {"listed": "admins = Beyond"},
    ],
)
def test_what_is_no_provider(boss: Any, wrong: dict[str, str]) -> None:
    beyond = Group.objects.create(name="Beyond")
    beyond.permissions.add(Permission.objects.get(codename="delete_user"))

    browser(boss).post("/admin/accounts/identityprovider/add/", ROW | wrong)

    assert not IdentityProvider.objects.exists()


def test_a_provider_of_the_admin_reaches_no_private_network() -> None:
    IdentityProvider.objects.create(
        slug="inner", name="Inner", issuer="https://127.0.0.1:1", client_id="x"
    )
    one = by_slug("inner")

    assert one is not None
    assert one.is_judged
    assert reason_of(Client().post("/admin/sign-in/to/inner/log-in/")) == "unreachable"


def test_the_log_in_page_names_the_providers(provider: FakeProvider, settings: Settings) -> None:
    page = Client().get("/admin/login/").content.decode()
    settings.PASSWORD_LOGIN = False
    closed = Client().get("/admin/login/").content.decode()

    assert "Sign in with Example" in " ".join(page.split())
    assert "<details" not in page
    assert "<details" in closed


def test_a_word_that_is_no_refusal_is_no_page(db: None) -> None:
    assert Client().get("/admin/sign-in/refused/nonsense/").status_code == 404
    assert Client().post("/admin/sign-in/to/nonsense/log-in/").status_code == 404
