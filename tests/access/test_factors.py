"""Every address × everybody × {factor, factor not shown, none though required, stale proof}.

The third dimension of the matrix. No page is drawn: whatever gets past the middlewares has got in,
and what happens then is what `test_matrix` asks of a fresh log-in without a factor.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings as configured
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker, Settings

from leadops import settings as production
from leadops.accounts.login import proof
from leadops.programs import ADDRESSES
from tests.access.addresses import filled
from tests.access.conftest import another, until_the_end
from tests.access.matrix import ACTIONS, MATRIX, OPENED, PRESSED, PROVED_ACTIONS
from tests.access.people import ADMINISTRATOR, LIMITED, MANAGER, SUPERUSER, SUPPORT, by_turns
from tests.factories import make_user
from tests.leadops.accounts.conftest import phone_of
from tests.responses import Response

SHOW, PASSWORD, SET_UP = (
    f"/admin/second-factor/{tail}" for tail in ("verify/", "verify/password/", "")
)
ALWAYS = {"admin/login/", "admin/logout/", "admin/sign-in/refused/<slug:reason>/"}
ALWAYS |= {f"admin/sign-in/to/<slug:provider>/{tail}/" for tail in ("log-in", "callback")}
PAYS = {
    SHOW: ALWAYS | {f"admin/second-factor/{tail}" for tail in ("verify/", "verify/key/")},
    SET_UP: ALWAYS
    | {f"admin/second-factor/{tail}" for tail in ("", "app/", "keys/add/")}
    | {"admin/second-factor/verify/password/", "admin/sign-in/verify/"},
}
"""What is open to who owes a code, or the setting up of a factor; all else leads to the key."""
PEOPLE: dict[str, dict[str, Any]] = {
    MANAGER: {"role": "Manager"},
    SUPPORT: {"role": "Support"},
    ADMINISTRATOR: {"role": "Administrator"},
    LIMITED: {"role": "Administrator", "sites": ()},
    SUPERUSER: {"is_superuser": True},
}
Browsers = dict[str, Client]


def inside(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware behind all others, in place of the pages: it says who got in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, *_view: Any) -> HttpResponse:
        user: Any = getattr(request, "user", None)
        return HttpResponse(status=204, headers={"Whose": str(getattr(user, "pk", None))})

    middleware.process_view = process_view  # type: ignore[attr-defined]  # as Django looks for it
    return middleware


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """Everybody, with and without an app, each logged in by password."""
    with until_the_end(django_db_blocker) as making:
        with making():
            found = {has_app: everybody(has_app) for has_app in (True, False)}
        yield found


@pytest.fixture
def people(made: Any, db: None) -> Iterator[dict[bool, Browsers]]:
    """Browsers of their own, whose requests end before a page is drawn."""
    behind = [*configured.MIDDLEWARE, f"{__name__}.inside"]
    minutes = production.ACCOUNT_REAUTHENTICATION_TIMEOUT
    with override_settings(MIDDLEWARE=behind, ACCOUNT_REAUTHENTICATION_TIMEOUT=minutes):
        yield {
            has_app: {who: another(client) for who, client in browsers.items()}
            for has_app, browsers in made.items()
        }


def everybody(has_app: bool) -> Browsers:
    """Browsers in which the password was right."""
    found = {}
    for who, values in PEOPLE.items():
        user = make_user(f"{who} {has_app}", **values)
        if has_app:
            phone_of(user)
        found[who] = Client()
        found[who].force_login(user)
    return found


def has_shown(client: Client) -> Client:
    """The client, once it has shown the app's code."""
    request = HttpRequest()
    request.session = client.session
    request.user = get_user(client)
    record_authentication(request, request.user, "mfa")
    request.session.save()
    return client


def is_stale(client: Client) -> Client:
    """The client, eleven minutes after the last proof."""
    session = client.session
    session[proof.PROVED_AT] = time.time() - 660
    session.save()
    return client


