"""API tokens on their pages: shown once, of whom one may make them, renewed, limited, revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leadops.accounts.models import ApiToken, SecurityEvent, ServiceAccount
from leadops.accounts.tokens.forms import accounts_for
from tests.factories import make_site, make_token, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat

pytestmark = pytest.mark.django_db
PAGE = "/admin/accounts/apitoken/"
SECRET = re.compile(r"lo_[\w-]{43}")


@pytest.fixture
def chief() -> User:
    return make_user("chief", role="Administrator")


@pytest.fixture
def browser(chief: User) -> Client:
    return client_of(chief)


def make_program(name: str = "robot", **values: object) -> User:
    """The account of a program."""
    user = make_user(name, is_staff=False, **values)  # type: ignore[arg-type]
    ServiceAccount.objects.create(user=user)
    return user


def issue(browser: Client, **values: object) -> str:
    """The page that a press of the button shows."""
    data = {"name": "Grafana", "scopes": ["figures", "leads"], **values}
    answer = browser.post(f"{PAGE}issue/", data)
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_the_secret_is_shown_once_and_kept_as_a_digest(browser: Client, chief: User) -> None:
    shown = SECRET.search(issue(browser))

    assert shown
    token = ApiToken.objects.get()
    assert token.digest == ApiToken.digest_of(shown[0])
    assert (token.user, token.scopes) == (chief, ["figures", "leads"])
    for address in (PAGE, f"{PAGE}{token.pk}/change/"):
        assert shown[0] not in browser.get(address).content.decode()
    assert SecurityEvent.objects.filter(kind="key", about__contains="Issued").count() == 1


def test_a_press_that_arrives_twice_makes_one_token(browser: Client) -> None:
    form = browser.get(f"{PAGE}issue/").content.decode()
    ticket = re.search(r'name="ticket" value="([^"]+)"', form)
    assert ticket

    pages = [issue(browser, ticket=ticket[1]) for _press in range(2)]

    assert SECRET.findall(pages[0]) == SECRET.findall(pages[1])
    assert ApiToken.objects.count() == 1
    assert LogEntry.objects.filter(change_message__startswith="Issued").count() == 1


def test_nobody_makes_one_for_a_colleague_or_for_a_program_that_may_do_more(chief: User) -> None:
    beneath = make_program("small", permissions=("leads.view_figure",))
    make_program("great", is_superuser=True)
    make_user("colleague")

    assert set(accounts_for(chief)) == {chief, beneath}


def test_a_token_of_somebody_elses_is_refused(browser: Client) -> None:
    page = issue_for(browser, make_user("colleague"))

    assert "Select a valid choice" in page
    assert not ApiToken.objects.exists()


def issue_for(browser: Client, user: User) -> str:
    data = {"name": "Grafana", "scopes": ["figures"], "user": user.pk}
    return browser.post(f"{PAGE}issue/", data).content.decode()


def test_without_tokens_the_list_says_what_they_are_for(browser: Client) -> None:
    page = flat(browser.get(PAGE).content.decode())

    assert "No token yet." in page
    assert "New service account" in page


def test_a_renewed_token_works_beside_the_old_one_until_that_is_revoked(
    browser: Client, chief: User
) -> None:
    ends = timezone.now() + timedelta(days=30)
    old, _secret = make_token(chief, ["act"], expires_at=ends, networks="10.0.0.0/8")

    page = browser.post(f"{PAGE}{old.pk}/renew/").content.decode()

    assert SECRET.search(page)
    new = ApiToken.objects.exclude(pk=old.pk).get()
    assert (new.renews, new.name, new.scopes, new.networks) == (
        old,
        "Script",
        ["act"],
        "10.0.0.0/8",
    )
    assert new.expires_at
    assert abs(new.expires_at - ends) < timedelta(minutes=1)
    assert ApiToken.objects.live().count() == 2
    assert "Changing to" in flat(browser.get(f"{PAGE}{old.pk}/change/").content.decode())


def test_one_in_use_is_revoked_only_when_that_is_confirmed(browser: Client, chief: User) -> None:
    token, _secret = make_token(chief, last_used_at=timezone.now())
    address = f"{PAGE}{token.pk}/revoke/"

    asked = flat(browser.post(address).content.decode())
    before = ApiToken.objects.live().count()
    browser.post(address, {"confirmed": "yes"})

    assert "It is in use." in asked
    assert (before, ApiToken.objects.live().count()) == (1, 0)


def test_a_colleagues_token_may_be_revoked_and_not_renewed_or_widened(browser: Client) -> None:
    token, _secret = make_token(make_user("colleague"))

    answers = [browser.post(f"{PAGE}{token.pk}/{tail}/", {"scopes": "act"}) for tail in ACTS]

    assert [answer.status_code for answer in answers] == [403, 403, 302]
    assert ApiToken.objects.get().revoked_at


ACTS = ("renew", "limit", "revoke")


def test_limits_are_kept_and_told(browser: Client, chief: User) -> None:
    token, _secret = make_token(chief)
    data = {"scopes": ["leads"], "networks": "203.0.113.0/24", "last_day": "2099-12-31"}

    browser.post(f"{PAGE}{token.pk}/limit/", data)

    token.refresh_from_db()
    assert (token.scopes, token.networks) == (["leads"], "203.0.113.0/24")
    assert token.expires_at
    assert "203.0.113.0/24" in LogEntry.objects.get().get_change_message()


def test_a_limited_account_sees_its_own_tokens_and_those_it_made(chief: User) -> None:
    limited = make_user("limited", role="Administrator", sites=[make_site()])
    make_token(chief)
    own, _secret = make_token(limited)
    made, _secret = make_token(make_program(), made_by=limited)

    assert set(ApiToken.objects.visible_to(limited)) == {own, made}
    assert set(ApiToken.objects.visible_to(chief)) == set(ApiToken.objects.all())


# --- Accounts of programs -------------------------------------------------------------------------


def test_a_service_account_has_no_rights_no_log_in_and_no_site_that_its_maker_lacks() -> None:
    limited = make_user("limited", role="Administrator", sites=[site := make_site()])

    answer = client_of(limited).post(f"{PAGE}service/", {"username": "robot"})

    robot = User.objects.get(username="robot")
    assert answer["Location"] == f"/admin/auth/user/{robot.pk}/change/"
    assert not robot.has_usable_password()
    assert not robot.is_staff
    assert [one.site for one in robot.visible_sites.all()] == [site]


@pytest.mark.parametrize("tail", ["invite", "password"])
def test_nothing_gives_it_a_password(browser: Client, tail: str) -> None:
    robot = make_program()

    answer = browser.post(f"/admin/auth/user/{robot.pk}/{tail}/", {"password1": "x"})

    assert answer.status_code == 403


def test_nor_does_a_tick_at_staff_let_it_log_in(browser: Client) -> None:
    robot = make_program()
    data = {"username": "robot", "is_active": "on", "is_staff": "on"}

    answer = browser.post(f"/admin/auth/user/{robot.pk}/change/", data)

    robot.refresh_from_db()
    assert answer["Location"] == "/admin/auth/user/"
    assert not robot.is_staff


def test_a_staff_account_that_is_a_programs_is_turned_away() -> None:
    make_program("robot")
    User.objects.update(is_staff=True)

    answer = Client().post("/admin/login/", {"username": "robot", "password": "password"})

    assert "_auth_user_id" not in Client().session
    assert answer["Location"] == "/admin/login/"
