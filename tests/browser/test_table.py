"""The failed table and bulk retries in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib import admin
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from leads.clock import Deadline
from leads.decisions.bulk import run
from leads.models import BulkRetry, FailedLead, Lead, Site
from tests.browser.conftest import fits
from tests.browser.kit.axe import violations
from tests.browser.kit.chromium import Scheme
from tests.factories import make_failed_lead, make_log

TABLE = "/admin/leads/failedlead/"
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def three(page: Page, site: Site, errors: list[str]) -> Iterator[list[Lead]]:
    """Three failed leads, newest first, and their table; nothing may complain."""
    now = timezone.now()
    leads = [
        make_failed_lead(site=site, reason="too_long", failed_at=now - timedelta(minutes=n))
        for n in range(3)
    ]
    page.goto(TABLE)
    yield leads
    assert errors == []


def status(lead: Lead) -> str:
    """The lead's status now."""
    return str(Lead.objects.values_list("status", flat=True).get(pk=lead.pk))


def select(page: Page, lead: Lead) -> None:
    """Tick a lead's box."""
    page.locator(f'.action-select[value="{lead.pk}"]').check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [None, PHONE])
def test_a_selection_is_retried_from_the_bar_below(
    page: Page, three: list[Lead], scheme: Scheme, size: ViewportSize | None
) -> None:
    page.emulate_media(color_scheme=scheme)
    if size:
        page.set_viewport_size(size)
    expect(page.get_by_role("button", name="Retry selected")).to_be_hidden()

    select(page, three[0])
    expect(page.locator("[data-selected]")).to_have_text("1 selected")
    page.get_by_role("button", name="Retry selected").click()
    expect(page.locator(".headline")).to_contain_text("Of these, 1 would be refused again.")
    page.get_by_role("button", name="Retry as they are").click()

    expect(page.locator(".messagelist")).to_contain_text("1 lead queued.")
    assert page.viewport_size
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_shift_selects_a_range(page: Page, three: list[Lead]) -> None:
    boxes = page.locator(".action-select")
    boxes.first.click()
    boxes.last.click(modifiers=["Shift"])

    expect(page.locator("[data-selected]")).to_have_text("3 selected")


def test_all_that_match_are_planned_started_watched_and_stopped(
    page: Page, three: list[Lead], monkeypatch: pytest.MonkeyPatch, site: Site
) -> None:
    monkeypatch.setattr(admin.site._registry[FailedLead], "list_per_page", 2)
    page.goto(TABLE + "?reason=too_long")
    page.locator("#action-toggle").check()
    page.get_by_label("Select all 3 matching").check()
    page.get_by_role("button", name="Retry selected").click()

    expect(page.locator("h1")).to_have_text("Retry all: Value too long for the Zoho field")
    page.get_by_role("button", name="Retry 3 leads").click()
    expect(page.locator("progress")).to_be_visible()

    one = BulkRetry.objects.get()
    run.run(one.pk, Deadline(10))
    Lead.objects.filter(pk=three[0].pk).update(
        status="delivered", zoho_id="1", due_at=None, settled_at=timezone.now()
    )
    expect(page.locator("#work-state")).to_contain_text("1 of 3 have their result")

    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#work-state")).to_contain_text("Stopped by boss")
    assert [status(lead) for lead in three] == ["delivered", "failed", "failed"]


def test_a_bulk_retry_is_watched_to_its_last_second_without_a_reload(
    page: Page, three: list[Lead], errors: list[str]
) -> None:
    page.goto("/admin/leads/bulkretry/plan/")
    page.get_by_role("button", name="Retry 3 leads").click()
    run.run(BulkRetry.objects.get().pk, Deadline(10))
    clock = page.locator("[data-since]")
    seen = clock.inner_text()
    expect(clock).not_to_have_text(seen)
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Failed again").focus()

    Lead.objects.update(status="delivered", zoho_id="1", due_at=None, settled_at=timezone.now())

    expect(page.locator("#work-state")).to_contain_text("3 of 3 have their result")
    expect(page.locator("#work-state")).to_contain_text("Done")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(page.get_by_role("link", name="Failed again")).to_be_focused()
    assert page.evaluate("window.same")
    assert not page.title().startswith("(")


def test_new_failures_are_offered_and_move_no_row(
    page: Page, three: list[Lead], site: Site
) -> None:
    first = page.locator("#result_list tbody tr").first
    make_failed_lead(site=site)

    expect(page.get_by_role("link", name="1 new, load")).to_be_visible()
    expect(page).to_have_title("(4) Failed leads · LeadOps")
    expect(first).to_contain_text(str(three[0].pk))

    page.get_by_role("link", name="1 new, load").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(4)


