"""Sixty failed leads of a morning: how many clicks until none is left, and one caller among them.

Every click is counted, a drop-down as two; typing is not. Each cause is dealt with as its advice
says, the leads of a cause at once, and every page that asks is read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from leads.clock import Deadline
from leads.decisions.bulk import run
from leads.models import BulkRetry, Lead, Site
from leads.search.fill import fill_older
from tests.browser.test_fill import FIELDS
from tests.factories import make_failed_lead
from zoho.models import Connection, ModuleFields

TABLE = "/admin/leads/failedlead/"
CLICKS, MOST_CLICKS = 24, 25
CAUSES: dict[str, tuple[int, dict[str, Any]]] = {
    "mandatory_missing": (30, {"reason_field": "Lead_Source"}),
    "missing_field": (11, {"reason_field": "contact_name"}),
    "duplicate_email": (8, {}),
    "duplicate_record": (5, {"in_the_way": "61000", "reason_field": "Email"}),
    "quarantined": (4, {}),
    "outcome_unknown": (2, {"maybe_landed": True, "landed_revision": 0}),
}


@pytest.fixture
def sixty(site: Site) -> list[Lead]:
    """Those of issue 14; the nameless have an e-mail address."""
    connection, _made = Connection.objects.get_or_create(destination=site.destination)
    now = timezone.now()
    ModuleFields.objects.create(connection=connection, module="Leads", fields=FIELDS, read_at=now)
    leads: list[Lead] = []
    for reason, (count, values) in CAUSES.items():
        for n in range(count):
            data = {"contact_name": f"Ana {reason} {n}", "email": f"{reason}{n}@example.com"}
            if reason == "missing_field":
                del data["contact_name"]
            failed_at = now - timedelta(minutes=len(leads) + 1)
            leads.append(
                make_failed_lead(site=site, data=data, reason=reason, failed_at=failed_at, **values)
            )
    return leads


class Hand:
    """A hand that counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def press(self, role: Any, name: str) -> None:
        """Click."""
        self.click(self.page.get_by_role(role, name=name))

    def click(self, what: Locator) -> None:
        """Click what is found, which must be one thing and in sight or near."""
        what.click()
        self.clicks += 1

    def choose(self, label: str, option: str) -> None:
        """Open a drop-down and choose in it."""
        self.page.get_by_label(label).select_option(option)
        self.clicks += 2


def left() -> int:
    """Leads that still stand in the table."""
    return Lead.objects.failed().count()


def fill_in(hand: Hand, chip: str, label: str, option: str) -> None:
    """All leads of a cause by its chip, with a look at what they become."""
    hand.press("link", f"Fill in… {chip}")
    hand.choose(label, option)
    hand.press("button", "Preview")
    expect(hand.page.locator("form.correction")).not_to_contain_text("would still fail")
    hand.click(hand.page.get_by_role("button", name="Fill in and retry"))
    expect(hand.page.locator("progress")).to_be_visible()
    run.run(BulkRetry.objects.latest("pk").pk, Deadline(30))
    hand.click(hand.page.locator(".failed-link"))


def test_sixty_leads_leave_the_table_in_few_clicks(
    page: Page, sixty: list[Lead], errors: list[str]
) -> None:
    hand = Hand(page)
    page.goto(TABLE)
    assert left() == 60

    fill_in(hand, "A field that Zoho requires is empty", "Lead Source", "Web site")
    assert left() == 30
    fill_in(hand, "The site sent no name", "Or what each lead holds at", "email")
    assert left() == 19
    hand.press("button", "Send anyway… Duplicate e-mail")
    hand.press("button", "Send anyway")
    assert left() == 11
    hand.press("button", "Update existing… Already in Zoho")
    hand.press("button", "Update existing")
    assert left() == 6
    hand.press("button", "Discard… Looks like spam")
    page.get_by_label("Why is it discarded?").fill("Spam")
    hand.press("button", "Discard")
    assert left() == 2
    # Whether they are there is looked up in Zoho, lead by lead.
    for lead in Lead.objects.failed().order_by("-failed_at"):
        hand.press("link", f"By hand: enter lead {lead.pk}")
        hand.press("button", "It is in Zoho now")
        hand.click(page.locator(".failed-link"))

    assert left() == 0
    assert hand.clicks == CLICKS <= MOST_CLICKS
    assert errors == []


@pytest.mark.parametrize("typed", ["5551106", "(403) 555-1106", "fortin aisha", "aisha.f"])
def test_a_caller_is_found_by_one_search(
    page: Page, sixty: list[Lead], site: Site, typed: str
) -> None:
    data = {"contact_name": "Aïsha Fortin", "email": "aisha.f@example.com", "phone": "4035551106"}
    caller = make_failed_lead(site=site, data=data, reason="too_long")
    while fill_older():
        pass
    page.goto(TABLE)

    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")

    expect(page.locator("main, #content").first).to_contain_text("Aïsha Fortin")
    expect(page.get_by_role("link", name=str(caller.pk)).first).to_be_visible()
