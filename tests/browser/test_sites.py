"""Sites in a browser: the wizard, a form on a page elsewhere, a test lead, a change of keys."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from leads.models import Destination, Heartbeat, Lead, Site, SiteKey
from leads.shown import snippets
from tests.browser.conftest import fits
from zoho.models import Connection


def beat() -> None:
    """A worker lives, as far as anybody can see."""
    now = timezone.now()
    Heartbeat.of_this_process(now).beat(now)


def deliver(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(
        status="delivered", zoho_id="61234", due_at=None, settled_at=lead.received_at
    )


def walk_to_the_last_step(page: Page, name: str = "Solar Quotes") -> None:
    page.goto("/admin/leads/site/connect/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Recipients").fill("sales@example.com")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Hold a lead whose e-mail exists").check()
    page.get_by_role("button", name="Continue").click()


def test_a_site_is_connected_and_tried(look: Page, errors: list[str]) -> None:
    beat()
    walk_to_the_last_step(look)
    assert fits(look)
    look.get_by_label("Its server posts").check()
    look.get_by_role("button", name="Make the site and its key").click()

    secret = look.locator("#secret").inner_text()
    assert SiteKey.objects.live().filter(digest=SiteKey.digest_of(secret)).exists()
    look.get_by_text("Python", exact=True).click()
    expect(look.locator("#code-python")).to_contain_text(f'KEY = "{secret}"')
    expect(look.locator("#code-curl")).to_be_hidden()
    look.get_by_role("button", name="Send a test lead").click()
    place = look.locator("[data-trial-place]")
    expect(place).to_contain_text("It leaves with the next call to Zoho")
    deliver(Lead.objects.get(is_test=True))
    expect(place).to_contain_text("Delivered as record 61234")
    expect(look.locator("#secret")).to_have_text(secret)  # still there
    assert fits(look)
    assert errors == []


def test_back_and_forward_lose_nothing(page: Page, reach: None, errors: list[str]) -> None:
    walk_to_the_last_step(page)

    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Hold a lead whose e-mail exists")).to_be_checked()
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Solar Quotes")

    assert not Site.objects.filter(name="Solar Quotes").exists()
    assert errors == []


def test_the_key_page_comes_back_with_the_same_key(page: Page, reach: None) -> None:
    walk_to_the_last_step(page)
    page.get_by_role("button", name="Make the site and its key").dblclick()
    page.wait_for_selector("#secret")
    secret = page.locator("#secret").inner_text()

    page.reload()

    expect(page.locator("#secret")).to_have_text(secret)
    assert Site.objects.filter(name="Solar Quotes").count() == 1
    assert SiteKey.objects.filter(site__name="Solar Quotes").count() == 1


def test_it_works_without_script(
    browser: Browser, page: Page, reach: None, live_server: LiveServer
) -> None:
    plain = browser.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
    )
    tab = plain.new_page()
    walk_to_the_last_step(tab)
    tab.get_by_role("button", name="Make the site and its key").click()
    tab.get_by_text("PHP", exact=True).click()
    expect(tab.locator("#code-php")).to_be_visible()
    expect(tab.locator("#code-curl")).to_be_hidden()

    with plain.expect_page() as opened:
        tab.get_by_role("button", name="Send a test lead").click()

    expect(opened.value.locator("#test")).to_contain_text("Test lead")
    expect(tab.locator("#secret")).to_be_visible()
    plain.close()


def test_origins_are_asked_for_when_a_form_posts(page: Page, reach: None) -> None:
    walk_to_the_last_step(page)
    pages = page.get_by_label("Pages that may post")
    expect(pages).to_be_hidden()

    page.get_by_label("A form on its pages posts").check()
    expect(pages).to_be_visible()
    page.get_by_role("button", name="Make the site and its key").click()

    expect(page.locator("#row-allowed_origins")).to_contain_text("Name the site whose pages")


def test_tabs_are_turned_with_the_keyboard(page: Page, reach: None) -> None:
    walk_to_the_last_step(page)
    page.get_by_role("button", name="Make the site and its key").click()
    page.locator("#tab-curl").focus()

    page.keyboard.press("ArrowRight")

    expect(page.locator("#code-python")).to_be_visible()


class Elsewhere(BaseHTTPRequestHandler):
    """The site's own page, on its own server."""

    html = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.html)

    def log_message(self, *_args: object) -> None:
        pass


