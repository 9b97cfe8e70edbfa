"""The desk in a browser."""

from __future__ import annotations

from typing import get_args

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from leads.models import Lead, Preferences, Site
from leads.search.fill import fill_older
from tests.browser.conftest import wrong_on_a_phone
from tests.browser.kit.axe import violations
from tests.browser.kit.chromium import Scheme
from tests.browser.test_every_page import SETTLED
from tests.factories import make_call, make_destination, make_failed_lead, make_lead, make_log

PHONE: ViewportSize = {"width": 390, "height": 844}
PAGES = {
    "dashboard": "/admin/",
    "failed": "/admin/leads/failedlead/",
    "waiting": "/admin/leads/failedlead/?tab=waiting",
    "delivered": "/admin/leads/failedlead/?tab=delivered",
    "plan": "/admin/leads/bulkretry/plan/",
    "bulk retries": "/admin/leads/bulkretry/",
    "lead": "/admin/leads/lead/{lead}/change/",
    "correct": "/admin/leads/failedlead/{lead}/correct/",
    "leads": "/admin/leads/lead/",
    "logs": "/admin/leads/apilog/",
    "log": "/admin/leads/apilog/{log}/change/",
    "calls": "/admin/leads/apicall/",
    "call": "/admin/leads/apicall/{call}/change/",
    "sites": "/admin/leads/site/",
    "site": "/admin/leads/site/{site}/change/",
    "destination": "/admin/leads/destination/{destination}/change/",
    "settings": "/admin/leads/preferences/1/change/",
    "notices": "/admin/notifications/notice/",
    "users": "/admin/auth/user/",
    "user": "/admin/auth/user/{user}/change/",
    "password": "/admin/password_change/",
    "help": "/help/13002/",
    "help of the table": "/help/table/",
    "demo": "/demo/",
}


@pytest.fixture
def filled(page: Page, site: Site) -> dict[str, int]:
    """One of everything, with long values; the ids that addresses name."""
    Preferences.load()
    data = {
        "contact_name": "Maximiliane von Hohenzollern-Sigmaringen",
        "email": "a-very-long-address-that-nobody-can-break@example-of-a-long-domain.example.com",
        "phone": "+49 30 555 0000 0000",
        "message": "x" * 300,
    }
    lead = make_failed_lead(site=site, data=data, reason="too_long", reason_field="Description")
    call = make_call(request='{"a": "' + "y" * 500 + '"}', response="z" * 500, status=202)
    log = make_log(lead, call=call, record={"Last_Name": "w" * 300}, answer="no")
    make_lead(site=site, status="delivered")
    return {
        "lead": lead.pk,
        "log": log.pk,
        "call": call.pk,
        "site": site.pk,
        "destination": make_destination().pk,
        "user": get_user_model().objects.get().pk,
    }


@pytest.mark.long  # each page is narrow and silent in tests/browser/test_every_page.py, too
def test_no_page_complains_or_is_wider_than_a_phone(
    page: Page, filled: dict[str, int], errors: list[str]
) -> None:
    addresses = {name: address.format(**filled) for name, address in PAGES.items()}

    assert wrong_on_a_phone(page, errors, addresses) == []


def test_the_login_page_fits_a_phone_and_keeps_the_console_clean(
    page: Page, errors: list[str]
) -> None:
    page.context.clear_cookies()
    page.set_viewport_size(PHONE)

    page.goto("/admin/login/")

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert errors == []


def test_the_dashboard_counts_a_new_failure_without_a_reload(page: Page, site: Site) -> None:
    page.goto("/admin/")
    page.evaluate("window.same = true")
    figure = page.locator('p[data-figure="failed"]')
    expect(figure).to_have_text("0")

    make_log(make_failed_lead(site=site))

    expect(figure).to_have_text("1")
    expect(page.locator('dd[data-figure="13002"]')).to_have_text("1")
    expect(page.locator("#reasons")).to_contain_text("Zoho refused the record")
    assert page.evaluate("window.same") is True


def test_the_dashboard_can_be_paused(page: Page, site: Site) -> None:
    page.goto("/admin/")

    page.get_by_role("button", name="Pause").click()

    expect(page.locator("[data-live-state]")).to_have_text("Paused")


def test_retry_shows_queued_and_then_the_result_in_its_place(page: Page, site: Site) -> None:
    lead = make_failed_lead(site=site)
    page.goto("/admin/leads/failedlead/")
    page.evaluate("window.same = true")

    page.get_by_role("button", name=f"Retry lead {lead.pk}").click()

    place = page.locator(f'[data-lead="{lead.pk}"]')
    expect(place).to_contain_text("Queued")
    Lead.objects.filter(pk=lead.pk).update(
        status="delivered", zoho_id="1", due_at=None, settled_at=lead.received_at
    )
    expect(place).to_contain_text("Delivered")
    assert page.evaluate("window.same") is True


