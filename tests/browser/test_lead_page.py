"""The page of a lead, its entry card and its form, in a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from leads.models import Lead, Site
from notifications.models import Notice
from tests.browser.conftest import fits, wrong_on_a_phone
from tests.browser.kit.axe import violations
from tests.factories import make_call, make_failed_lead, make_log, make_user

DATA = {
    "contact_name": "Ana Silva",
    "email": "ana@example.com",
    "zip": "T2P 2M5, Calgary, Alberta",
    "message": "Hello,\nplease call.",
}
PAGES = {
    "lead": "/admin/leads/failedlead/{lead}/change/",
    "entry": "/admin/leads/failedlead/{lead}/entry/",
    "correct": "/admin/leads/failedlead/{lead}/correct/",
    "log": "/admin/leads/apilog/{log}/change/",
    "logs": "/admin/leads/apilog/?http=4xx&slower=1&from=2020-01-01",
    "calls": "/admin/leads/apicall/?http=4xx&slower=1",
}


@pytest.fixture
def lead(page: Page, site: Site) -> Lead:
    """A lead that Zoho refused for its postcode."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return make_failed_lead(site=site, data=DATA, reason="too_long", reason_field="Zip_Code")


def clipboard(page: Page) -> str:
    """What was copied last."""
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_no_page_complains_or_is_wider_than_a_phone(
    page: Page, lead: Lead, errors: list[str]
) -> None:
    call = make_call(request='POST https://a.example/x\n{"a": "' + "y" * 500 + '"}', status=400)
    log = make_log(lead, call=call, status=400, record={"Last_Name": "w" * 300})
    addresses = {name: one.format(lead=lead.pk, log=log.pk) for name, one in PAGES.items()}

    assert wrong_on_a_phone(page, errors, addresses) == []


def test_a_retry_is_taken_back_on_the_page(page: Page, lead: Lead, errors: list[str]) -> None:
    page.goto(f"/admin/leads/failedlead/{lead.pk}/change/")

    page.get_by_role("button", name="Retry now").click()
    expect(page.locator("#coming")).to_contain_text("it leaves in")
    page.get_by_role("button", name="Undo").click()

    expect(page.locator("h1")).to_contain_text("Failed")
    expect(page.locator(".timeline li").first).to_contain_text("Taken back")
    assert errors == []


def test_the_page_shows_what_became_of_a_retry_without_being_asked(page: Page, lead: Lead) -> None:
    page.goto(f"/admin/leads/lead/{lead.pk}/change/")
    page.get_by_role("button", name="Retry now").click()
    expect(page.locator("#coming")).to_be_visible()

    Lead.objects.filter(pk=lead.pk).update(
        status="delivered", zoho_id="1", due_at=None, queued_at=None, settled_at=lead.received_at
    )

    expect(page.locator("h1")).to_contain_text("Delivered")


def test_a_lead_is_entered_by_the_keyboard_alone(page: Page, lead: Lead, errors: list[str]) -> None:
    page.goto(f"/admin/leads/failedlead/{lead.pk}/entry/")
    copied: list[str] = []
    for _ in range(page.locator("[data-card]").count()):
        page.keyboard.press("Enter")
        expect(page.locator("tr.done")).to_have_count(len(copied) + 1)
        copied.append(clipboard(page))
    page.keyboard.type("5725767000000524157")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_contain_text("Entered by hand")
    lead.refresh_from_db()
    assert lead.zoho_id == "5725767000000524157"
    assert copied == ["Ana", "Silva", "ana@example.com", DATA["zip"], DATA["message"]]
    assert errors == []


def test_the_card_is_read_without_script(
    browser: Browser, page: Page, lead: Lead, live_server: LiveServer
) -> None:
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    tab = plain.new_page()
    tab.goto(f"{live_server.url}/admin/leads/failedlead/{lead.pk}/entry/")

    expect(tab.get_by_role("row", name="Last Name")).to_contain_text("Silva")
    expect(tab.get_by_role("button", name="Copy")).to_have_count(0)
    expect(tab.get_by_text("Enter copies a value")).to_be_hidden()
    plain.close()


