"""The sites of accounts and groups: limits meet, nobody gives what they lack or lifts their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from leadops.accounts.users import grantable, within
from leads.models import Site, VisibleSite
from leads.models.queries.visible import sites_of
from leads.roles import EVERY_SITE, ROLES
from tests.factories import make_site, make_user
from tests.responses import Response, flat

pytestmark = pytest.mark.django_db


@pytest.fixture
def sites() -> list[Site]:
    """Three of them."""
    return [make_site(name=name) for name in ("North", "East", "South")]


def limited_group(name: str, sites: Sequence[Site]) -> Group:
    """A group whose people see these sites at most."""
    group = Group.objects.create(name=name)
    VisibleSite.objects.limit(group, [site.pk for site in sites])
    return group


def seen(user: User) -> set[str] | None:
    """The names of the sites that an account sees; None for all."""
    sites = sites_of(User.objects.get(pk=user.pk))
    return None if sites is None else {site.name for site in Site.objects.filter(pk__in=sites)}


def change(browser: Client, user: User, **values: Any) -> Response:
    """Post the account's form with other values."""
    data = {
        "username": user.username,
        "is_staff": "on",
        "is_active": "on",
        "groups": [group.pk for group in user.groups.all()],
    }
    return browser.post(f"/admin/auth/user/{user.pk}/change/", data | values)


def test_an_account_without_a_limit_sees_every_site(sites: list[Site]) -> None:
    assert seen(make_user(role="Support")) is None


def test_who_is_limited_to_no_site_sees_none(sites: list[Site]) -> None:
    assert seen(make_user(role="Support", sites=[])) == set()


def test_a_superuser_is_never_limited(sites: list[Site]) -> None:
    assert seen(make_user(is_superuser=True, sites=sites[:1])) is None


@pytest.mark.parametrize(
    ("own", "of_groups", "left"),
    [
        (None, [[0, 1]], {"North", "East"}),
        ([0, 1], [[1, 2]], {"East"}),
        (None, [[0, 1], [1, 2]], {"East"}),
        ([0], [[1]], set()),
        ([0], [], {"North"}),
        ([0, 1, 2], [[0, 1, 2], []], set()),
    ],
)
def test_the_limits_of_an_account_and_its_groups_meet(
    sites: list[Site], own: list[int] | None, of_groups: list[list[int]], left: set[str]
) -> None:
    user = make_user(sites=None if own is None else [sites[n] for n in own])
    user.groups.add(Group.objects.create(name="Without a limit"))
    for number, chosen in enumerate(of_groups):
        user.groups.add(limited_group(f"Limited {number}", [sites[n] for n in chosen]))

    assert seen(user) == left


def test_a_limit_that_is_lifted_is_none(sites: list[Site]) -> None:
    user = make_user(sites=sites[:1])

    VisibleSite.objects.lift(user)

    assert (seen(user), VisibleSite.objects.count()) == (None, 0)


def test_a_limited_account_needs_one_question_and_others_none(
    sites: list[Site], django_assert_num_queries: Any
) -> None:
    limited, free = make_user(role="Support", sites=sites[:1]), make_user(role="Support")
    for user in (limited, free):
        user.get_all_permissions()

    with django_assert_num_queries(1):
        for _time in range(3):
            sites_of(limited)
            sites_of(free)


@pytest.mark.parametrize("permission", sorted(EVERY_SITE))
def test_what_concerns_all_sites_needs_an_account_that_sees_them(
    sites: list[Site], permission: str
) -> None:
    names = (permission, "leads.view_lead")
    free, limited = make_user(permissions=names), make_user(permissions=names, sites=sites)

    assert free.has_perm(permission)
    assert not limited.has_perm(permission)
    assert limited.has_perm("leads.view_lead")


def test_no_role_is_shipped_with_a_limit() -> None:
    assert not [role for role, grants in ROLES.items() if "limited_to_sites" in str(grants)]


@pytest.mark.parametrize(
    ("editor", "other", "may"),
    [
        (None, None, True),
        (None, [0], True),
        ([0], None, False),
        ([0], [0], True),
        ([0], [0, 1], False),
        ([0], [1], False),
        ([0, 1], [], True),
        ([], [], True),
    ],
)
def test_accounts_are_compared_by_their_sites_too(
    sites: list[Site], editor: list[int] | None, other: list[int] | None, may: bool
) -> None:
    def account(chosen: list[int] | None) -> User:
        return make_user(sites=None if chosen is None else [sites[n] for n in chosen])

    assert within(account(editor), account(other)) is may


