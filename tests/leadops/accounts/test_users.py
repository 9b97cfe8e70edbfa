"""Users and groups: nobody gives, or takes over, more than they have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from leadops.accounts.users import grantable, grantable_groups, within
from tests.factories import make_user
from tests.responses import Response

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> User:
    """May edit accounts, and else only look at leads."""
    return make_user("clerk", ("auth.view_user", "auth.change_user", "leads.view_lead"))


def change(browser: Client, user: User, **values: Any) -> Response:
    """Post the account's form with other values."""
    data = {"username": user.username, "is_staff": "on", "is_active": "on"}
    return browser.post(f"/admin/auth/user/{user.pk}/change/", data | values)


def test_an_administrator_makes_no_superuser(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    eva = make_user("eva")

    change(browser_of(boss), eva, is_superuser="on", first_name="Eva")

    eva.refresh_from_db()
    assert (eva.first_name, eva.is_superuser) == ("Eva", False)


@pytest.mark.parametrize("tail", ["change/", "password/", "unlock/", "remove-second-factor/"])
def test_an_administrator_takes_no_superuser_over(
    browser_of: Callable[[Any], Client], boss: Any, tail: str
) -> None:
    chief = make_user("chief", is_superuser=True)

    answer = browser_of(boss).post(f"/admin/auth/user/{chief.pk}/{tail}", {"username": "mine"})

    assert answer.status_code == 403
    assert User.objects.filter(username="chief").exists()


def test_who_edits_accounts_gives_no_right_that_they_lack(
    browser_of: Callable[[Any], Client], clerk: User
) -> None:
    eva, erase = make_user("eva"), Permission.objects.get(codename="erase_person")
    administrators = Group.objects.get(role__name="Administrator")

    change(browser_of(clerk), eva, user_permissions=[erase.pk], groups=[administrators.pk])

    assert not eva.groups.exists()
    assert not eva.user_permissions.exists()


def test_who_edits_accounts_gives_what_they_have(
    browser_of: Callable[[Any], Client], clerk: User
) -> None:
    eva, view = make_user("eva"), Permission.objects.get(codename="view_lead")

    change(browser_of(clerk), eva, user_permissions=[view.pk])

    assert list(eva.user_permissions.all()) == [view]


def test_who_may_more_is_out_of_reach(clerk: User, boss: Any) -> None:
    assert not within(clerk, boss)
    assert within(boss, clerk)


def test_a_superuser_hands_on_anything(db: None) -> None:
    chief = make_user("chief", is_superuser=True)

    assert grantable(chief).filter(codename="erase_person").exists()
    assert grantable_groups(chief).count() == Group.objects.count()


def test_no_account_is_deleted(browser_of: Callable[[Any], Client]) -> None:
    chief, eva = make_user("chief", is_superuser=True), make_user("eva")

    answer = browser_of(chief).post(f"/admin/auth/user/{eva.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert User.objects.filter(pk=eva.pk).exists()


def test_the_list_tells_roles_and_second_factors(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    page = browser_of(boss).get("/admin/auth/user/?active=1").content.decode()

    assert "Administrator" in page
    assert "boss" in page


def test_a_group_that_gives_more_than_one_has_is_not_edited(
    browser_of: Callable[[Any], Client],
) -> None:
    clerk = make_user("clerk", ("auth.view_group", "auth.change_group", "auth.delete_group"))
    support = Group.objects.get(role__name="Support")

    answer = browser_of(clerk).post(f"/admin/auth/group/{support.pk}/change/", {"name": "x"})
    gone = browser_of(clerk).post(f"/admin/auth/group/{support.pk}/delete/", {"post": "yes"})

    assert (answer.status_code, gone.status_code) == (403, 403)
