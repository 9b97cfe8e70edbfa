"""Every page of the access matrix in a browser: accessible, narrow, silent, at home.

On a desk and on a phone, in both themes, in English and German: no rule of WCAG 2.0 to 2.2, A and
AA, is broken; nothing is wider than a phone; the console is silent; no request leaves the host; the
policy is exact. In `make test` a page is looked at in the light on a desk, in the dark on a phone,
and in German in the light; in `make long` in both themes each time.
"""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Page, Response, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from leadops.preferences.languages import KEY
from leads.models import Site
from tests.access.addresses import filled
from tests.access.matrix import MATRIX
from tests.access.people import SUPERUSER
from tests.access.world import make_world
from tests.browser.kit.axe import script, violations
from tests.browser.kit.chromium import Scheme
from tests.daily import rest
from tests.leadops.accounts.conftest import code_of

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'; report-uri /policy-reports/; report-to policy"
)
OF_LINKS = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Behind the link of a mail."""
PAGES = [
    route
    for route, entry in MATRIX.items()
    if SUPERUSER in entry.see and not entry.redirects and "." not in route.rsplit("/", 1)[-1]
]
"""Every address that a superuser sees something at."""
SETTLED = "document.getAnimations().forEach((one) => one.finish())"
"""Colours change slowly, and are looked at when they have changed."""
VARIANTS = (
    "admin/leads/failedlead/?tab=waiting",
    "admin/leads/failedlead/?tab=incomplete",
    "admin/leads/lead/?status=delivered",
)


@pytest.fixture
def ids(page: Page, site: Site) -> dict[str, Any]:
    """One of everything, and what each row is called."""
    return make_world()[0]


@pytest.fixture(params=["by turns", rest("both")])
def walker(
    request: pytest.FixtureRequest, page: Page, errors: list[str], live_server: LiveServer
) -> Walker:
    return Walker(page, errors, live_server.url, both_themes=request.param == "both")


class Walker:
    """Opens pages and collects what is wrong with them."""

    def __init__(self, page: Page, errors: list[str], home: str, both_themes: bool = False) -> None:
        self.page, self.errors, self.home = page, errors, home
        self.both_themes = both_themes
        self.wrong: list[str] = []
        page.on("request", self._asked)
        page.add_init_script(script())

    def visit(self, address: str) -> None:
        """Open a page and look at it; in German first, where its language is the reader's."""
        self.speak("de")
        self.page.goto(address)
        is_german = self.page.locator("html").get_attribute("lang") == "de"
        if is_german:
            self.look(f"{address} in German", (PHONE,))
        elif address.startswith(("/help/", "/act/")):
            self.note(address, ["is not in German"])
        self.speak("en")
        self.page.set_viewport_size(DESK)
        answer = self.page.goto(address)
        assert answer is not None
        if "text/html" in answer.headers.get("content-type", ""):
            self.policy(address, answer)
            self.look(address, checked=(DESK,) if is_german else (DESK, PHONE))

    def speak(self, language: str) -> None:
        """Have the next page speak that language, as its reader chose; where that is nobody's to
        choose, as the browser asks for it (help), or as the site is set (its forms and links).
        """
        self.page.context.set_extra_http_headers({"Accept-Language": language})
        Site.objects.update(language=language)
        cookies = {one.get("name"): one.get("value") for one in self.page.context.cookies()}
        if session := Session.objects.filter(pk=cookies.get("sessionid")).first():
            kept = SessionStore(session.pk)
            kept[KEY] = language
            kept.save()

    def look(
        self,
        name: str,
        sizes: tuple[ViewportSize, ...] = (DESK, PHONE),
        checked: tuple[ViewportSize, ...] = (DESK, PHONE),
    ) -> None:
        """Both widths, in their themes, as the page is shown now; the checker looks at these.

        In German the phone's: its words are longer, and there they have the least room.
        """
        # A page that asks again and again is left while it asks.
        said = [error for error in self.errors if "ERR_ABORTED" not in error]
        self.note(name, [f"console: {one}" for one in said])
        for size in sizes:
            self.page.set_viewport_size(size)
            for theme in self.themes(size) if size in checked or self.both_themes else ():
                self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                self.page.evaluate(SETTLED)
                self.note(f"{name} {theme} {size['width']}", violations(self.page))
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.note(name, [f"{width} px wide"] if width > PHONE["width"] else [])
        # What the checker itself makes the console say: it tries styles on.
        self.errors.clear()

    def themes(self, size: ViewportSize) -> tuple[Scheme, ...]:
        """In which to look."""
        if self.both_themes:
            return get_args(Scheme)
        return ("dark",) if size == PHONE else ("light",)

    def policy(self, name: str, answer: Response) -> None:
        """The header, to the letter."""
        said = answer.headers.get("content-security-policy")
        wanted = OF_LINKS if name.startswith("/act/") else POLICY
        self.note(name, [] if said == wanted else [f"policy {said}"])

    def note(self, name: str, faults: list[str]) -> None:
        """Keep what is wrong."""
        self.wrong += [f"{name}: {fault}" for fault in faults]

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.note(self.page.url, [f"asked {request.url}"])


