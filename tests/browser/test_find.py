"""The box in the header in a browser: from every page, by keyboard alone."""

from __future__ import annotations

from typing import get_args

import pytest
from playwright.sync_api import Page, expect

from leads.models import Lead, Site
from leads.search.fill import fill_older
from tests.browser.axe import violations
from tests.browser.chromium import Scheme
from tests.browser.test_every_page import SETTLED
from tests.factories import make_lead

BOX = "#find input[name=q]"
AISHA = {
    "contact_name": "Aïsha Fortin",
    "email": "aisha.fortin@dealer.ca",
    "phone": "+1 (403) 555-1106",
    "company": "Boats & More",
}


@pytest.fixture
def aisha(site: Site) -> Lead:
    """A caller between others."""
    make_lead(site=site, data={"contact_name": "Bo Li", "phone": "403 555 2207"})
    lead = make_lead(site=site, data=AISHA)
    make_lead(site=site, data={"contact_name": "Aisha Smith"})
    fill_older()
    return lead


def test_a_caller_is_found_by_each_form_from_any_page(
    page: Page, aisha: Lead, errors: list[str]
) -> None:
    forms = ["4035551106", "(403) 555-1106", "555 1106", "Fortin", "fortin aisha", "aisha.f"]
    for text in [*forms, "dealer.ca", "boats"]:
        page.goto("/admin/leads/site/")
        page.keyboard.press("/")
        expect(page.locator(BOX)).to_be_focused()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("1 lead found")
        expect(page.locator(".found a")).to_contain_text("+1 (403) 555-1106")
        expect(page.locator(".found a")).to_be_focused()
        assert text not in page.url
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"/admin/leads/lead/{aisha.pk}/change/")
    for number in (aisha.pk, aisha.reference):
        page.goto("/admin/")
        page.locator(BOX).fill(str(number))
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"/admin/leads/lead/{aisha.pk}/change/")
    assert errors == []


def test_the_leads_found_are_walked_by_keys(page: Page, aisha: Lead) -> None:
    page.goto("/admin/find/")
    page.locator(BOX).fill("aisha")
    page.keyboard.press("Enter")
    found = page.locator(".found a")
    expect(found).to_have_count(2)

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(found.last).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"/admin/leads/lead/{aisha.pk + 1}/change/")
    page.go_back()
    expect(found).to_have_count(2)


def test_the_key_is_a_sign_where_somebody_types_and_can_be_switched_off(
    page: Page, aisha: Lead
) -> None:
    page.goto("/admin/find/")
    page.locator(BOX).fill("")
    page.keyboard.type("/")
    expect(page.locator(BOX)).to_have_value("/")

    page.get_by_label("Single keys work").uncheck()
    page.goto("/admin/leads/site/")
    page.keyboard.press("/")
    expect(page.locator(BOX)).not_to_be_focused()


def test_what_is_found_and_what_is_not_can_be_read_by_all(page: Page, aisha: Lead) -> None:
    for text in ("aisha", "zoltan"):
        page.goto("/admin/find/")
        page.locator(BOX).fill(text)
        page.keyboard.press("Enter")
        expect(page.locator(".found, .tried h2")).to_be_visible()
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            for scheme in get_args(Scheme):
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.evaluate(SETTLED)
                assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
