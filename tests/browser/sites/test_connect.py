"""The Connect page in a browser: under the content security policy, on a phone, and to Zoho."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from leads.models import Destination
from tests.zoho.wire import Wire, reply


@pytest.fixture
def zoho() -> Iterator[Wire]:
    """A Zoho with a consent page."""
    wire = Wire()
    wire.on("GET /oauth/v2/auth", reply(200, b"<h1>Consent</h1>", **{"Content-Type": "text/html"}))
    wire.on("GET /favicon.ico", reply(204))
    yield wire
    wire.close()


def address() -> str:
    return f"/admin/leads/destination/{Destination.objects.get().pk}/connect/"


def test_the_button_leads_to_zoho_although_forms_are_held_to_our_site(
    page: Page, zoho: Wire
) -> None:
    page.goto(address())
    page.get_by_label("Data centre").select_option("other")
    page.get_by_label("Another address", exact=True).fill(zoho.url)
    page.get_by_label("Client id").fill("1000.X")
    page.get_by_label("Client secret").fill("secret")

    page.get_by_role("button", name="Connect with Zoho").press("Enter")

    expect(page.get_by_role("heading", name="Consent")).to_be_visible()
    (asked,) = zoho.seen("GET /oauth/v2/auth")
    assert "access_type=offline" in asked.path
    assert "Referer" not in asked.headers


def test_the_page_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})

    page.goto(address())

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_field_that_is_wrong_is_told(page: Page) -> None:
    page.goto(address())

    page.get_by_role("button", name="Connect with this code").click()

    expect(page.get_by_role("alert")).to_contain_text("look at the marked field")
    expect(page.get_by_text("Enter the client's secret.")).to_be_visible()
