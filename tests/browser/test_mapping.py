"""The mapping page in a browser: a rule is added, tried, saved, and what is sent follows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from leads.clock import Deadline
from leads.delivery.drain import Drain
from leads.delivery.gateway import get_gateway
from leads.models import Lead, Site
from tests.factories import make_failed_lead, make_lead
from tests.zoho.wire import Play, Wire, reply, stored
from zoho.fit.metadata import STANDARD_LEADS
from zoho.models import Connection, Mapping

DATA = {"contact_name": "Ana Silva", "utm": {"town": "osl"}, "zip": "1"}


@pytest.fixture
def zoho(site: Site) -> Iterator[Wire]:
    """A Zoho that the site's destination is connected to."""
    wire = Wire()
    wire.on("GET /crm/v8/settings/fields", described())
    wire.on("POST /crm/v8/Leads", stored("61000"))
    Connection.objects.update_or_create(
        destination=site.destination,
        defaults={
            "accounts_url": wire.url,
            "client_id": "1000.X",
            "client_secret": "secret",
            "refresh_token": "refresh",
            "access_token": "access",
            "access_stamp": "first",
            "access_expires_at": timezone.now() + timedelta(hours=1),
            "api_domain": wire.url,
        },
    )
    yield wire
    wire.close()


def described() -> Play:
    """Zoho's fields of Leads, with ours."""
    fields = [
        {"api_name": name, "data_type": field.type, "length": field.length}
        for name, field in STANDARD_LEADS.items()
    ]
    ours = {"api_name": "Lead_Ref", "data_type": "text", "length": 50, "unique": {"case": False}}
    return reply(200, {"fields": [*fields, ours]})


def address(site: Site) -> str:
    return f"/admin/leads/site/{site.pk}/mapping/"


def add_a_rule(page: Page) -> Locator:
    """Press “Add a rule” and fill it: utm.town by a table into City."""
    page.get_by_role("button", name="Add a rule").click()
    rule = page.locator("[data-rule]").last
    expect(rule.get_by_label("Field of the lead")).to_be_focused()
    page.keyboard.type("utm.town")
    rule.get_by_label("Transform").select_option("table")
    rule.locator("textarea").fill("osl = Oslo\nbgo = Bergen")
    return rule


def test_what_is_sent_follows_the_mapping_of_today(
    page: Page, site: Site, zoho: Wire, errors: list[str], settings: Any
) -> None:
    settings.RETRY_HOLD = 0
    lead = make_failed_lead(site=site, data=DATA)
    page.goto(address(site))
    page.get_by_role("button", name="Read Zoho's fields again").click()
    expect(page.get_by_text("Read just now.")).to_be_visible()
    rule = add_a_rule(page)
    rule.get_by_label("Zoho field").select_option("City")

    page.get_by_role("button", name="Preview").click()
    expect(page.locator("ins").filter(has_text="Oslo").first).to_be_visible()
    page.get_by_role("button", name="Rehearse on").last.click()
    expect(page.locator("#tried")).to_contain_text("City 1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("The mapping is saved")
    page.goto(f"/admin/leads/lead/{lead.pk}/change/")
    page.get_by_role("button", name="Retry now").click()
    expect(page.locator("h1")).to_contain_text("Queued")
    Drain(site.destination_id, gateway=get_gateway()).run(Deadline(seconds=50))

    (record,) = zoho.seen("POST /crm/v8/Leads")[0].records
    lead.refresh_from_db()
    assert (lead.status, record["City"]) == (Lead.Status.DELIVERED, "Oslo")
    assert errors == []


def test_a_change_takes_back_the_offer_to_save(page: Page, site: Site, zoho: Wire) -> None:
    page.goto(address(site))
    page.get_by_role("button", name="Rehearse on").last.click()
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_be_visible()

    page.locator("[name=source]").first.fill("first_name")

    expect(save).to_be_hidden()
    expect(page.get_by_role("button", name="Save without rehearsal")).to_be_visible()


def test_rows_are_moved_and_removed_with_the_keyboard(page: Page, site: Site) -> None:
    page.goto(address(site))
    sources = page.locator("[data-rule] [name=source]")
    third = sources.nth(2).input_value()

    page.locator("[data-rule]").nth(2).get_by_role("button", name="Move rule up").press("Enter")

    assert sources.nth(1).input_value() == third
    expect(page.locator("[data-rule]").nth(1).locator("[data-move=up]")).to_be_focused()
    count = sources.count()
    page.locator("[data-rule]").nth(1).get_by_role("button", name="Remove").press("Enter")
    assert sources.count() == count - 1
    assert third not in [sources.nth(n).input_value() for n in range(count - 1)]


def test_the_help_follows_the_transform(page: Page, site: Site) -> None:
    page.goto(address(site))
    rule = page.locator("[data-rule]").nth(2)
    expect(rule.locator("textarea")).to_be_hidden()

    rule.get_by_label("Transform").select_option("phone")

    expect(rule.locator("textarea")).to_be_visible()
    expect(rule).to_contain_text("Country of numbers without a prefix")


def test_it_works_without_script(
    browser: Browser, page: Page, site: Site, live_server: LiveServer
) -> None:
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    tab = plain.new_page()
    tab.goto(live_server.url + address(site))

    tab.locator("[data-rule]").nth(2).get_by_role("button", name="Remove").click()
    tab.get_by_role("button", name="Add a rule").click()
    last = tab.locator("[data-rule]").last
    last.get_by_label("Field of the lead").fill("budget")
    last.get_by_label("Zoho field").fill("Rating")
    tab.get_by_role("button", name="Save without rehearsal").click()

    expect(tab.locator(".messagelist")).to_contain_text("saved")
    assert Mapping.objects.get().rules[-1] == {"source": "budget", "target": "Rating"}
    plain.close()


def test_it_fits_a_phone(page: Page, site: Site, zoho: Wire, errors: list[str]) -> None:
    make_lead(site=site, data=DATA | {"a_very_long_name_" * 9: "x" * 300})
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(site))
    add_a_rule(page)

    for button in ("Rehearse on", "Read Zoho's fields again"):
        with page.expect_navigation():
            page.get_by_role("button", name=button).last.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-rule]").last.get_by_label("Zoho field").select_option("City")
    for button in ("Preview", "Rehearse on"):
        with page.expect_navigation():
            page.get_by_role("button", name=button).last.click()
        expect(page.locator("section#tried")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    assert errors == []
