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


# --- What no box of the form stands for -----------------------------------------------------------


def test_a_disabled_account_counts_with_what_it_might_do(clerk: User, boss: Any) -> None:
    boss.is_active = False
    boss.save()

    assert not within(clerk, boss)


@pytest.mark.parametrize("tail", ["change/", "password/"])
def test_nobody_takes_over_a_disabled_account_that_may_more(
    browser_of: Callable[[Any], Client], clerk: User, boss: Any, tail: str
) -> None:
    boss.is_active = False
    boss.save()

    answer = browser_of(clerk).post(f"/admin/auth/user/{boss.pk}/{tail}", {"is_active": "on"})

    assert answer.status_code == 403


def hidden_permission() -> Permission:
    """One that opens nothing here, and has no box."""
    return Permission.objects.get(codename="view_logentry")


@pytest.mark.parametrize("who", ["clerk", "boss", "chief"])
def test_saving_an_account_takes_nothing_that_has_no_box(
    request: pytest.FixtureRequest, browser_of: Callable[[Any], Client], who: str
) -> None:
    editor = make_user("chief", is_superuser=True) if who == "chief" else None
    editor = editor or request.getfixturevalue(who)
    eva, odd = make_user("eva", ("leads.view_lead",)), Group.objects.create(name="Odd")
    odd.permissions.add(Permission.objects.get(codename="view_lead"), hidden_permission())
    eva.groups.add(odd)
    eva.user_permissions.add(hidden_permission())
    # The editor holds it too, so that the account is within reach.
    editor.user_permissions.add(hidden_permission())

    answer = change(browser_of(editor), eva, first_name="Eva")

    eva.refresh_from_db()
    assert (answer.status_code, eva.first_name) == (302, "Eva")
    assert hidden_permission() in eva.user_permissions.all()
    assert Permission.objects.get(codename="view_lead") not in eva.user_permissions.all()
    assert (odd in eva.groups.all()) is (who != "chief")


def test_saving_a_group_takes_nothing_that_has_no_box(
    browser_of: Callable[[Any], Client],
) -> None:
    group = Group.objects.create(name="Night shift")
    group.permissions.add(hidden_permission(), Permission.objects.get(codename="view_lead"))
    chief = make_user("chief", is_superuser=True)

    browser_of(chief).post(f"/admin/auth/group/{group.pk}/change/", {"name": "Day shift"})

    group.refresh_from_db()
    assert group.name == "Day shift"
    assert list(group.permissions.all()) == [hidden_permission()]


# --- Enabling again -------------------------------------------------------------------------------


def test_an_account_that_is_enabled_again_needs_a_new_password(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    eva = make_user("eva", is_active=False)

    answer = change(browser_of(boss), eva)

    eva.refresh_from_db()
    assert eva.is_active
    assert not eva.has_usable_password()
    assert answer["Location"] == f"/admin/auth/user/{eva.pk}/password/"


def test_an_account_that_stays_enabled_keeps_its_password(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    eva = make_user("eva")

    change(browser_of(boss), eva, first_name="Eva")

    eva.refresh_from_db()
    assert eva.check_password("password")
