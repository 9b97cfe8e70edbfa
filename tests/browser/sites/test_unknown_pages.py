"""A form posts from a page that nobody allowed: held, seen, allowed and released, by keyboard."""

from __future__ import annotations

from django.test import Client
from playwright.sync_api import Page, expect

from leads.models import Lead, Site, SiteKey
from tests.browser.conftest import fits
from tests.browser.kit.axe import violations

NEW = "https://new.example"


def post_from(page: str, site: Site, name: str) -> None:
    """What a browser posts for a form on the page; its visitor is thanked."""
    token = SiteKey.objects.issue(site, SiteKey.Kind.FORM)[0].token
    form = {"contact_name": name, "email": f"{name.lower()}@example.com"}
    answer = Client().post(f"/f/{token}/", form, headers={"Origin": page})
    assert answer.status_code == 200
    assert b"Thank you" in answer.content


def check(page: Page) -> None:
    """Nothing is wider than the screen, and no rule of accessibility is broken."""
    assert fits(page)
    assert violations(page) == []


def test_an_unknown_page_is_allowed_and_its_leads_are_released(
    look: Page, site: Site, errors: list[str]
) -> None:
    for name in ("Ada", "Grace"):
        post_from(NEW, site, name)
    assert set(Lead.objects.values_list("status", "reason")) == {("failed", "quarantined")}

    look.goto(f"/admin/leads/site/{site.pk}/change/")
    expect(look.locator("#unknown-pages")).to_contain_text(NEW)
    look.get_by_role("link", name="Look at them").press("Enter")
    expect(look.get_by_role("heading", name="new.example")).to_contain_text("2 held")
    check(look)
    look.get_by_role("link", name="Allow this page").press("Enter")
    for said in ("2 held leads will be released", "Ada", "Grace"):
        expect(look.locator("#content")).to_contain_text(said)
    check(look)
    assert set(Lead.objects.values_list("status", flat=True)) == {"failed"}
    post_from(NEW, site, "Linus")  # unseen, and so not released
    look.get_by_role("button", name="Allow this page").press("Enter")

    expect(look.locator(".messagelist")).to_contain_text("Held leads on their way now: 2.")
    expect(look.get_by_role("heading", name="new.example")).to_contain_text("1 held")
    check(look)
    sent = dict(Lead.objects.values_list("name", "status"))
    assert sent == {"Ada": "queued", "Grace": "queued", "Linus": "failed"}
    site.refresh_from_db()
    assert site.origin_list == [NEW]
    assert errors == []
