"""A fresh installation in a browser: from the first log-in to the first lead in Zoho.

Every step says what the next one is, and what was begun is found again by who left it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.databases import new_database
from tests.environment import inherited, neutral
from tests.journeys.kit.system import System, eventually
from tests.journeys.sources.test_wizard import PATIENT, chromium
from tests.leadops.accounts.conftest import code_of

__all__ = ["chromium"]

PASSWORD = "a-long-password-of-ana"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Tables, one administrator as the guide makes one, and the processes: nothing else."""
    folder = tmp_path_factory.mktemp("fresh")
    with new_database(folder, as_migrated=True) as url:
        environment = inherited() | neutral(url, mail_folder=folder / "mail")
        system = System(environment | {"PYTHONUNBUFFERED": "1"}, folder)
        zoho = dict.fromkeys(("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"), "")
        system.environment |= zoho | {"REQUIRE_SECOND_FACTOR": "administrators"}
        try:
            system.python("manage.py", "migrate", "-v0")
            system.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
            who = ("--username", "ana", "--email", "ana@example.com")
            system.python("manage.py", "createsuperuser", "--noinput", *who)
            system.make_whole()
            yield system
        finally:
            system.stop()


def tab(chromium: Browser, system: System, left: BrowserContext | None = None) -> Page:
    """A new browser; with a context that was left, one that has its cookies."""
    kept = left.storage_state() if left else None
    if left:
        left.close()
    context = chromium.new_context(base_url=system.url, storage_state=kept)
    context.set_default_timeout(PATIENT)
    return context.new_page()


def log_in_for_the_first_time(page: Page) -> None:
    """Name and password; an administrator is asked for a second factor at once."""
    page.goto("/admin/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.locator(".card.next")).to_contain_text("it needs a second factor", timeout=PATIENT)
    page.get_by_role("link", name="Set up an app").click()
    page.locator("summary").click()
    seed = page.locator("details code").inner_text().replace(" ", "")
    page.get_by_label("Type the six digits").fill(code_of(seed))
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator("#content")).to_contain_text(
        "Keep these: they are shown this once", timeout=PATIENT
    )
    page.get_by_role("link", name="I have them").click()
    page.wait_for_url("**/admin/")


def next_step(page: Page) -> str:
    """What the dashboard says is to be done now."""
    page.goto("/admin/")
    return page.locator(".onboarding li[aria-current=step] h3").inner_text()


def connect_zoho(page: Page, system: System) -> None:
    """The page says first what to make in Zoho; then one press, and Zoho leads back."""
    said = page.locator("#content").inner_text()
    assert said.index("Add Client") < said.index("One click")
    assert f"{system.url}/admin/zoho/callback/" in said
    page.get_by_label("Data centre").select_option("other")
    page.get_by_label("Another address", exact=True).fill(system.zoho)
    page.get_by_label("Client id").fill("1000.SANDBOX")
    page.get_by_label("Client secret").fill("sandbox-secret")
    page.get_by_role("button", name="Connect with Zoho").click()
    expect(page.locator(".messagelist")).to_contain_text("Connected with Zoho", timeout=PATIENT)


def test_from_the_first_log_in_to_the_first_lead_in_zoho(chromium: Browser, fresh: System) -> None:
    page = tab(chromium, fresh)
    log_in_for_the_first_time(page)

    # Nothing is connected, and the dashboard says so and what comes first.
    assert next_step(page) == "Connect Zoho"
    expect(page.locator("#content")).to_contain_text("First make a client in Zoho", timeout=PATIENT)
    expect(page.locator(".destination")).to_contain_text("Not connected", timeout=PATIENT)
    page.locator(".destination a").click()
    expect(page.get_by_role("heading", name="Sending: not connected")).to_be_visible(
        timeout=PATIENT
    )
    page.goto("/admin/")
    page.locator(".onboarding").get_by_role("link", name="Connect Zoho").click()
    connect_zoho(page, fresh)

    # It says what is next, and leads there.
    expect(page.locator("#content")).to_contain_text(
        "Next, step 2 of 3: Connect a site.", timeout=PATIENT
    )
    page.get_by_role("link", name="Connect a site").click()
    page.get_by_label("Name", exact=True).fill("Harbour Bikes")
    page.get_by_label("Recipients").fill("mia@example.com, omar@example.com\nsales@example.com")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#content h2").first).to_have_text("Rules", timeout=PATIENT)

    # The browser is closed in the middle, and opened again.
    page = tab(chromium, fresh, page.context)
    assert next_step(page) == "Connect a site"
    page.locator(".onboarding").get_by_role("link", name="Connect a site").click()
    expect(page.locator(".messagelist")).to_contain_text(
        "You go on with “Harbour Bikes”", timeout=PATIENT
    )
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Make the site and its key").click()
    expect(page.locator("#secret")).to_be_visible(timeout=PATIENT)
    [(kept,)] = fresh.sql("SELECT recipients FROM leads_site")
    assert re.split(r"[,\s]+", kept) == ["mia@example.com", "omar@example.com", "sales@example.com"]

    # The first lead goes the whole way.
    page.get_by_role("button", name="Send a test lead").click()
    expect(page.locator("[data-trial-place]")).to_contain_text(
        "Delivered as record", timeout=PATIENT
    )
    (record,) = fresh.records()
    assert record["Last_Name"] == "LeadOps"

    # All is done: the three steps are gone, and sending runs.
    eventually(lambda: fresh.count("delivered") == 1)
    page.goto("/admin/")
    expect(page.locator(".onboarding")).to_have_count(0, timeout=PATIENT)
    expect(page.locator(".destination")).to_contain_text("Running", timeout=PATIENT)
    page.context.close()
