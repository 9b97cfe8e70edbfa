"""Showing again that it is you, before what matters most."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from leadops import settings as production
from leadops.accounts.login import proof
from tests.access.addresses import filled
from tests.access.conftest import made_once, world
from tests.access.matrix import Entry
from tests.access.people import ADMINISTRATOR, SUPERUSER
from tests.access.test_matrix import ask
from tests.factories import make_user
from tests.leadops.accounts.conftest import code_of, phone_of

__all__ = ["made_once", "world"]
pytestmark = pytest.mark.django_db
ENTRY = Entry()
PASSWORD_PAGE = "/admin/second-factor/verify/password/"
CODE_PAGE = "/admin/second-factor/verify/"


def named_routes() -> dict[str, str]:
    """Every route by the name of its view."""
    found: dict[str, str] = {}

    def walk(patterns: Any, prefix: str = "", space: str = "") -> None:
        for one in patterns:
            route = prefix + str(one.pattern)
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, route, f"{one.namespace}:" if one.namespace else space)
            elif one.name:
                found.setdefault(space + one.name, route)

    walk(get_resolver().url_patterns)
    return found


def grow_old(client: Client) -> Client:
    """The client, a day after its last proof."""
    session = client.session
    session[proof.PROVED_AT] -= 24 * 3600
    session.save()
    return client


@pytest.fixture
def old() -> Client:
    """A superuser's browser, a day after the log-in."""
    client = Client()
    client.force_login(make_user("root", is_superuser=True))
    return grow_old(client)


@pytest.mark.parametrize("name", sorted(proof.POSTS))
@pytest.mark.parametrize("who", [ADMINISTRATOR, SUPERUSER])
def test_nothing_of_it_happens_on_an_old_proof(world: dict[str, Any], who: str, name: str) -> None:
    client = grow_old(world["people"][who])
    address = filled(named_routes()[name], world["ids"])

    got, _changed = ask(client, "GET", address, ENTRY)
    posted, changed = ask(client, "POST", address, ENTRY, {})

    assert (got.headers.get("Location", "").startswith(PASSWORD_PAGE)) == (name in proof.PAGES)
    assert posted["Location"].startswith(PASSWORD_PAGE)
    assert changed == []


@pytest.mark.parametrize("name", proof.ACTIONS)
def test_nor_an_action_of_a_list(world: dict[str, Any], name: str) -> None:
    client = grow_old(world["people"][SUPERUSER])
    address = "/" + named_routes()[name]
    (action,) = proof.ACTIONS[name]

    answer, changed = ask(client, "POST", address, ENTRY, {"action": action, "post": "yes"})

    assert (answer["Location"].startswith(PASSWORD_PAGE), changed) == (True, [])


@pytest.mark.parametrize("others", [["delete_selected", "x"], ["x", "delete_selected"]])
def test_nor_one_that_is_named_beside_another(old: Client, others: list[str]) -> None:
    # Django runs the one that `index` names.
    data = {"action": others, "index": others.index("delete_selected"), "post": "yes"}

    answer = old.post("/admin/auth/group/", data)

    assert answer["Location"].startswith(PASSWORD_PAGE)


@pytest.mark.parametrize(("minutes", "asks"), [(9, False), (11, True)])
def test_a_proof_is_good_for_ten_minutes(
    old: Client, settings: Settings, minutes: int, asks: bool
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = production.ACCOUNT_REAUTHENTICATION_TIMEOUT
    session = old.session
    session[proof.PROVED_AT] = time.time() - minutes * 60
    session.save()

    assert old.get("/admin/auth/user/add/").status_code == (302 if asks else 200)


def test_a_fresh_log_in_is_a_proof() -> None:
    make_user("root", is_superuser=True)
    client = Client()
    client.post("/admin/login/", {"username": "root", "password": "password"})

    assert client.get("/admin/auth/user/add/").status_code == 200


def test_the_password_alone_is_none_where_there_is_a_second_factor() -> None:
    user = make_user("root", is_superuser=True)
    phone_of(user)
    client = Client()

    client.post("/admin/login/", {"username": "root", "password": "password"})

    assert proof.PROVED_AT not in client.session


def test_the_password_is_asked_for_and_leads_back(old: Client) -> None:
    asked = old.get("/admin/auth/user/add/?x=1")
    wrong = old.post(asked["Location"], {"password": "wrong"})
    right = old.post(asked["Location"], {"password": "password"})

    assert wrong.status_code == 200
    assert right["Location"] == "/admin/auth/user/add/?x=1"
    assert old.get("/admin/auth/user/add/").status_code == 200


def test_who_has_a_second_factor_shows_that(old: Client) -> None:
    phone = phone_of(make_user("boss", role="Administrator"))
    client = Client()
    client.force_login(phone.user)
    client.post(CODE_PAGE, {"code": code_of(phone, -1)})
    grow_old(client)

    asked = client.get("/admin/password_change/")
    shown = client.post(asked["Location"], {"code": code_of(phone)})

    assert asked["Location"].startswith(f"{CODE_PAGE}?")
    assert shown["Location"] == "/admin/password_change/"


def test_the_password_is_no_proof_of_who_has_a_second_factor(old: Client) -> None:
    phone = phone_of(make_user("boss", role="Administrator"))
    client = Client()
    client.force_login(phone.user)
    client.post(CODE_PAGE, {"code": code_of(phone)})
    grow_old(client)

    page = client.get(f"{PASSWORD_PAGE}?next=/admin/password_change/")
    posted = client.post(PASSWORD_PAGE, {"password": "password"})

    assert page["Location"] == f"{CODE_PAGE}?next=%2Fadmin%2Fpassword_change%2F"
    assert posted["Location"].startswith(CODE_PAGE)
    assert client.get("/admin/password_change/").status_code == 302


def test_what_was_pressed_is_not_kept_and_its_page_is_shown_again(old: Client) -> None:
    page = "http://testserver/admin/leads/site/1/change/?tab=x"

    asked = old.post("/admin/leads/site/1/issue-key/", {"a": "secret"}, HTTP_REFERER=page)

    assert asked["Location"].endswith("?next=%2Fadmin%2Fleads%2Fsite%2F1%2Fchange%2F%3Ftab%3Dx")
    assert "secret" not in str(dict(old.session))
    back = old.post(asked["Location"], {"password": "password"}, follow=True)
    assert b"press again" in b"".join(back)


@pytest.mark.parametrize("page", ["https://evil.example/admin/", "", "http://testserver/demo/"])
def test_it_leads_to_no_foreign_page(old: Client, page: str) -> None:
    asked = old.post("/admin/leads/site/1/issue-key/", HTTP_REFERER=page)

    assert asked["Location"].endswith("?next=%2Fadmin%2F")


def test_a_script_is_told(old: Client) -> None:
    answer = old.post("/admin/leads/site/1/issue-key/", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (403, "proof")
