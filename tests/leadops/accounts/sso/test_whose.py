"""From claims to an account and its groups: links by address, accounts that are made, roles."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from leadops.accounts.models import SecurityEvent
from leads.models import VisibleSite
from tests.factories import make_site, make_user
from tests.leadops.accounts.sso.conftest import FakeProvider, Round, linked, reason_of

pytestmark = pytest.mark.django_db
ADDRESS = {"email": "eva@example.com", "email_verified": True}
SUPPORT, ADMINISTRATOR = {"support": "Support"}, {"admins": "Administrator"}


@pytest.fixture
def by_address(settings: Settings, provider: FakeProvider) -> FakeProvider:
    """The provider, which may link by addresses of one domain."""
    settings.OIDC |= {"link_domains": ["Example.com"]}
    provider.claims |= ADDRESS
    return provider


def roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_off_nothing_is_linked_by_its_address(go_round: Round, provider: FakeProvider) -> None:
    make_user("eva", email="eva@example.com")
    provider.claims |= ADDRESS

    assert reason_of(go_round(Client())) == "unknown"


def test_the_one_account_of_an_address_is_linked(go_round: Round, by_address: Any) -> None:
    user = make_user("eva", email="Eva@Example.com")
    make_user("gone", email="eva@example.com", is_active=False)

    assert reason_of(go_round(Client())) == ""
    assert SocialAccount.objects.get().user == user
    assert SecurityEvent.objects.get(kind="linked").method == "address"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "yes"},
        {"email_verified": 1.5},
        {"email_verified": ["true"]},
        {"email": "eva@example.com.evil.example"},
        {"email": "eva@sub.example.com"},
        {"email": "eva@other.example"},
        {"email": ["eva@example.com"]},
        {"email": "eva@example.com\n"},
        {"email": None},
    ],
)
def test_no_other_address_links(
    go_round: Round, by_address: FakeProvider, claims: dict[str, Any]
) -> None:
    make_user("eva", email="eva@example.com")
    by_address.claims |= claims

    assert reason_of(go_round(Client())) == "unknown"
    assert not SocialAccount.objects.exists()


def two_of_it(user: User) -> None:
    make_user("twin", email="EVA@example.com")


def superuser(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)


def administrator(user: User) -> None:
    user.groups.add(Group.objects.get(role__name="Administrator"))


def disabled(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def no_staff(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=False)


def linked_with_another(user: User) -> None:
    linked(user, "eva-0")


@pytest.mark.parametrize(
    "change", [two_of_it, superuser, administrator, disabled, no_staff, linked_with_another]
)
def test_accounts_that_no_address_links(go_round: Round, by_address: Any, change: Any) -> None:
    change(make_user("eva", email="eva@example.com"))
    before = SocialAccount.objects.count()

    assert reason_of(go_round(Client())) == "unknown"
    assert SocialAccount.objects.count() == before


@pytest.mark.parametrize(
    ("claimed", "sign_up", "made"),
    [
        (["support"], True, True),
        (["support"], False, False),
        (["others"], True, False),
        ([], True, False),
        (None, True, False),
    ],
)
def test_accounts_are_made_for_listed_groups_alone(
    go_round: Round,
    provider: FakeProvider,
    settings: Settings,
    claimed: Any,
    sign_up: bool,
    made: bool,
) -> None:
    settings.OIDC |= {"groups": SUPPORT, "sign_up": sign_up}
    provider.claims |= {"groups": claimed, "preferred_username": "eva", "is_superuser": True}
    make_user("EVA")

    assert reason_of(go_round(Client())) == ("" if made else "unknown")
    if made:
        user = User.objects.get(username="eva-2")
        assert (roles_of(user), user.is_superuser, user.is_staff) == ({"Support"}, False, True)
        assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"groups": ["support", "admins"]}, {"Support", "Administrator"}),
        ({"groups": "admins"}, {"Administrator"}),
        ({"groups": ["SUPPORT", "nothing", 5, None, {}]}, set()),
        ({"groups": {"support": True}}, set()),
        ({"groups": []}, set()),
        ({"roles": ["support"]}, set()),
        ({}, set()),
    ],
)
def test_groups_are_set_anew(
    go_round: Round,
    provider: FakeProvider,
    settings: Settings,
    claims: dict[str, Any],
    roles: set[str],
) -> None:
    settings.OIDC |= {"groups": SUPPORT | ADMINISTRATOR}
    user = linked(make_user("eva", role="Manager"))
    provider.claims |= claims

    go_round(Client())

    assert roles_of(user) == roles


def test_without_a_list_groups_stay(go_round: Round, provider: FakeProvider) -> None:
    user = linked(make_user("eva", role="Manager"))
    provider.claims["groups"] = ["Administrator"]

    go_round(Client())

    assert roles_of(user) == {"Manager"}


def test_a_log_in_lifts_no_limit(
    go_round: Round, provider: FakeProvider, settings: Settings
) -> None:
    settings.OIDC |= {"groups": SUPPORT}
    group = Group.objects.create(name="North")
    VisibleSite.objects.limit(group, [make_site().pk])
    user = linked(make_user("eva"))
    user.groups.add(group)
    provider.claims["groups"] = ["support"]

    go_round(Client())

    assert roles_of(user) == {"Support", "North"}


def test_userinfo_is_asked_for_what_the_token_lacks_and_proves_nothing(
    go_round: Round, provider: FakeProvider, settings: Settings
) -> None:
    settings.OIDC |= {"groups": SUPPORT, "second_factor": ["mfa"]}
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    user = linked(make_user("eva"))
    provider.me = {"groups": ["support"], "amr": ["mfa"], "auth_time": 1}
    client = Client()

    go_round(client)

    assert roles_of(user) == {"Support"}
    assert client.get("/admin/")["Location"].startswith("/admin/second-factor/")


def test_userinfo_of_somebody_else_is_refused(
    go_round: Round, provider: FakeProvider, settings: Settings
) -> None:
    settings.OIDC |= {"groups": SUPPORT}
    linked(make_user("eva"))
    provider.me = {"sub": "another"}

    assert reason_of(go_round(Client())) == "answer"