def test_the_form_of_the_snippet_posts_a_lead(browser: Browser, page: Page, reach: None) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    site = Site.objects.get(name="Arctic Spas")
    Site.objects.filter(pk=site.pk).update(allowed_origins=origin)
    _key, token = SiteKey.objects.issue(site, SiteKey.Kind.FORM)
    Elsewhere.html = snippets.for_form(token, site.honeypot)[0].code.encode()
    visitor = browser.new_context().new_page()
    visitor.goto(origin)

    visitor.get_by_label("Name", exact=True).fill("Ada Lovelace")
    visitor.get_by_label("Message").fill("Call me")
    expect(visitor.get_by_label("Leave this empty")).to_be_hidden()
    visitor.get_by_role("button", name="Send").click()

    expect(visitor.get_by_text("Thank you")).to_be_visible()
    lead = Lead.objects.get()
    assert (lead.site, lead.name, lead.status) == (site, "Ada Lovelace", Lead.Status.QUEUED)
    server.shutdown()
    server.server_close()


def test_a_failed_test_lead_says_why_on_the_sites_page(look: Page, errors: list[str]) -> None:
    beat()
    site = Site.objects.get(name="Arctic Spas")
    look.goto(f"/admin/leads/site/{site.pk}/change/")
    look.get_by_role("button", name="Send a test lead").click()
    place = look.locator("[data-trial-place]")
    expect(place).to_contain_text("It leaves with the next call")
    lead = Lead.objects.get()

    Lead.objects.filter(pk=lead.pk).update(
        status="failed",
        reason="too_long",
        reason_text="Zip_Code: at most 10",
        due_at=None,
        failed_at=lead.received_at,
        settled_at=lead.received_at,
    )

    expect(place).to_contain_text("Value too long for the Zoho field")
    expect(place).to_contain_text("Zip_Code: at most 10")
    assert fits(look)
    assert errors == []


def test_a_key_is_changed_without_a_gap(look: Page, errors: list[str]) -> None:
    site = Site.objects.get(name="Arctic Spas")
    old, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET, "old server")
    SiteKey.objects.filter(pk=old.pk).update(last_used_at=timezone.now())
    look.goto(f"/admin/leads/site/{site.pk}/change/#keys")

    look.get_by_text("Change to a new key, or issue another").click()
    look.get_by_role("button", name="Issue a new key").click()
    expect(look.get_by_text("Both keys work")).to_be_visible()
    assert fits(look)
    look.get_by_role("link", name="I have it: back to the site").click()
    steps = look.locator(".todo")
    expect(steps).to_contain_text("Put the new key into the site")
    now = timezone.now()
    SiteKey.objects.exclude(pk=old.pk).update(last_used_at=now)
    SiteKey.objects.filter(pk=old.pk).update(last_used_at=now - timedelta(hours=2))
    look.reload()
    look.get_by_role("button", name="Revoke the old key").click()

    expect(look.locator(".messagelist")).to_contain_text("is revoked")
    old.refresh_from_db()
    assert old.revoked_at is not None
    assert fits(look)
    assert errors == []


def test_revoking_a_key_in_use_asks_first(page: Page) -> None:
    site = Site.objects.get(name="Arctic Spas")
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    SiteKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    page.goto(f"/admin/leads/site/{site.pk}/change/#keys")

    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("It is in use.")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()

    key.refresh_from_db()
    assert key.revoked_at is None


TABS = ["Overview", "Senders", "Zoho and notices", "Settings"]


def opened(page: Page) -> list[str]:
    """The tabs that are selected, each with its panel in sight and no other."""
    names = page.get_by_role("tab", selected=True).all_inner_texts()
    panels = page.get_by_role("tabpanel")
    assert [panels.nth(n).get_attribute("aria-labelledby") for n in range(panels.count())] == [
        page.get_by_role("tab", name=name).get_attribute("id") for name in names
    ]
    return names


