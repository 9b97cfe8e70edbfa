"""Importing a file in a browser: from the site's page to its last row, without a reload."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from leads.clock import Deadline
from leads.decisions.imports import run
from leads.models import Lead, LeadImport, Site
from tests.browser.test_every_page import Walker

ROWS = "".join(f"{n};Ana Silva;ana{n}@example.com;Berlin;{'x' * 90}\n" for n in range(30))


@pytest.fixture
def walker(page: Page, errors: list[str], live_server: LiveServer) -> Walker:
    return Walker(page, errors, live_server.url)


def test_a_file_is_uploaded_tried_and_watched_to_its_last_row(
    page: Page, walker: Walker, site: Site
) -> None:
    page.goto(f"/admin/leads/site/{site.pk}/change/")
    page.get_by_role("link", name="Import leads").click()
    file: Any = {
        "name": "fair.csv",
        "mimeType": "text/csv",
        "buffer": f"No;Who;E-mail;City;Remarks\n{ROWS}".encode(),
    }
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="The first rows, as they are read")).to_be_visible()
    made = LeadImport.objects.get()
    at = f"/admin/leads/leadimport/{made.pk}/change/"
    walker.visit(at)

    page.get_by_label("Contact name").select_option("Who")
    page.get_by_label("A row is known by").select_option("No")
    page.get_by_role("button", name="Read the rows so").click()
    expect(page.get_by_role("cell", name="Ana Silva").first).to_be_visible()
    page.get_by_role("button", name="Dry run").click()
    run.run(made.pk, Deadline(30))
    page.get_by_role("link", name="Reload").click()
    expect(page.get_by_role("row", name="Would be queued 30")).to_be_visible()
    walker.visit(at)

    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    run.run(made.pk, Deadline(30))
    expect(page.get_by_text("30 of 30 rows imported")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    assert Lead.objects.filter(name="Ana Silva").count() == 30
    for address in (at, "/admin/leads/leadimport/", "/admin/leads/leadimport/upload/"):
        walker.visit(address)

    assert not walker.wrong, "\n".join(walker.wrong)