def test_single_keys_walk_select_retry_and_search(page: Page, three: list[Lead]) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr.at")).to_contain_text(str(three[1].pk))
    page.keyboard.press("x")
    expect(page.locator("[data-selected]")).to_have_text("1 selected")
    page.keyboard.press("k")
    Lead.objects.filter(pk=three[0].pk).update(reason="rate_limited")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator(f'[data-lead="{three[0].pk}"] [role=status]')).to_contain_text("Queued")
    page.keyboard.press("/")
    expect(page.locator("#find input[name=q]")).to_be_focused()
    page.keyboard.type("jjx")
    expect(page.locator("#find input[name=q]")).to_have_value("jjx")


WARNED = "As it is, it would be refused again, unless something was changed since. Press once more"


def test_the_key_sends_what_cannot_be_helped_when_it_is_pressed_once_more(
    page: Page, three: list[Lead]
) -> None:
    def said(lead: Lead) -> Locator:
        return page.locator(f'[data-lead="{lead.pk}"] [role=status]')

    page.keyboard.press("j")
    before = page.locator("#result_list tbody tr").nth(1).bounding_box()
    page.keyboard.press("r")
    expect(said(three[0])).to_contain_text(WARNED)
    assert page.locator("#result_list tbody tr").nth(1).bounding_box() == before
    assert violations(page) == []
    assert status(three[0]) == "failed"

    # Another row is asked about anew, and Escape takes it back.
    page.keyboard.press("j")
    expect(said(three[0])).to_have_count(0)
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    expect(said(three[1])).to_have_count(0)
    page.keyboard.press("r")
    expect(said(three[1])).to_contain_text(WARNED)
    page.keyboard.press("r")

    expect(said(three[1])).to_contain_text("Queued")
    assert [status(lead) for lead in three] == ["failed", "queued", "failed"]


def test_a_finger_is_told_before_and_a_menu_says_it_below(
    page: Page, browser: Browser, three: list[Lead]
) -> None:
    with browser.new_context(
        base_url=page.url.split("/admin")[0],
        has_touch=True,
        storage_state=page.context.storage_state(),
    ) as context:
        touched = context.new_page()
        touched.goto(TABLE)
        retry = touched.get_by_role("button", name=f"Retry lead {three[0].pk}")
        place = touched.locator(f'[data-lead="{three[0].pk}"] [role=status]')
        retry.tap()
        expect(place).to_contain_text(WARNED)
        assert status(three[0]) == "failed"
        retry.tap()
        expect(place).to_contain_text("Queued")

        touched.set_viewport_size(PHONE)
        touched.goto(TABLE)
        touched.get_by_role("link", name=f"more for lead {three[1].pk}").tap()
        menu = touched.locator("#more-menu")
        expect(menu).to_contain_text("As it is, it would be refused again")
        menu.get_by_role("button", name="Retry").tap()
        expect(touched.locator(f'[data-lead="{three[1].pk}"] [role=status]')).to_contain_text(
            "Queued"
        )


def test_without_script_a_page_asks(page: Page, browser: Browser, three: list[Lead]) -> None:
    with browser.new_context(
        base_url=page.url.split("/admin")[0],
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
    ) as context:
        plain = context.new_page()
        plain.goto(TABLE)
        plain.get_by_role("button", name=f"Retry lead {three[0].pk}").click()
        expect(plain.locator("h1")).to_have_text(f"Retry lead {three[0].pk} as it is?")
        assert status(three[0]) == "failed"
        plain.get_by_role("button", name="Retry as it is").click()
        expect(plain.locator(".messagelist")).to_contain_text(f"Lead {three[0].pk}")

    assert status(three[0]) == "queued"


def test_a_key_opens_the_form_to_edit(page: Page, three: list[Lead]) -> None:
    page.keyboard.press("j")
    page.keyboard.press("e")

    expect(page).to_have_url(f"{TABLE}{three[0].pk}/correct/?_changelist_filters=")


def test_single_keys_can_be_switched_off_for_good(page: Page, three: list[Lead]) -> None:
    page.keyboard.press("?")
    page.get_by_label("Single keys do this").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()

    page.keyboard.press("j")

    expect(page.locator("tr.at")).to_have_count(0)
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_label("Single keys do this")).not_to_be_checked()