def led_to(client: Client, method: str, route: str, data: Any = None) -> str:
    """Where a request is sent instead of to its page; empty where it gets in."""
    answer: Response = client.generic(
        method,
        filled(route, {"run": uuid.UUID(int=0), "reference": uuid.UUID(int=0)}),
        data or "",
        content_type="application/x-www-form-urlencoded",
    )
    if answer.status_code == 204:
        return ""
    return str(answer.headers.get("Location", answer.status_code)).partition("?")[0]


def wrong_of(browsers: Browsers, route: str, get: str, post: str) -> list[str]:
    """Who was not led to where they should be, by opening and by pressing. They take turns: an
    address asks for a factor or does not, whoever owes it.
    """
    return [
        f"{who} {method}: {led!r}, not {wanted!r}"
        for who in by_turns(browsers, route)
        for method, wanted in (("GET", get), ("POST", post))
        if (led := led_to(browsers[who], method, route)) != wanted
    ]


def every_route(found: Callable[[str], list[str]]) -> str:
    """What is wrong with which address, in lines; a program's knows no session."""
    ours = [route for route in MATRIX if not f"/{route}".startswith(ADDRESSES)]
    return "\n".join(f"{route}: {line}" for route in ours for line in found(route))


def test_who_has_shown_the_factor_gets_in_as_without_one(people: dict[bool, Browsers]) -> None:
    browsers = {who: has_shown(client) for who, client in people[True].items()}

    assert every_route(lambda route: wrong_of(browsers, route, "", "")) == ""


def test_who_has_not_gets_nowhere_but_to_the_page_that_asks(people: dict[bool, Browsers]) -> None:
    def found(route: str) -> list[str]:
        is_shut = route.startswith("admin/") and route not in PAYS[SHOW]
        return wrong_of(people[True], route, *[SHOW if is_shut else ""] * 2)

    assert every_route(found) == ""


def test_nor_does_who_has_none_and_must(people: dict[bool, Browsers], settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    # A page on which a factor is made asks for the proof besides, which is fresh here.

    def found(route: str) -> list[str]:
        is_shut = route.startswith("admin/") and route not in PAYS[SET_UP]
        return wrong_of(people[False], route, *[SET_UP if is_shut else ""] * 2)

    assert every_route(found) == ""


def test_on_a_stale_proof_nothing_of_weight_is_opened_or_pressed(
    people: dict[bool, Browsers],
) -> None:
    with_app = {who: has_shown(people[True][who]) for who in (SUPPORT, ADMINISTRATOR, SUPERUSER)}
    without = {who: people[False][who] for who in (MANAGER, LIMITED)}
    for client in [*with_app.values(), *without.values()]:
        is_stale(client)

    def found(route: str) -> list[str]:
        opened, pressed = route in OPENED, route in OPENED | PRESSED
        return [
            line
            for browsers, asks in ((with_app, SHOW), (without, PASSWORD))
            for line in wrong_of(browsers, route, asks * opened, asks * pressed)
        ]

    assert every_route(found) == ""


@pytest.mark.parametrize("label", ACTIONS)
def test_nor_is_an_action_of_weight(people: dict[bool, Browsers], label: str) -> None:
    client = is_stale(people[False][SUPERUSER])
    route = f"admin/{label.replace('.', '/')}/"

    asked = {
        action
        for action in ACTIONS[label]
        if led_to(client, "POST", route, f"action={action}") == PASSWORD
    }

    assert asked == PROVED_ACTIONS.get(label, set())


def test_outside_the_desk_who_owes_a_code_is_a_stranger(people: dict[bool, Browsers]) -> None:
    client = people[True][SUPERUSER]
    asked = [route for route in MATRIX if not route.startswith("admin/")]

    whose = {
        client.get(filled(route, {"run": uuid.UUID(int=0), "reference": uuid.UUID(int=0)}))["Whose"]
        for route in asked
    }

    assert whose == {"None"}
    assert any(not f"/{route}".startswith(ADDRESSES) for route in asked)