def test_the_tabs_of_a_site_are_walked_with_the_keyboard(
    page: Page, site: Site, errors: list[str]
) -> None:
    page.goto(f"/admin/leads/site/{site.pk}/change/")
    assert page.get_by_role("tab").all_inner_texts() == TABS
    assert opened(page) == ["Overview"]
    page.get_by_role("tab", name="Overview").focus()

    for key, name in [
        ("ArrowRight", "Senders"),
        ("ArrowLeft", "Overview"),
        ("ArrowLeft", "Settings"),
        ("ArrowRight", "Overview"),
        ("End", "Settings"),
        ("Home", "Overview"),
    ]:
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        assert opened(page) == [name]
    page.get_by_role("tab", name="Senders").click()
    page.keyboard.press("Tab")
    expect(page.locator("#senders :focus")).to_have_count(1)
    page.reload()
    assert opened(page) == ["Senders"]
    assert errors == []


def test_an_address_opens_the_tab_of_what_it_names(page: Page, site: Site) -> None:
    for name, tab in [
        ("keys", "Senders"),
        ("notices", "Zoho and notices"),
        ("test", "Overview"),
        ("id_recipients", "Settings"),
        ("nonsense", "Settings"),
    ]:
        page.goto(f"/admin/leads/site/{site.pk}/change/#{name}")
        expect(page.get_by_role("tab", selected=True)).to_have_text(tab)
        assert opened(page) == [tab]


@pytest.mark.parametrize("tab", ["senders", "to-zoho", "settings"])
def test_an_address_of_a_tab_shows_the_page_from_its_top(page: Page, site: Site, tab: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 500})
    page.goto(f"/admin/leads/site/{site.pk}/change/#{tab}")

    expect(page.get_by_role("tab", selected=True)).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0


def test_what_is_wrong_is_in_the_tab_that_opens(page: Page, site: Site) -> None:
    page.goto(f"/admin/leads/site/{site.pk}/change/#settings")
    page.get_by_label("Name:", exact=True).fill("")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Please correct the error below.")).to_be_visible()
    assert opened(page) == ["Settings"]
    page.evaluate("location.hash = 'senders'")
    expect(page.get_by_role("tab", selected=True)).to_have_text("Senders")
    page.get_by_role("tab", name="Settings").click()
    page.get_by_label("Name:", exact=True).fill("Arctic")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    assert opened(page) == ["Settings"]


def test_a_test_lead_is_seen_from_whatever_tab(page: Page, site: Site) -> None:
    beat()
    page.goto(f"/admin/leads/site/{site.pk}/change/#settings")

    page.get_by_role("button", name="Send a test lead").click()

    expect(page.locator("[data-trial-place]")).to_contain_text("It leaves with the next call")
    assert opened(page) == ["Overview"]


def test_the_first_steps_are_ticked_off_and_leave_for_good(look: Page, errors: list[str]) -> None:
    beat()
    site = Site.objects.get(name="Arctic Spas")
    SiteKey.objects.all().delete()
    look.goto("/admin/")
    steps = look.locator(".onboarding li")
    expect(steps).to_have_count(3)
    expect(look.locator(".onboarding li.done")).to_have_count(0)
    assert fits(look)
    values = {"client_id": "1", "client_secret": "s", "refresh_token": "r"}
    Connection.objects.update_or_create(destination=site.destination, defaults=values)
    SiteKey.objects.issue(site, SiteKey.Kind.SECRET)

    look.reload()
    expect(look.locator(".onboarding li.done")).to_have_count(2)
    look.get_by_role("link", name="Send a test lead").click()
    look.get_by_role("button", name="Send a test lead").click()
    expect(look.locator("[data-trial-place]")).to_contain_text("Test lead")
    Destination.objects.update(last_success_at=timezone.now())
    look.goto("/admin/")

    expect(look.locator(".onboarding")).to_have_count(0)
    assert errors == []


def test_the_list_of_sites_fits(look: Page, errors: list[str]) -> None:
    Site.objects.filter(name="Arctic Spas").update(
        quiet_since=timezone.now() - timedelta(hours=9), name="Arctic Spas of " + "Calgary" * 11
    )

    look.goto("/admin/leads/site/")

    expect(look.locator("#result_list")).to_contain_text("Silent since")
    assert fits(look)
    assert errors == []
