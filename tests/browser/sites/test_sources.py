"""Sources in a browser: an address for a form tool, its first post as it comes in, and choices."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Lead, Site, Source, SourceAddress
from tests.browser.conftest import fits
from tests.browser.kit.axe import violations
from tests.browser.kit.senders import ELEMENTOR, GRAVITY, post_as
from tests.browser.test_sites import beat, deliver, walk_to_the_last_step


def connect(page: Page, tool: str) -> str:
    """Walk through the wizard with a form tool; the address that it shows."""
    walk_to_the_last_step(page)
    page.get_by_label(tool, exact=True).check()
    page.get_by_role("button", name="Make the site").click()
    return page.locator("#secret").inner_text()


def check(page: Page) -> None:
    """Nothing is wider than the screen, and no rule of accessibility is broken."""
    assert fits(page)
    assert violations(page) == []


def test_the_first_post_of_a_tool_appears_and_looks_right(look: Page, errors: list[str]) -> None:
    beat()
    address = connect(look, "Elementor")
    listening = look.locator("#listening")
    expect(listening).to_contain_text("Listening")
    expect(look.locator(".clicks li")).to_have_count(3)
    check(look)

    post_as(ELEMENTOR, address)

    expect(listening).to_contain_text("A post came in")
    expect(listening).to_contain_text("Ada Lovelace")
    expect(listening).to_contain_text("fields.name")
    expect(look.locator("[data-listen-word]")).to_contain_text("A post came in: lead")
    check(look)
    deliver(Lead.objects.get())
    expect(listening).to_contain_text("Delivered as record 61234")
    look.get_by_role("button", name="Looks right").press("Enter")
    expect(look.get_by_role("heading", name="Elementor")).to_be_visible()
    expect(look.locator("#listening")).to_have_count(0)
    assert Source.objects.get().confirmed_at is not None
    check(look)
    assert errors == []


def test_a_field_is_read_from_elsewhere_with_the_keyboard(page: Page, reach: None) -> None:
    address = connect(page, "Gravity Forms")
    post_as(GRAVITY, address)
    last = page.get_by_label("Last name is read from")
    expect(last).to_be_visible()
    assert Lead.objects.get().status == Lead.Status.FAILED

    last.focus()
    last.select_option("path:1.6")

    expect(page.locator("#listening .trial")).to_contain_text("Queued")
    expect(page.locator(".choosing")).to_contain_text("a person chose it")
    expect(page.get_by_label("Last name is read from")).to_be_focused()
    page.get_by_label("First name is read from").select_option("path:1.3")
    expect(page.locator(".choosing")).to_contain_text("1.3 (a person chose it)")
    lead = Lead.objects.get()
    assert (lead.name, lead.status) == ("Ada Lovelace", Lead.Status.QUEUED)
    expect(page.locator("#secret")).to_have_text(address)  # still there


def test_a_test_is_in_no_figure(page: Page, reach: None) -> None:
    post_as(ELEMENTOR, connect(page, "Elementor"))

    page.get_by_role("button", name="This was a test").click()

    expect(page.locator("#listening .trial")).to_contain_text("Test lead")
    assert Lead.objects.get().is_test


def test_an_address_is_shown_renewed_and_revoked(look: Page, errors: list[str]) -> None:
    site = Site.objects.get(name="Arctic Spas")
    source = Source.objects.create(site=site, name="Contact page", tool="typeform")
    first = SourceAddress.objects.issue(source, timezone.now())
    look.goto(f"/admin/leads/site/{site.pk}/change/#sources")
    look.get_by_role("link", name="Contact page").click()
    assert first.secret not in look.content()
    check(look)

    look.get_by_role("button", name="Show").click()
    expect(look.locator("#secret")).to_have_text(first.address)
    look.get_by_role("button", name="Renew").click()
    expect(look.locator("#secret")).not_to_have_text(first.address)
    expect(look.get_by_text("was renewed and works until")).to_be_visible()
    check(look)
    look.get_by_role("button", name="End the old now").click()
    expect(look.get_by_text("was renewed and works until")).to_have_count(0)
    look.get_by_role("button", name="Revoke").click()
    expect(look.get_by_role("button", name="Revoke it now")).to_be_visible()
    check(look)
    look.get_by_role("button", name="Revoke it now").click()

    expect(look.locator("h1")).to_contain_text("Revoked")
    assert not SourceAddress.objects.live(timezone.now()).exists()
    assert errors == []


def test_it_works_without_script(page: Page, reach: None) -> None:
    address = connect(page, "Gravity Forms")
    post_as(GRAVITY, address)
    source = Source.objects.get()
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
        base_url=page.url.partition("/admin/")[0],
    )
    tab = plain.new_page()
    tab.goto(f"/admin/leads/site/{source.site_id}/source/{source.pk}/")

    listening = tab.locator("#listening")
    listening.get_by_label("Last name is read from").select_option("path:1.6")
    listening.get_by_role("button", name="Read it so").click()
    expect(tab.locator("#listening .trial")).to_contain_text("Queued")
    tab.get_by_role("button", name="Looks right").click()

    expect(tab.locator(".messagelist")).to_contain_text("is connected")
    plain.close()
