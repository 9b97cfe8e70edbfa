"""The desk's main pages in German on a phone: its longer words fit, and nothing is inaccessible."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize

from leads.models import Site
from tests.access.world import make_world
from tests.browser.kit.axe import violations

PHONE: ViewportSize = {"width": 390, "height": 844}
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture
def ids(page: Page, site: Site) -> dict[str, Any]:
    """One of everything, and what each row is called."""
    return make_world()[0]


def test_the_main_pages_fit_a_phone_in_german(page: Page, ids: dict[str, Any]) -> None:
    page.goto("/admin/")
    page.locator("form.language button[value=de]").click()
    page.set_viewport_size(PHONE)
    wrong = []
    for address in (
        "/admin/",
        "/admin/leads/failedlead/",
        f"/admin/leads/failedlead/{ids['leads.lead']}/change/",
        f"/admin/leads/site/{ids['leads.site']}/change/",
        "/admin/second-factor/",
    ):
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == "de"
        wide = page.evaluate(WIDTH)
        wrong += [f"{address}: {wide} px wide"] if wide > PHONE["width"] else []
        wrong += [f"{address}: {one}" for one in violations(page)]

    assert wrong == []