def test_a_rows_menu_leads_on(page: Page, three: list[Lead]) -> None:
    more = page.get_by_role("link", name=f"more for lead {three[1].pk}")
    more.click()
    expect(page.get_by_role("link", name="Edit and retry", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#more-menu")).to_be_hidden()

    more.click()
    page.get_by_role("link", name="Mark as entered by hand", exact=True).click()
    expect(page).to_have_url(f"{TABLE}{three[1].pk}/change/#by-hand")


def test_a_view_is_saved_and_opened_again(page: Page, three: list[Lead]) -> None:
    page.goto(TABLE + "?reason=too_long")
    page.get_by_text("Saved views").click()
    page.get_by_label("Save this view as").fill("Long values")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(TABLE)

    page.get_by_role("link", name="Long values").click()

    expect(page).to_have_url(f"{TABLE}?reason=too_long")


def test_a_file_is_downloaded(page: Page, three: list[Lead], errors: list[str]) -> None:
    select(page, three[0])
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()

    assert download.value.suggested_filename.startswith("leads-")
    # A download is a page that never comes, which is what the browser says of it.
    errors[:] = [error for error in errors if not error.endswith("ERR_ABORTED")]


def test_the_table_works_without_script(
    browser: Browser, page: Page, three: list[Lead], live_server: LiveServer
) -> None:
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    tab = plain.new_page()
    tab.goto(live_server.url + TABLE)
    tab.get_by_text("Filters", exact=True).click()
    tab.locator("select[name=reason]").select_option("too_long")
    tab.get_by_role("button", name="Apply").click()
    tab.locator(f'.action-select[value="{three[2].pk}"]').check()
    tab.get_by_role("button", name="Discard…").click()
    tab.get_by_label("Why is it discarded?").fill("spam")
    tab.get_by_role("button", name="Discard").click()

    expect(tab.locator(".messagelist")).to_contain_text("1 lead discarded.")
    assert [status(lead) for lead in three] == ["failed", "failed", "discarded"]
    plain.close()


def test_on_a_phone_the_first_lead_is_seen_with_one_button_and_the_menu_at_the_thumb(
    page: Page, three: list[Lead]
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(TABLE)

    row = page.locator("#result_list tbody tr").first
    box, menu = row.bounding_box(), page.get_by_role("link", name="Menu").bounding_box()
    assert box is not None
    assert menu is not None
    # A phone's own bars take a fifth of its height.
    assert box["y"] + box["height"] < 844 * 0.8
    assert menu["y"] > 844 * 0.75
    assert menu["height"] >= 44
    buttons = row.locator(".row-actions > :not(.more):visible")
    expect(buttons).to_have_text(["Edit"])


def test_on_a_phone_the_menu_of_a_row_retries(page: Page, three: list[Lead]) -> None:
    page.set_viewport_size(PHONE)
    page.goto(TABLE)

    page.locator(".row-actions .more").first.click()
    page.locator("#more-menu").get_by_role("button", name="Retry").click()

    expect(page.locator("#result_list tbody tr").first.get_by_text("Undo")).to_be_visible()
    assert status(three[0]) == "queued"


def test_on_a_phone_the_menu_leads_to_the_pages_and_out(page: Page, three: list[Lead]) -> None:
    page.set_viewport_size(PHONE)
    page.goto(TABLE)

    page.get_by_role("link", name="Menu").click()

    expect(page.locator("#sections").get_by_role("link", name="Dashboard")).to_be_in_viewport()
    page.locator("#sections").get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("logout|login"))


BROKEN_NUMBERS = """[...document.querySelectorAll("#result_list bdi")].filter((one) =>
  one.offsetHeight > 1.6 * parseFloat(getComputedStyle(one).fontSize)
    || one.getBoundingClientRect().right > one.closest("td").getBoundingClientRect().right
).map((one) => one.textContent)"""


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_no_list_scrolls_sideways_or_cuts_a_phone_number(
    page: Page, site: Site, width: int
) -> None:
    data = {
        "contact_name": "Maximiliane von Hohenzollern-Sigmaringen",
        "email": "a-long-address-that-nobody-can-break@a-long-domain.example.com",
        "phone": "+49 (0)30 5550 0142",
    }
    make_log(make_failed_lead(site=site, data=data, reason="too_long", reason_field="Zip_Code"))
    page.set_viewport_size({"width": width, "height": 900})

    for name in ("failedlead", "lead", "apilog"):
        page.goto(f"/admin/leads/{name}/")
        inner = page.locator(".results").evaluate("(one) => one.scrollWidth - one.clientWidth")
        assert (fits(page), inner) == (True, 0), name
        assert page.evaluate(BROKEN_NUMBERS) == []
        assert page.locator("bdi").count() == (name != "apilog")