def test_every_page_of_the_matrix(walker: Walker, ids: dict[str, Any]) -> None:
    for route in PAGES:
        walker.visit(filled(route, ids))
    for address in VARIANTS:
        walker.visit(f"/{address}")

    assert not walker.wrong, "\n".join(walker.wrong)


def test_pages_that_answer_a_press(walker: Walker, page: Page, ids: dict[str, Any]) -> None:
    site, lead = ids["leads.site"], ids["leads.lead"]

    for tab in ("overview", "to-zoho", "settings", "senders"):
        page.goto(f"/admin/leads/site/{site}/change/#{tab}")
        walker.look(f"the tab {tab} of a site")
    page.locator(".issuing > summary").click()
    page.locator("form.issue button").click()
    walker.look("a new key")
    page.goto(f"/admin/leads/site/{site}/change/#senders")
    page.locator(".issuing > summary").click()
    page.locator("form.issue select").select_option("signed")
    page.locator("form.issue button").click()
    walker.look("a new signing key")

    page.goto(f"/admin/leads/site/{site}/source/{ids['source_pk']}/")
    page.get_by_role("button", name="Show").click()
    walker.look("an address")
    page.get_by_role("button", name="Looks right").click()
    walker.look("a source that was found right")
    page.get_by_role("button", name="Preview").click()
    walker.look("a preview of choices")
    page.get_by_role("link", name="Rehearse").first.click()
    walker.look("a rehearsal of a post")
    walker.visit(f"/admin/leads/lead/{ids['source_lead']}/change/")

    page.goto(f"/admin/leads/failedlead/{lead}/correct/")
    page.get_by_role("button", name="Save and send").click()
    walker.look("a corrected lead")

    page.goto(f"/admin/leads/failedlead/{lead}/change/")
    page.get_by_text("Comment", exact=True).click()
    page.locator(".assign-form summary").click()
    walker.look("a lead that is assigned and commented on")
    page.goto("/admin/leads/failedlead/?tab=failed")
    page.locator(".action-select").first.check()
    page.get_by_role("button", name="Assign…").click()
    walker.look("leads that are assigned")

    page.goto("/admin/auth/user/add/")
    page.locator("input[name=_save]").click()
    walker.look("a form with errors")

    walker.speak("de")
    send_the_form(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    walker.look("what a form is answered in German", (PHONE,))

    assert not walker.wrong, "\n".join(walker.wrong)


def send_the_form(page: Page) -> None:
    """The demo's form, as one of a page that has no other to lead on to."""
    page.goto("/demo/")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.evaluate("document.querySelector('[name=_next]').remove()")
    page.get_by_role("button", name="Send").click()


def test_pages_of_the_login(walker: Walker, page: Page, ids: dict[str, Any], reach: None) -> None:
    page.goto("/admin/second-factor/app/")
    page.get_by_label("Type the six digits").fill("000000")
    page.get_by_role("button", name="Set it up").click()
    walker.look("a wrong code")
    page.locator("summary").click()
    seed = seed_on(page)
    page.get_by_label("Type the six digits").fill(code_of(seed))
    page.get_by_role("button", name="Set it up").click()
    walker.look("recovery codes")
    walker.visit("/admin/second-factor/verify/password/")
    for tail in ("", "codes/", "codes/new/", "app/remove/", "keys/add/"):
        walker.visit(f"/admin/second-factor/{tail}")
    add_a_passkey(page)
    walker.visit("/admin/second-factor/")
    for name in ("Rename", "Remove"):
        page.goto("/admin/second-factor/")
        page.get_by_role("link", name=name).last.click()
        walker.look(f"{name} a passkey")
    page.goto(f"/admin/auth/user/{ids['auth.user']}/change/")
    page.get_by_role("button", name="Make a link").click()
    walker.look("an invitation")
    link = page.locator("pre.secret").inner_text().strip()
    log_out(page)
    walker.visit(urlsplit(link).path)
    walker.visit("/admin/login/")
    type_password(page, "boss", "password")
    walker.look("the code after the password")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    log_out(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/admin/")
    sign_in(page, get_user_model().objects.get(username="boss"))
    for tail in ("verify/", "verify/key/"):
        walker.visit(f"/admin/second-factor/{tail}")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    log_out(page)
    for _ in range(6):
        page.goto("/admin/login/")
        type_password(page, "nobody", "wrong")
    walker.errors[:] = [said for said in walker.errors if "429" not in said]
    walker.look("a locked login")

    assert not walker.wrong, "\n".join(walker.wrong)


def add_a_passkey(page: Page) -> None:
    """On a device that says yes to everything, and logs in without a password."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.get_by_label("Also log in with it").check()
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/admin/second-factor/")


def type_password(page: Page, name: str, password: str) -> None:
    """Fill the log-in in."""
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    """Forget the session, and stand before the log-in."""
    page.context.clear_cookies()
    page.goto("/admin/login/")


def seed_on(page: Page) -> str:
    """The key on the page."""
    return page.locator("details code").inner_text().replace(" ", "")


def sign_in(page: Page, user: Any) -> None:
    """Another session of the user, after the password."""
    client = Client()
    client.force_login(user)
    url = page.url.partition("/admin/")[0]
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}]
    )
