"""The table of form tools: what the plugin for WordPress posts, and where people read of them."""

from __future__ import annotations

import pytest
from django.test import Client

from leads.intake.body.shape import fields_of
from leads.intake.tools import TOOLS, UNTOLD, submission_key, tool_of
from tests.responses import flat

ENTRY = {"email": "ada@example.com", "leadops_form": "Contact", "leadops_entry": "gravity-forms-7"}


@pytest.mark.parametrize("host", ["one.example.com", "two.example.com"])
def test_an_entry_of_the_plugin_is_known_again_for_good(host: str) -> None:
    fields, headers = fields_of(ENTRY), {"User-Agent": f"WordPress/6.7; https://{host}"}

    key = submission_key(fields, tool_of(fields), headers)

    assert key == f"wordpress:{host}:Contact:gravity-forms-7"


@pytest.mark.django_db
def test_the_page_for_developers_names_every_tool(client: Client) -> None:
    page = flat(client.get("/api/docs/").content.decode())

    named = [tool.title for tool in TOOLS.values() if tool.name not in UNTOLD]
    assert [title for title in named if title not in page] == []
