"""What is photographed, in the order of a working day."""

from __future__ import annotations

from functools import partial
from typing import Any

from playwright.sync_api import Page, expect

from docs.pictures import reach
from docs.pictures.camera import Shot

FAILED, LEAD, SITE = "/admin/leads/failedlead/", "/admin/leads/lead/", "/admin/leads/site/"
PEOPLE = "/admin/auth/"


def empty() -> list[Shot]:
    """An installation that nobody has used."""
    return [
        Shot("first-steps", "/admin/"),
        Shot("failed-empty", FAILED),
    ]


def desk(ids: dict[str, Any]) -> list[Shot]:
    """What staff and managers open."""
    lead, site, destination = ids["lead"], ids["site"], ids["destination"]
    listening = f"{SITE}{ids['listening_site']}/source/{ids['listening']}/"
    return [
        Shot("dashboard", "/admin/"),
        Shot("failed", FAILED),
        Shot("failed-filters", FAILED + "?reason=too_long", open_drawer),
        Shot("failed-waiting", FAILED + "?tab=waiting"),
        Shot("failed-incomplete", FAILED + "?tab=incomplete"),
        Shot("fill", "/admin/leads/bulkretry/fill/?reason=mandatory_missing", fill_in),
        Shot("find", "/admin/", find),
        Shot("assign", f"{LEAD}{lead}/change/", assign, at=".assign-form"),
        Shot("report", f"/admin/notifications/digest/{ids['digest']}/preview/"),
        Shot("wallboard", "/admin/leads/wallboard/add/", open_the_wallboard),
        Shot("repairs", "/admin/zoho/repair/"),
        Shot("repair", f"/admin/zoho/repair/{ids['repair']}/change/"),
        Shot("bulk-plan", "/admin/leads/bulkretry/plan/"),
        Shot("bulk-progress", f"/admin/leads/bulkretry/{ids['bulk']}/change/"),
        Shot("lead", f"{LEAD}{lead}/change/"),
        Shot("entry-card", f"{FAILED}{lead}/entry/"),
        Shot("correct", f"{FAILED}{lead}/correct/"),
        Shot("person", f"{LEAD}{lead}/person/"),
        Shot("leads", LEAD),
        Shot("logs", "/admin/leads/apilog/"),
        Shot("call", f"/admin/leads/apicall/{ids['call']}/change/"),
        Shot("rejected", f"/admin/leads/rejectedsubmission/{ids['rejected']}/change/"),
        Shot("notices", "/admin/notifications/notice/"),
        Shot("notice", f"/admin/notifications/notice/{ids['notice']}/change/"),
        Shot("channel", f"/admin/notifications/channel/{ids['channel']}/change/"),
        Shot("sites", SITE),
        Shot("site", f"{SITE}{site}/change/"),
        Shot("site-keys", f"{SITE}{site}/change/#keys", at="#keys"),
        Shot("site-sources", f"{SITE}{site}/change/#senders"),
        Shot("site-zoho", f"{SITE}{site}/change/#to-zoho"),
        Shot("site-settings", f"{SITE}{site}/change/#settings"),
        Shot("source", f"{SITE}{site}/source/{ids['source']}/"),
        Shot("source-posts", f"{SITE}{site}/source/{ids['source']}/", at="#posts"),
        Shot("source-listening", listening, at="#listening"),
        Shot("unknown-pages", f"{SITE}{site}/unknown-pages/"),
        Shot("allow-page", f"{SITE}{site}/unknown-pages/spas-calgary.example/"),
        Shot("unknown-posts", SITE, at="#unknown-posts"),
        Shot("recognition", f"{SITE}{ids['plain_site']}/recognition/"),
        Shot("mapping", f"{SITE}{site}/mapping/"),
        Shot("connect-site", SITE + "connect/", name_the_site),
        Shot("connect-site-key", SITE + "connect/", make_the_site),
        Shot("connect-site-tool", SITE + "connect/", connect_a_tool),
        Shot("connect-site-code", SITE + "connect/", show_the_code, at="#code-python"),
        Shot("destination", f"/admin/leads/destination/{destination}/change/"),
        Shot("connect-zoho", f"/admin/leads/destination/{destination}/connect/"),
        Shot("comparisons", "/admin/zoho/reconciliation/"),
        Shot("comparison", f"/admin/zoho/reconciliation/{ids['comparison']}/change/"),
        Shot("settings", f"/admin/leads/preferences/{ids['preferences']}/change/"),
        Shot("users", PEOPLE + "user/"),
        Shot("user", f"{PEOPLE}user/{ids['user']}/change/"),
        Shot("groups", PEOPLE + "group/"),
        Shot("audit", "/admin/accounts/auditentry/"),
        Shot("second-factor", "/admin/second-factor/app/"),
    ]


