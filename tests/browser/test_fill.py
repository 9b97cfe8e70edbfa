"""Thirty leads for want of one mandatory field: off the table in a few clicks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, ViewportSize, expect

from leads.clock import Deadline
from leads.decisions.bulk import run
from leads.delivery.gateway import get_gateway
from leads.models import BulkRetry, Lead, Site
from tests.browser.kit.axe import violations
from tests.browser.kit.chromium import Scheme
from tests.browser.test_every_page import SETTLED
from tests.factories import make_failed_lead
from zoho.models import Connection, Mapping, ModuleFields

TABLE = "/admin/leads/failedlead/"
PHONE: ViewportSize = {"width": 390, "height": 844}
CHOICES = [["Web site", "Web site"], ["Trade fair", "Trade fair"]]
FIELDS: dict[str, Any] = {
    "Last_Name": {"type": "text", "length": 80, "mandatory": True},
    "First_Name": {"type": "text", "length": 40},
    "Lead_Source": {"type": "picklist", "label": "Lead Source", "values": CHOICES},
    "Starts": {"type": "datetime", "label": "Starts"},
    "Description": {"type": "textarea", "length": 32000},
}


@pytest.fixture
def thirty(site: Site) -> list[Lead]:
    """Leads that Zoho refused because a source was missing, and one that is held otherwise."""
    connection, _made = Connection.objects.get_or_create(destination=site.destination)
    ModuleFields.objects.create(
        connection=connection, module="Leads", fields=FIELDS, read_at=timezone.now()
    )
    now, data = timezone.now(), {"contact_name": "Ana Silva", "utm": {"source": "fair"}}
    make_failed_lead(site=site, reason="quarantined", failed_at=now)
    return [
        make_failed_lead(
            site=site, data=data, reason="mandatory_missing",
            reason_field="Lead_Source" if n else "Lead_Source, Starts",
            failed_at=now - timedelta(minutes=n + 1),
        )
        for n in range(30)
    ]  # fmt: skip


class Hand:
    """A hand that counts its clicks, and eyes that look at each page it has led to."""

    def __init__(self, page: Page, errors: list[str]) -> None:
        self.page, self.errors, self.clicks = page, errors, 0

    def press(self, what: Locator) -> None:
        """Click, and look in both themes and on a phone."""
        what.click()
        self.clicks += 1
        self.look()

    def look(self) -> None:
        """No fault of accessibility, and nothing wider than a phone."""
        self.page.wait_for_load_state()
        assert self.errors == []
        schemes: tuple[Scheme, ...] = ("light", "dark")
        for scheme in schemes:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.evaluate(SETTLED)
            assert violations(self.page) == []
        size = self.page.viewport_size
        assert size
        self.page.set_viewport_size(PHONE)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        self.page.set_viewport_size(size)
        # What the checker itself makes the console say: it tries styles on.
        self.errors.clear()


def test_thirty_leads_of_a_mandatory_field_in_six_clicks(
    page: Page, thirty: list[Lead], errors: list[str]
) -> None:
    hand = Hand(page, errors)
    page.goto(TABLE)
    hand.look()

    hand.press(page.get_by_role("link", name="Fill in… A field that Zoho requires is empty"))
    expect(page.locator("h1")).to_have_text("Fill in Lead Source for 30 leads")
    page.get_by_label("Lead Source").select_option("Web site")
    hand.press(page.get_by_label("And from now on"))
    hand.press(page.get_by_role("button", name="Preview"))
    expect(page.locator("form.correction")).to_contain_text("29 of 30")
    expect(page.locator("form.correction")).to_contain_text("1 would still fail.")
    expect(page.locator(".trial tbody tr")).to_have_count(20)
    hand.press(page.get_by_role("button", name="Fill in and retry 30 leads"))

    expect(page.locator("progress")).to_be_visible()
    run.run(BulkRetry.objects.get().pk, Deadline(30))
    assert {get_gateway().preview(lead).record["Lead_Source"] for lead in refreshed(thirty)} == {
        "Web site"
    }
    assert Mapping.objects.get().rules[-1]["argument"] == "Web site"
    assert hand.clicks + 2 <= 6  # a drop-down takes two
    assert errors == []


def test_one_lead_is_filled_in_checked_sent_and_the_next_one_is_there(
    page: Page, thirty: list[Lead], errors: list[str]
) -> None:
    hand = Hand(page, errors)
    page.goto(TABLE + "?reason=mandatory_missing")
    hand.press(page.get_by_role("link", name=f"Edit and retry lead {thirty[0].pk}", exact=True))

    expect(page.get_by_label("Starts")).to_have_attribute("type", "datetime-local")
    page.get_by_label("Lead Source").select_option("Trade fair")
    hand.press(page.get_by_role("button", name="Check"))
    expect(page.locator(".next").first).to_contain_text("because Starts was empty")
    page.get_by_label("Starts").fill("2026-12-01T09:30")
    hand.press(page.get_by_role("button", name="Save, send, next lead"))

    expect(page.locator("h1")).to_have_text("Edit and retry")
    expect(page.locator(".headline")).to_contain_text(f"Lead {thirty[1].pk}")
    hand.press(page.get_by_role("link", name="Back"))
    assert page.url.endswith("?reason=mandatory_missing")
    sent = refreshed(thirty)[0]
    record = get_gateway().preview(sent).record
    assert (record["Lead_Source"], record["Starts"]) == ("Trade fair", "2026-12-01T09:30:00+00:00")
    hand.page.goto(f"{TABLE}{thirty[1].pk}/entry/")
    hand.look()
    expect(page.get_by_label("Lead Source")).to_be_visible()
    assert errors == []


def refreshed(leads: list[Lead]) -> list[Lead]:
    """The leads as they are now, in their order."""
    known = Lead.objects.in_bulk([lead.pk for lead in leads])
    return [known[lead.pk] for lead in leads]
