"""The dashboard in a browser: live, pausing, idle, in any time zone, on a phone, in the dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from leads.models import Site
from tests.browser.kit.chromium import Scheme
from tests.factories import make_failed_lead, make_heartbeat, make_lead, make_log

PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The live figures that were asked for, in the order of the requests."""
    seen: list[str] = []
    page.on("request", lambda asks: seen.append(asks.url) if "stats.json" in asks.url else None)
    return seen


def test_all_parts_come_alive_without_a_reload(page: Page, site: Site, errors: list[str]) -> None:
    page.goto("/admin/")
    page.evaluate("window.same = true")
    count = page.locator(".failed-link .count")
    expect(count).to_be_hidden()

    make_heartbeat()
    make_log(make_failed_lead(site=site, reason="too_long"))

    expect(count).to_have_text("1")
    expect(count).to_be_visible()
    expect(page.locator("#workers")).to_contain_text("4/4")
    expect(page.locator("#by_site")).to_contain_text("Arctic Spas")
    expect(page.locator("#owners")).to_contain_text("100%")
    assert page.title().startswith("(1) ")
    assert page.evaluate("window.same") is True
    assert errors == []


def test_paused_figures_stand_still_until_somebody_goes_on(page: Page, site: Site) -> None:
    page.clock.install()
    page.goto("/admin/")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-live-state]")).to_have_text("Paused")
    make_failed_lead(site=site)

    page.clock.fast_forward(30000)
    expect(page.locator('p[data-figure="failed"]')).to_have_text("0")
    page.get_by_role("button", name="Go on").click()

    expect(page.locator('p[data-figure="failed"]')).to_have_text("1")
    expect(page.locator("[data-live-state]")).to_have_text("Live")


def test_an_idle_page_asks_every_minute_and_wakes_up_at_once(page: Page, asked: list[str]) -> None:
    page.clock.install()
    page.goto("/admin/")
    page.clock.fast_forward(301000)
    expect(page.locator("[data-live-state]")).to_have_text("Every minute")
    before = len(asked)

    page.clock.fast_forward(30000)
    assert len(asked) == before
    page.keyboard.press("Shift")

    expect(page.locator("[data-live-state]")).to_have_text("Live")
    assert len(asked) == before + 1


def test_equal_figures_cost_an_empty_answer_and_the_clock_goes_on(page: Page) -> None:
    answers: list[int] = []
    page.on("response", lambda a: answers.append(a.status) if "stats.json" in a.url else None)
    page.goto("/admin/")
    clock = page.locator('[data-figure="updated_at"]')
    first = clock.inner_text()

    with page.expect_response(lambda a: "stats.json" in a.url and a.status == 304, timeout=30000):
        pass

    assert answers[0] == 200
    expect(clock).not_to_have_text(first)


def test_the_time_zone_of_the_browser_is_offered_and_kept(
    browser: Browser, page: Page, live_server: LiveServer, site: Site, errors: list[str]
) -> None:
    make_lead(site=site)
    context = browser.new_context(
        base_url=live_server.url,
        timezone_id="Asia/Tokyo",
        storage_state=page.context.storage_state(),
    )
    there = context.new_page()
    there.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    there.goto("/admin/?range=7d")

    with there.expect_navigation():
        there.get_by_label("Time zone").select_option("Asia/Tokyo")

    expect(there.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    assert there.url.endswith("/admin/?range=7d")
    there.goto("/admin/leads/lead/")
    expect(there.locator("#sections")).to_contain_text("Times: Asia/Tokyo")
    assert errors == []
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(
    page: Page, site: Site, theme: Scheme, errors: list[str]
) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(PHONE)
    make_heartbeat()
    make_log(make_failed_lead(site=site, reason="dependent_missing"))

    for address in ("/admin/?range=90d&table=1", "/help/13002/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert errors == []


def test_the_table_of_the_chart_needs_no_script(page: Page, site: Site) -> None:
    make_log(make_failed_lead(site=site))
    page.goto("/admin/?range=24h")

    page.get_by_role("link", name="Show as table").click()

    rows = page.locator("#table tbody tr")
    expect(rows).to_have_count(24)
    expect(rows.last.locator("td").last).to_have_text("1")


def test_the_chart_says_the_numbers_that_mouse_and_keys_point_at(page: Page, site: Site) -> None:
    make_log(make_failed_lead(site=site))
    page.goto("/admin/?range=24h")
    bars, said = page.locator(".bars"), page.locator(".said")

    bars.focus()
    expect(said).to_contain_text("0 arrived, 1 not arrived")
    page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text("0 arrived, 0 not arrived")
    assert bars.get_attribute("aria-valuenow") == "22"
    box = bars.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 20)
    expect(said).to_contain_text("1 not arrived")


def test_the_chart_says_the_numbers_under_a_finger(
    browser: Browser, page: Page, live_server: LiveServer, site: Site
) -> None:
    make_log(make_failed_lead(site=site))
    context = browser.new_context(
        base_url=live_server.url,
        storage_state=page.context.storage_state(),
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
    )
    phone = context.new_page()
    phone.goto("/admin/?range=24h")
    bars, said = phone.locator(".bars"), phone.locator(".said")
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    assert box

    bars.tap(position={"x": box["width"] - 2, "y": 20})
    expect(said).to_contain_text("0 arrived, 1 not arrived")
    bars.tap(position={"x": box["width"] / 2, "y": 20})
    expect(said).to_contain_text("0 arrived, 0 not arrived")
    assert bars.get_attribute("aria-valuenow") == "12"
    context.close()