def public(ids: dict[str, Any]) -> list[Shot]:
    """What anybody sees."""
    return [
        Shot("login", "/admin/login/"),
        Shot("help", "/help/13002/"),
        Shot("help-table", "/help/table/"),
        Shot("mail", "/help/table/", partial(read, html=ids["mail"])),
        Shot("mail-link", ids["link"], show_a_code),
        Shot("api-docs", "/api/docs/"),
        Shot("demo", "/demo/"),
        Shot("form-answer", "/demo/", send_the_form),
    ]


def open_drawer(page: Page) -> None:
    """The filters of the failed table."""
    page.locator(".drawer > summary").first.click()


def fill_in(page: Page) -> None:
    """One value for all leads of the cause, as the preview shows it."""
    page.get_by_label("Lead Source").first.select_option("Web site")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("button", name="Fill in and retry")).to_be_visible()


def find(page: Page, said: str = "keller ana") -> None:
    """What a caller says, typed into the box of the header."""
    page.keyboard.press("/")
    page.keyboard.type(said)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="found")).to_be_visible()


def assign(page: Page) -> None:
    """The box that gives a lead to a colleague."""
    page.locator(".assign-form > summary").click()


def open_the_wallboard(page: Page) -> None:
    """A new board's page as it hangs on a wall."""
    page.get_by_label("Name:").fill("Sales office")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(page.locator(".card code").inner_text().strip())


def read(page: Page, html: str) -> None:
    """A mail as a mail program shows it: on a page of nobody, whose policy forbids nothing."""
    page.goto("about:blank")
    page.set_content(html)


def show_a_code(page: Page) -> None:
    """The leads of a mail, for whoever has shown the code that was mailed."""
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_role("status")).to_contain_text("A code is on its way")
    page.get_by_label("The code of the mail").fill(reach.code())
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="of your mail")).to_be_visible()


def name_the_site(page: Page, name: str = "Harbour Bikes") -> None:
    """The first step of the wizard, filled in."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Recipients").fill("sales@example.com")
    page.get_by_label("Country").fill("DE")


def make_the_site(page: Page, name: str = "Harbour Bikes") -> None:
    """The wizard to its end: the key is shown."""
    name_the_site(page, name)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Make the site and its key").click()
    expect(page.locator("#secret")).to_be_visible()


def connect_a_tool(page: Page) -> None:
    """The wizard to its end with a form tool: its address, and an ear for the first post."""
    name_the_site(page, "Harbour Bikes Tours")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Elementor", exact=True).check()
    page.get_by_role("button", name="Make the site and its key").click()
    expect(page.locator("#secret")).to_be_visible()


def show_the_code(page: Page) -> None:
    """The wizard to its end, with the code in Python."""
    make_the_site(page, "Harbour Bikes Rental")
    page.get_by_text("Python", exact=True).click()


def send_the_form(page: Page) -> None:
    """The demo's form as a page without a page of its own to lead on to."""
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.evaluate("document.querySelector('[name=_next]').remove()")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you")).to_be_visible()