def test_a_retry_is_taken_back_in_its_place(page: Page, site: Site, errors: list[str]) -> None:
    lead = make_failed_lead(site=site, reason="too_long", reason_field="Zip_Code")
    page.goto("/admin/leads/failedlead/")
    page.get_by_role("button", name=f"Retry lead {lead.pk}").click()

    page.get_by_role("button", name=f"Undo for lead {lead.pk}").click()

    expect(page.locator(f'[data-lead="{lead.pk}"] [role=status]')).to_have_text("Failed")
    expect(page.get_by_role("button", name=f"Retry lead {lead.pk}")).to_be_visible()
    lead.refresh_from_db()
    assert (lead.status, lead.reason) == ("failed", "too_long")
    assert errors == []


def test_retry_of_a_lead_that_is_still_held_offers_the_button_again(page: Page, site: Site) -> None:
    lead = make_failed_lead(site=site, data={"email": "x@example.com"}, reason="missing_field")
    page.goto("/admin/leads/failedlead/")

    page.get_by_role("button", name=f"Retry lead {lead.pk}").click()

    expect(page.locator(f'[data-lead="{lead.pk}"] [role=status]')).to_have_text("Failed")
    expect(page.get_by_role("button", name=f"Retry lead {lead.pk}")).to_be_visible()


def test_retry_works_without_script(
    browser: Browser, page: Page, site: Site, live_server: LiveServer
) -> None:
    lead = make_failed_lead(site=site)
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    tab = plain.new_page()
    tab.goto(live_server.url + "/admin/leads/failedlead/")

    tab.get_by_role("button", name=f"Retry lead {lead.pk}").click()

    expect(tab.locator(".messagelist")).to_contain_text(f"Lead {lead.pk}: queued.")
    plain.close()


def test_a_filter_of_the_drawer_is_applied(page: Page, site: Site) -> None:
    wanted = make_failed_lead(site=site, reason="too_long")
    make_failed_lead(site=site, reason="refused")
    page.goto("/admin/leads/failedlead/")

    page.get_by_text("Filters", exact=True).click()
    page.locator("select[name=reason]").select_option("too_long")
    page.get_by_role("button", name="Apply").click()

    expect(page).to_have_url("/admin/leads/failedlead/?tab=failed&reason=too_long")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text(str(wanted.pk))


def test_the_theme_is_switched_by_hand(page: Page, site: Site) -> None:
    page.goto("/admin/")
    button = page.locator("#header .theme-toggle")

    themes = []
    for _ in range(3):
        button.click()
        themes.append(page.evaluate("document.documentElement.dataset.theme"))

    assert set(themes) == {"auto", "light", "dark"}


def test_a_lead_is_worked_with_the_keyboard_alone(page: Page, site: Site) -> None:
    lead = make_failed_lead(site=site)
    page.goto(f"/admin/leads/lead/{lead.pk}/change/")

    page.get_by_text("Discard", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Why is it discarded?").focus()
    page.keyboard.type("spam")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_contain_text("Discarded")


def test_the_demo_page_shows_a_lead_arrive(page: Page, site: Site) -> None:
    demo = Site.objects.get(name="Demo")
    lead = make_lead(site=demo)
    page.goto(f"/demo/?lead={lead.reference}")
    expect(page.get_by_role("status")).to_contain_text("Queued")

    Lead.objects.filter(pk=lead.pk).update(
        status="delivered", zoho_id="1", due_at=None, settled_at=lead.received_at
    )

    expect(page.get_by_role("status")).to_have_text("Zoho has it: 13003.")


def test_a_reason_is_found_by_a_word_and_by_its_link(page: Page, filled: dict[str, int]) -> None:
    page.goto("/help/13002/#too_long")
    expect(page.locator("#too_long")).to_be_in_viewport()

    page.get_by_label("Find a reason").fill("POSTCODE")
    expect(page.locator("#reason-found")).to_have_text(
        "No reason says that. Try one word of the mail."
    )
    page.get_by_label("Find a reason").fill("send anyway")

    expect(page.locator("#reason-found")).to_have_text("1 reason")
    expect(page.locator("#duplicate_email")).to_be_visible()
    expect(page.locator("#too_long")).to_be_hidden()


def test_the_help_page_is_short_on_a_phone(page: Page, filled: dict[str, int]) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/help/13002/")

    assert page.evaluate("document.documentElement.scrollHeight") < 6000


# --- The box in the header ----------------------------------------------------------------------

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