def test_a_disabled_account_is_compared_as_it_would_be(sites: list[Site]) -> None:
    editor = make_user(sites=sites[:1])

    assert not within(editor, make_user(sites=sites[:2], is_active=False))
    assert within(editor, make_user(sites=sites[:1], is_active=False))


def test_of_a_disabled_account_the_page_says_what_it_would_see(
    browser_of: Callable[[Any], Client], boss: Any, sites: list[Site]
) -> None:
    eva = make_user("eva", role="Support", sites=sites[:1], is_active=False)

    answer = browser_of(boss).get(f"/admin/auth/user/{eva.pk}/change/")

    assert "This account sees North." in flat(answer.content.decode())


def test_the_limit_is_no_box_to_tick(boss: Any) -> None:
    for user in (boss, make_user(is_superuser=True)):
        assert not grantable(user).filter(codename="limited_to_sites").exists()


class TestForms:
    def test_an_administrator_limits_an_account(
        self, browser_of: Callable[[Any], Client], boss: Any, sites: list[Site]
    ) -> None:
        eva = make_user("eva", role="Support")

        change(browser_of(boss), eva, only_sites="on", visible_sites=[sites[0].pk])

        assert seen(eva) == {"North"}

    def test_a_limit_stays_when_something_else_is_changed(
        self, browser_of: Callable[[Any], Client], boss: Any, sites: list[Site]
    ) -> None:
        eva = make_user("eva", sites=sites[:2])
        ids = [site.pk for site in sites[:2]]

        change(browser_of(boss), eva, first_name="Eva", only_sites="on", visible_sites=ids)

        eva.refresh_from_db()
        assert (eva.first_name, seen(eva)) == ("Eva", {"North", "East"})

    def test_an_administrator_lifts_a_limit(
        self, browser_of: Callable[[Any], Client], boss: Any, sites: list[Site]
    ) -> None:
        eva = make_user("eva", sites=sites[:2])

        change(browser_of(boss), eva)

        assert seen(eva) is None

    @pytest.mark.parametrize(
        "posted",
        [
            {},
            {"only_sites": "on", "visible_sites": "all"},
            {"groups": []},
            {"user_permissions": []},
        ],
    )
    def test_nobody_lifts_or_widens_their_own_limit(
        self, browser_of: Callable[[Any], Client], sites: list[Site], posted: dict[str, Any]
    ) -> None:
        me = make_user("me", role="Administrator", sites=sites[:2])
        me.groups.add(limited_group("Of the North", sites[:1]))
        if "visible_sites" in posted:
            posted = posted | {"visible_sites": [site.pk for site in sites]}

        change(browser_of(me), me, **posted)

        assert (seen(me) or {"all"}) <= {"North", "East"}
        assert VisibleSite.objects.of(me).count() == 2

    @pytest.mark.parametrize("group_limits", [True, False])
    def test_who_is_limited_gives_no_more_sites_than_they_have(
        self, browser_of: Callable[[Any], Client], sites: list[Site], group_limits: bool
    ) -> None:
        me = make_user("me", role="Administrator", sites=sites[:1])
        eva = make_user("eva", role="Support", sites=None if group_limits else sites[:1])
        if group_limits:
            eva.groups.add(limited_group("Of the North", sites[:1]))

        answer = change(browser_of(me), eva, groups=[], only_sites="")

        assert "You see some sites only" in flat(answer.content.decode())
        assert seen(eva) == {"North"}

    def test_a_site_that_is_not_offered_is_neither_named_nor_given(
        self, browser_of: Callable[[Any], Client], sites: list[Site]
    ) -> None:
        me = make_user("me", role="Administrator", sites=sites[:1])
        eva = make_user("eva", sites=sites[:1])
        page = browser_of(me).get(f"/admin/auth/user/{eva.pk}/change/")

        change(browser_of(me), eva, only_sites="on", visible_sites=[sites[0].pk, sites[1].pk])

        assert "North" in flat(page.content.decode())
        assert "East" not in flat(page.content.decode())
        assert seen(eva) == {"North"}

    def test_what_an_editor_does_not_see_of_a_limit_stays(
        self, browser_of: Callable[[Any], Client], sites: list[Site]
    ) -> None:
        me = make_user("me", role="Administrator", sites=sites[:1])
        eva = make_user("eva", sites=sites[:2])
        eva.groups.add(limited_group("Of the North", sites[:1]))

        change(browser_of(me), eva, only_sites="on", visible_sites=[])

        assert {row.site.name for row in VisibleSite.objects.of(eva)} == {"East"}

    def test_who_is_limited_makes_accounts_with_the_same_limit(
        self, browser_of: Callable[[Any], Client], sites: list[Site]
    ) -> None:
        me = make_user("me", role="Administrator", sites=sites[:2])
        password = "correct-horse-battery"
        data = {"usable_password": "true", "password1": password, "password2": password}

        browser_of(me).post("/admin/auth/user/add/", data | {"username": "newest"})

        assert seen(User.objects.get(username="newest")) == {"North", "East"}

    def test_an_administrator_limits_a_group(
        self, browser_of: Callable[[Any], Client], boss: Any, sites: list[Site]
    ) -> None:
        group = Group.objects.create(name="Night shift")
        eva = make_user("eva")
        eva.groups.add(group)
        data = {"name": group.name, "only_sites": "on", "visible_sites": [sites[2].pk]}

        browser_of(boss).post(f"/admin/auth/group/{group.pk}/change/", data)

        assert seen(eva) == {"South"}

    @pytest.mark.parametrize("colleague_sees_all", [True, False])
    def test_who_is_limited_changes_no_group_of_people_who_see_more(
        self, browser_of: Callable[[Any], Client], sites: list[Site], colleague_sees_all: bool
    ) -> None:
        me = make_user("me", role="Administrator", sites=sites[:1])
        group = Group.objects.create(name="Night shift")
        group.user_set.add(make_user("eva", sites=None if colleague_sees_all else sites[:1]))
        retry = Permission.objects.get(codename="retry_lead")
        data = {"name": group.name, "permissions": [retry.pk]}

        changed = browser_of(me).post(f"/admin/auth/group/{group.pk}/change/", data)
        given = set(group.permissions.all())
        deleted = browser_of(me).post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})

        wanted = (403, set(), 403) if colleague_sees_all else (302, {retry}, 302)
        assert (changed.status_code, given, deleted.status_code) == wanted

    def test_who_is_limited_puts_nothing_of_all_sites_into_a_group(
        self, browser_of: Callable[[Any], Client], sites: list[Site]
    ) -> None:
        me = make_user("me", role="Administrator", sites=sites[:1])
        rights = Permission.objects.filter(codename__in=["view_destination", "retry_lead"])

        for number, chosen in enumerate([rights, rights.filter(codename="retry_lead")]):
            data = {"name": f"Shift {number}", "permissions": [right.pk for right in chosen]}
            browser_of(me).post("/admin/auth/group/add/", data)

        assert [group.name for group in Group.objects.filter(name__startswith="Shift")] == [
            "Shift 1"
        ]

    def test_who_is_limited_changes_no_limit_of_a_group_and_deletes_none(
        self, browser_of: Callable[[Any], Client], sites: list[Site]
    ) -> None:
        group = limited_group("Of the North", sites[:1])
        me = make_user("me", role="Administrator")
        me.groups.add(group)
        browser, base = browser_of(me), f"/admin/auth/group/{group.pk}"

        browser.post(f"{base}/change/", {"name": "Renamed", "only_sites": ""})
        refused = browser.post(f"{base}/delete/", {"post": "yes"})
        browser.post(
            "/admin/auth/group/",
            {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"},
        )

        assert refused.status_code == 403
        assert seen(me) == {"North"}

    def test_a_group_that_its_editor_may_not_grant_stays(
        self, browser_of: Callable[[Any], Client], sites: list[Site]
    ) -> None:
        clerk = make_user("clerk", ("auth.view_user", "auth.change_user"))
        beyond = limited_group("Of the North", sites[:1])
        beyond.permissions.add(Permission.objects.get(codename="erase_person"))
        eva = make_user("eva", is_active=True)
        VisibleSite.objects.limit(eva, [sites[0].pk])

        change(
            browser_of(clerk), eva, groups=[beyond.pk], only_sites="on", visible_sites=[sites[0].pk]
        )

        assert not eva.groups.exists()

    def test_the_page_says_what_an_account_sees(
        self, browser_of: Callable[[Any], Client], boss: Any, sites: list[Site]
    ) -> None:
        eva = make_user("eva", sites=sites[:2])
        eva.groups.add(limited_group("Of the East", sites[1:]))

        answer = browser_of(boss).get(f"/admin/auth/user/{eva.pk}/change/")

        assert "This account sees East." in flat(answer.content.decode())