def test_the_card_prints_its_values_and_nothing_else(page: Page, lead: Lead) -> None:
    page.goto(f"/admin/leads/failedlead/{lead.pk}/entry/")

    page.emulate_media(media="print")

    expect(page.get_by_role("cell", name="Silva", exact=True)).to_be_visible()
    for hidden in ("#header", "#sections", "#entered"):
        expect(page.locator(hidden)).to_be_hidden()


def test_json_and_curl_are_copied(page: Page, lead: Lead) -> None:
    page.goto(f"/admin/leads/lead/{lead.pk}/change/")

    page.get_by_text("Technical details", exact=True).first.click()
    page.get_by_role("button", name="Copy JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert '"contact_name": "Ana Silva"' in clipboard(page)
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("button", name="Copied")).to_have_count(2)
    assert clipboard(page).startswith("curl -X POST https://")


def test_a_payload_can_be_left_unwrapped(page: Page, lead: Lead) -> None:
    page.goto(f"/admin/leads/lead/{lead.pk}/change/")
    page.get_by_text("Technical details", exact=True).first.click()

    page.locator("details[open]").get_by_role("button", name="Wrap lines").first.click()

    expect(page.locator("#as-json")).to_have_css("white-space", "pre")


def test_values_are_checked_before_they_are_sent(page: Page, lead: Lead, errors: list[str]) -> None:
    page.goto(f"/admin/leads/failedlead/{lead.pk}/correct/")
    expect(page.locator(".field-zip")).to_contain_text("moved to Street")

    page.get_by_label("Zip").fill("T2P 2M5")
    page.get_by_role("button", name="Check").click()

    expect(page.get_by_role("status")).to_contain_text("everything fits")
    expect(page.locator(".changes ins")).to_have_text("T2P 2M5")
    page.get_by_role("button", name="Save and send").click()
    expect(page.locator("h1")).to_contain_text("Queued")
    assert errors == []


def test_a_comment_names_a_colleague_who_is_offered_while_one_types(
    look: Page, lead: Lead, errors: list[str]
) -> None:
    make_user("ben", role="Support")
    make_user("anna", role="Support", first_name="Zoë", email="anna@example.com")
    look.goto(f"/admin/leads/lead/{lead.pk}/change/")
    look.get_by_text("Comment", exact=True).click()
    box = look.get_by_label("Comment")

    box.press_sequentially("Ask ana@example.com, @zo")
    expect(look.locator(".mentions [role=option]")).to_have_text(["@anna Zoë"])
    assert (violations(look), fits(look)) == ([], True)
    box.press("Escape")
    expect(look.locator(".mentions [role=option]")).to_have_count(0)
    box.press_sequentially("e")
    box.press("Enter")
    box.press_sequentially("wants an offer, @Be")
    look.locator(".mentions [role=option]").click()
    expect(box).to_have_value("Ask ana@example.com, @anna wants an offer, @ben ")
    look.get_by_role("button", name="Keep the comment").click()

    said = look.locator(".messagelist")
    expect(said).to_contain_text("anna will be told by mail.")
    expect(said).to_contain_text("No mail goes to ben: no e-mail address is known.")
    expect(look.locator(".timeline .note")).to_contain_text("@anna wants an offer, @ben")
    assert Notice.objects.get().recipient == "anna@example.com"


def test_next_leads_through_the_filter_of_the_list(page: Page, lead: Lead, site: Site) -> None:
    older = make_failed_lead(
        site=site, reason="too_long", failed_at=timezone.now() - timedelta(days=2000)
    )
    make_failed_lead(site=site, reason="refused")
    page.goto("/admin/leads/failedlead/?reason=too_long")
    page.get_by_role("link", name=str(lead.pk), exact=True).click()

    page.get_by_role("link", name="Next").click()

    expect(page.locator("h1")).to_contain_text(f"Lead {older.pk}")
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
