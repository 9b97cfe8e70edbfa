"""From a mail to its leads without an account: link, code, act; a forwarded mail opens nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from leads.models import Lead, Preferences, Site
from notifications.tasks import send_notices
from tests.browser.test_every_page import Walker
from tests.factories import make_failed_lead
from tests.notifications.factories import a_notice
from tests.notifications.link_pages.conftest import PERSON, READER, code_in
from tests.notifications.mailserver import Inbox, listening
from tests.postgres import free_port


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Inbox]:
    """What the mail server of the reader receives."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    inbox = Inbox()
    with listening(inbox, settings.EMAIL_PORT):
        yield inbox


@pytest.fixture
def leads(site: Site, reach: None) -> list[Lead]:
    """Failed leads of a site whose mails hold links; one of them says more than fits."""
    Site.objects.filter(pk=site.pk).update(recipients=READER, mail_links=True)
    Preferences.load()
    Preferences.objects.update(our_name="Northern Spas", our_contact="desk@north.example")
    site.refresh_from_db()
    long = {**PERSON, "message": "x" * 400 + "\n" * 3 + "Call me.", "contact_name": "W" * 90}
    return [
        make_failed_lead(site=site, data=data, reason=reason)
        for data, reason in [(PERSON, "too_long"), (PERSON, "refused"), (long, "refused")] * 2
    ]


def stranger(browser: Browser, home: str, errors: list[str]) -> Page:
    """A browser that nobody has used before."""
    page = browser.new_context(base_url=home, reduced_motion="reduce").new_page()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


def test_from_the_mail_to_the_act_and_not_for_who_was_forwarded_it(
    browser: Browser,
    page: Page,
    live_server: LiveServer,
    errors: list[str],
    inbox: Inbox,
    leads: list[Lead],
) -> None:
    for lead in leads:
        a_notice(lead, READER)
    send_notices()
    (link, *_rest) = re.findall(rf'href="({live_server.url}/act/[^"]+)"', inbox.html())
    reader = stranger(browser, live_server.url, errors)
    walker = Walker(reader, errors, live_server.url)

    walker.visit(link.removeprefix(live_server.url))
    reader.get_by_role("button", name="Mail me a code").click()
    expect(reader.get_by_role("status")).to_contain_text("A code is on its way")
    walker.look("waiting for a code")
    reader.get_by_label("The code of the mail").fill("000 00")
    reader.get_by_role("button", name="Open").click()
    expect(reader.get_by_role("alert")).to_be_visible()
    errors[:] = [said for said in errors if "400" not in said]
    walker.look("no code")
    send_notices()
    reader.get_by_label("The code of the mail").fill(code_in(inbox.text(1)))
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", name="6 leads of your mail")).to_be_visible()
    walker.look("the leads of a mail")
    for lead in leads[:3]:
        walker.visit(f"{link}{lead.pk}/".removeprefix(live_server.url))

    reader.goto(f"{link}{leads[0].pk}/")
    expect(reader.get_by_text("Fortin", exact=True)).to_be_visible()
    reader.get_by_label("Zoho id, if at hand").fill("61000")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("status").first).to_contain_text("Marked as entered by hand by you")
    walker.look("a lead that was entered")
    reader.goto(f"{link}{leads[1].pk}/")
    reader.get_by_role("button", name="Send again").click()
    expect(reader.get_by_role("status").first).to_contain_text("Retried by you")
    reader.goto(f"{link}{leads[2].pk}/")
    reader.get_by_label("Why?").fill("An advertisement")
    reader.get_by_role("button", name="Not a lead").click()
    expect(reader.get_by_role("status").first).to_contain_text("Discarded by you")

    moved = [Lead.objects.get(pk=lead.pk) for lead in leads[:3]]
    assert [lead.status for lead in moved] == ["entered", "queued", "discarded"]
    assert {event.link for lead in moved for event in lead.events.all()} == {READER}

    # The boss has the mail too, and an account; a link is its reader's.
    for other in (stranger(browser, live_server.url, errors), page):
        other.goto(f"{link}{leads[0].pk}/")
        expect(other.get_by_role("heading", name="Show that it is your mail.")).to_be_visible()
        assert "Fortin" not in other.content()
    assert not walker.wrong, "\n".join(walker.wrong)
    assert errors == []
