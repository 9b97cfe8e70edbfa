"""What a manager looks at for a minute: the weekly report, a screen on the wall, a printed page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, PdfMargins, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from leads.models import Site, Wallboard
from leads.reasons import Reason
from notifications.tasks import send_notices
from tests.browser.conftest import fits
from tests.browser.kit.axe import violations
from tests.factories import make_failed_lead, make_lead, make_log, make_site

PAGES_OF_A_PDF = re.compile(rb"/Type\s*/Page\b")
PAPER = ("A4", "Letter")
MARGINS: PdfMargins = {"top": "10mm", "right": "10mm", "bottom": "10mm", "left": "10mm"}


@pytest.fixture
def mails(settings: Settings, tmp_path: Path) -> Path:
    """The folder in which mails end, as on a machine without a mail server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


@pytest.fixture
def screen(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """The browser of a screen on a wall: nobody ever logged in there."""
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    yield context
    context.close()


def test_a_weekly_report_is_made_looked_at_and_sent(
    page: Page, site: Site, reach: None, mails: Path, errors: list[str]
) -> None:
    make_failed_lead(site=site)
    page.goto("/admin/notifications/digest/add/")
    page.get_by_label("Recipient").fill("chief@example.com")
    page.locator("select[name=weekday]").select_option("0")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="chief@example.com").first.click()

    page.get_by_role("link", name="Preview and send now").click()
    for title in ("Leads received, by day", "Failed, by day"):
        chart = page.locator("p", has_text=title).locator("img")
        expect(chart).to_have_attribute("alt", "The figures are in the text below.")
    assert page.evaluate("[...document.images].every((one) => one.naturalWidth > 100)")
    assert violations(page) == []
    assert not [*mails.iterdir()]
    page.get_by_role("button", name="Send it now to chief@example.com").click()
    expect(page.get_by_text("It is on the way to chief@example.com.")).to_be_visible()
    send_notices()

    mail = only_mail(mails)
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert (mail["To"], sorted(kinds)) == (
        "chief@example.com",
        ["image/png", "image/png", "text/html", "text/plain"],
    )
    assert errors == []


def only_mail(folder: Path) -> EmailMessage:
    """The one that lies there."""
    [one] = folder.iterdir()
    written = one.read_bytes().rpartition(b"-" * 79)[0]
    mail = message_from_bytes(written, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_wallboard_is_made_hung_up_and_taken_down(
    page: Page, screen: BrowserContext, site: Site, reach: None, errors: list[str]
) -> None:
    page.goto("/admin/leads/wallboard/add/")
    page.locator("#id_name").fill("Hall")
    page.get_by_role("button", name="Save", exact=True).click()
    address = page.locator("code").inner_text()
    wall = screen.new_page()
    wall.clock.install()

    wall.goto(address)
    received = wall.locator("dl > div").first.locator("dd").first
    expect(received).to_have_text("0")
    assert fits(wall)
    make_lead(site=site)
    Wallboard.objects.update(counted_at=None)  # ten seconds later
    wall.clock.fast_forward(11_000)
    expect(received).to_have_text("1")
    assert violations(wall) == []

    page.goto("/admin/leads/wallboard/")
    page.get_by_role("link", name="Hall").click()
    page.get_by_role("button", name="Revoke its address").click()
    expect(page.get_by_text("The address of Hall opens nothing any more.")).to_be_visible()
    answer = wall.goto(address)
    assert answer
    assert answer.status == 404
    assert "Arctic" not in wall.content()
    assert errors == []


def test_the_dashboard_prints_on_one_page(page: Page, site: Site) -> None:
    """More sites, reasons and campaigns than a page holds, in both languages."""
    sites = [site, *(make_site(name=f"A dealer of a rather long name {n}") for n in range(12))]
    for number, (reason, one) in enumerate(zip(Reason, sites, strict=False)):
        attribution = f"newsletter\nmail summer {number}\nshop.example/spas/{number}"
        make_log(make_failed_lead(site=one, reason=reason, attribution=attribution))
    page.emulate_media(media="print", color_scheme="dark")

    for language in ("en", "de"):
        page.goto("/admin/?range=30d&table=1")
        with page.expect_navigation():
            page.locator(f"form.language button[value={language}]").dispatch_event("click")
        for paper in PAPER:
            printed = page.pdf(format=paper, margin=MARGINS)
            assert len(PAGES_OF_A_PDF.findall(printed)) == 1, (language, paper)
