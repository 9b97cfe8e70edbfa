"""Nothing of the failed table moves under the mouse, but for what the mouse has asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Lead, Site
from tests.browser.conftest import fits
from tests.browser.kit.axe import violations
from tests.factories import make_failed_lead

TABLE = "/admin/leads/failedlead/"
WATCH = """
() => new Promise((arrived) => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries())
      for (const source of one.sources) window.moved.push(source.node && source.node.outerHTML);
  }).observe({ type: "layout-shift" });
  arrived();
})))
"""
"""Keeps whatever the browser itself calls a shift, with or without a click before it, from the
frame on in which the page is whole: on a busy machine a row itself is painted in pieces."""
FIRST_ROW = '() => document.querySelector("#result_list tbody tr").getBoundingClientRect().top'


@pytest.fixture
def ten(site: Site) -> list[Lead]:
    """More leads than a phone shows."""
    now = timezone.now()
    return [
        make_failed_lead(
            site=site, reason="too_long" if n % 2 else "refused",
            failed_at=now - timedelta(minutes=n + 1),
        )
        for n in range(10)
    ]  # fmt: skip


def test_nothing_moves_when_leads_come_in_or_a_drawer_opens_or_a_filter_is_chosen(
    look: Page, ten: list[Lead], site: Site, errors: list[str]
) -> None:
    look.goto(TABLE)
    look.evaluate(WATCH)
    top: Any = look.evaluate(FIRST_ROW)
    make_failed_lead(site=site)
    expect(look.get_by_role("link", name="1 new, load")).to_be_visible()
    for name in ("Filters", "Saved views"):
        look.locator("summary", has_text=name).click()
        expect(look.locator(".drawer[open]")).to_have_count(1)
        assert look.evaluate(FIRST_ROW) == top
        assert (violations(look), fits(look)) == ([], True)
    look.keyboard.press("Escape")
    expect(look.locator(".drawer[open]")).to_have_count(0)

    assert look.evaluate("window.moved") == []
    look.goto(TABLE + "?reason=too_long")
    look.evaluate(WATCH)
    expect(look.locator(".narrowed")).to_contain_text("Only Value too long")
    assert look.evaluate(FIRST_ROW) == top
    assert look.evaluate("window.moved") == []
    # What the checker itself makes the console say: it tries styles on.
    errors.clear()
