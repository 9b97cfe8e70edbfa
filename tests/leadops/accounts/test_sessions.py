"""How long a session lasts, and ending one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from leadops.accounts.login import sessions
from leads.tasks import prune
from tests.access.addresses import filled
from tests.access.matrix import MATRIX
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HOME, LOGIN, LIST = "/admin/", "/admin/login/", "/admin/sessions/"
HOUR = 3600
POLLS = [route for route in MATRIX if route.startswith("admin/") and route.endswith(".json")]


def log_in(name: str = "boss", **more: str) -> Client:
    """A browser that went through the log-in."""
    browser = Client(headers={"User-Agent": "Firefox"})
    answer = browser.post(LOGIN, {"username": name, "password": "password", **more})
    assert answer["Location"] == HOME
    return browser


def age(browser: Client, began: float = 0, seen: float = 0) -> None:
    """Move the beginning and the last click of the session back, by so many seconds."""
    session = browser.session
    session[sessions.BEGAN] = time.time() - began
    session[sessions.SEEN] = time.time() - seen
    session.save()


@pytest.mark.parametrize(
    ("began", "seen", "goes_on"),
    [
        (11.9 * HOUR, 60, True),
        (12 * HOUR, 60, False),
        (4 * HOUR, 2.9 * HOUR, True),
        (4 * HOUR, 3 * HOUR, False),
    ],
)
def test_a_session_ends_idle_or_old(boss: Any, began: float, seen: float, goes_on: bool) -> None:
    browser = log_in()
    age(browser, began, seen)

    answer = browser.get(HOME)

    assert (answer.status_code == 200) == goes_on
    assert Session.objects.count() == int(goes_on)


def test_the_database_forgets_it_after_that_time_too(boss: Any) -> None:
    log_in()

    left = Session.objects.get().expire_date - timezone.now()

    assert timedelta(hours=11) < left <= timedelta(hours=12)


def test_a_click_is_noted_once_a_minute(boss: Any) -> None:
    browser = log_in()
    age(browser, HOUR, HOUR)
    browser.get(HOME)
    seen = browser.session[sessions.SEEN]

    browser.get(HOME)

    assert time.time() - seen < 60
    assert browser.session[sessions.SEEN] == seen


@pytest.mark.parametrize("route", POLLS)
def test_what_a_page_asks_by_itself_is_no_click(boss: Any, route: str) -> None:
    assert POLLS
    browser = log_in()
    age(browser, HOUR, HOUR)
    before = browser.session[sessions.SEEN]

    browser.get(filled(route, {}))

    assert browser.session[sessions.SEEN] == before


def test_nor_is_what_a_script_reads() -> None:
    asked = RequestFactory().get("/admin/x/", headers={"Accept": "application/json"})
    pressed = RequestFactory().post("/admin/x/", headers={"Accept": "application/json"})

    assert (sessions.is_poll(asked), sessions.is_poll(pressed)) == (True, False)


def test_a_session_of_before_the_limits_goes_on_and_begins_now(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    browser = browser_of(boss)
    session = browser.session
    del session[sessions.BEGAN], session[sessions.SEEN]
    session.save()

    assert browser.get(HOME).status_code == 200
    assert time.time() - browser.session[sessions.BEGAN] < 60
    assert UserSession.objects.get().user == boss


@pytest.mark.parametrize("allowed", [True, False])
def test_one_stays_signed_in_only_where_that_is_allowed(
    boss: Any, settings: Settings, allowed: bool
) -> None:
    settings.STAY_SIGNED_IN = allowed
    offered = b"Stay signed in" in Client().get(LOGIN).content
    browser = log_in(stay="yes")
    age(browser, 13 * 24 * HOUR, 10 * 24 * HOUR)

    assert (browser.get(HOME).status_code == 200) == allowed == offered


def test_it_ends_after_fourteen_days_then(boss: Any, settings: Settings) -> None:
    settings.STAY_SIGNED_IN = True
    browser = log_in(stay="yes")
    age(browser, 14 * 24 * HOUR)

    assert browser.get(HOME).status_code == 302


def test_ones_own_sessions_are_listed_and_all_others_end(boss: Any) -> None:
    here, there = log_in(), log_in()
    log_in(make_user("eva").username)

    page = here.get(LIST).content.decode()
    here.post(f"{LIST}end/", {"session": "others"})

    assert page.count("Firefox") == 2
    assert page.count("this session") == 1
    assert here.get(HOME).status_code == 200
    assert there.get(HOME).status_code == 302
    assert UserSession.objects.filter(user__username="eva").count() == 1


def test_one_of_them_ends_and_nobody_elses(boss: Any) -> None:
    here, there, third = log_in(), log_in(), log_in()
    eva = log_in(make_user("eva").username)

    for browser in (there, eva):
        row = UserSession.objects.get(session_key=browser.session.session_key)
        here.post(f"{LIST}end/", {"session": str(row.pk)})

    answers = [browser.get(HOME).status_code for browser in (here, there, third, eva)]
    assert answers == [200, 302, 200, 200]


def test_an_administrator_ends_a_colleagues(boss: Any) -> None:
    colleague = make_user("eva")
    here, eva = log_in(), log_in("eva")

    here.post(f"/admin/auth/user/{colleague.pk}/end-sessions/")

    assert (here.get(HOME).status_code, eva.get(HOME).status_code) == (200, 302)


def test_what_is_over_is_forgotten_daily(boss: Any) -> None:
    log_in()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    prune()

    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
