"""From the wizard to Zoho: a browser, a form tool that takes only 200, a real worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.kit.chromium import launched, program
from tests.browser.kit.senders import ELEMENTOR, GRAVITY, post_as
from tests.journeys.kit.system import System, eventually

PATIENT = 30_000
"""Milliseconds that a page may take while everything else runs beside it."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if program() is None:
        pytest.skip("needs chromium")
    with launched() as browser:
        yield browser


@pytest.fixture
def desk(chromium: Browser, system: System) -> Iterator[Page]:
    """A page in which an administrator has logged in."""
    context = chromium.new_context(base_url=system.url)
    context.set_default_timeout(PATIENT)
    page = context.new_page()
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("a-long-password")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
    yield page
    context.close()


def connect(page: Page, name: str, tool: str) -> str:
    """Walk through the wizard; the address that it shows."""
    page.goto("/admin/leads/site/connect/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(tool, exact=True).check()
    page.get_by_role("button", name="Make the site").click()
    return page.locator("#secret").inner_text()


def test_elementor_is_connected_and_its_first_lead_delivered(system: System, desk: Page) -> None:
    address = connect(desk, "Studio Elementor", "Elementor")
    listening = desk.locator("#listening")
    expect(listening).to_contain_text("Listening", timeout=PATIENT)

    first, again = (post_as(ELEMENTOR, address) for _press in range(2))

    expect(listening).to_contain_text("Ada Lovelace", timeout=PATIENT)
    expect(listening).to_contain_text("Delivered as record", timeout=PATIENT)
    desk.get_by_role("button", name="Looks right").click()
    expect(desk.locator("h1")).to_have_text("Elementor")
    expect(desk.locator("#posts")).to_contain_text("200, and 1 time again")
    assert first["id"] == again["id"]
    (record,) = system.records()
    assert (record["First_Name"], record["Last_Name"]) == ("Ada", "Lovelace")
    assert (record["Email"], record["Phone"]) == ("s3@example.com", "+442079460018")


def test_gravity_needs_one_choice_and_holds_to_it(system: System, desk: Page) -> None:
    address = connect(desk, "Studio Gravity", "Gravity Forms")
    post_as(GRAVITY, address)
    expect(desk.locator("#listening")).to_contain_text("It is held", timeout=PATIENT)

    for field, path in (("Phone", "3"), ("First name", "1.3"), ("Last name", "1.6")):
        desk.get_by_label(f"{field} is read from").select_option(f"path:{path}")
        expect(desk.locator("#listening")).to_contain_text(
            f"{path} (a person chose it)", timeout=PATIENT
        )

    expect(desk.locator("#listening")).to_contain_text("Delivered as record", timeout=PATIENT)
    eventually(lambda: system.count("delivered") == 1)
    (record,) = system.records()
    assert (record["First_Name"], record["Last_Name"]) == ("Ada", "Lovelace")
    assert record["Phone"].endswith("7946-0018")
