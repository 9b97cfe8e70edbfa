"""A headless browser, and the application on a port of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from leads.models import Site, SiteKey
from tests.browser.kit.chromium import launched, program
from tests.daily import rest
from tests.factories import make_site

PHONE: ViewportSize = {"width": 390, "height": 844}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE},
}

# Playwright runs an event loop in this thread, and Django takes that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Milliseconds. Other tests take the processors, too; only what never comes is waited for so long.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    if program() is None:
        pytest.skip("needs chromium")
    with launched() as browser:
        yield browser


@pytest.fixture
def site(transactional_db: None) -> Site:
    """The site that leads come from, and the demo site."""
    demo = make_site(name="Demo")
    SiteKey.objects.issue(demo, SiteKey.Kind.FORM)
    return make_site(name="Arctic Spas")


@pytest.fixture
def errors() -> list[str]:
    """What the console complained about, a broken content security policy included."""
    return []


def faults_of(asked: Request) -> list[str]:
    """Why a request failed; a page that is left while it or its icon loads has no fault."""
    may_be_left = asked.is_navigation_request() or asked.url.endswith("/favicon.svg")
    left = asked.failure == "net::ERR_ABORTED" and may_be_left
    return [] if left else [f"{asked.url}: {asked.failure}"]


@pytest.fixture
def page(
    browser: Browser, live_server: LiveServer, site: Site, errors: list[str]
) -> Iterator[Page]:
    """A page in which a superuser has logged in. It may not complain."""
    boss = get_user_model().objects.create_superuser("boss", "", "password")
    client = Client()
    client.force_login(boss)
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda asked: errors.extend(faults_of(asked)))
    yield page
    context.close()


@pytest.fixture
def reach(settings: Settings, live_server: LiveServer) -> None:
    """The public address is where the server of the test is."""
    settings.PUBLIC_URL = live_server.url


@pytest.fixture(params=["desktop", rest("dark"), rest("phone")])
def look(
    request: pytest.FixtureRequest,
    browser: Browser,
    page: Page,
    errors: list[str],
    reach: None,
    live_server: LiveServer,
) -> Iterator[Page]:
    """The page on a screen, in the dark, on a phone. It may neither complain nor overflow.

    In `make test` the dark and the phone are left to tests/browser/test_every_page.py.
    """
    context = browser.new_context(
        base_url=live_server.url,
        storage_state=page.context.storage_state(),
        reduced_motion="reduce",
        **LOOKS[request.param],
    )
    tab = context.new_page()
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen, once the page is there."""
    page.wait_for_load_state()
    width = page.evaluate("window.innerWidth")
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def wrong_on_a_phone(page: Page, errors: list[str], addresses: dict[str, str]) -> list[str]:
    """What pages complain of there, and how wide they are where that is too wide."""
    page.set_viewport_size(PHONE)
    wrong = []
    for name, address in addresses.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{name}: {width} px"] if width > PHONE["width"] else []
        wrong += [f"{name}: {error}" for error in errors]
        errors.clear()
    return wrong
