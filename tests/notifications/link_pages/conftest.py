"""A site whose mails hold links, and browsers that open them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from leads.clock import database_now
from leads.models import Lead, Site
from notifications.models import MailLink, Reader
from tests.factories import make_failed_lead, make_site

READER = "dealer@example.com"
PERSON = {
    "contact_name": "Aisha Fortin",
    "email": "aisha@example.com",
    "phone": "+1 403 555 1106",
    "message": "A spa for six, please.",
}


@pytest.fixture
def site(db: None) -> Site:
    told = f"Dealer@example.com\n{READER}"
    return make_site(name="Arctic Spas", recipients=told, mail_links=True)


@pytest.fixture
def lead(site: Site) -> Lead:
    return make_failed_lead(site=site, data=PERSON, reason="too_long", reason_field="Zip_Code")


@pytest.fixture
def token(site: Site, lead: Lead) -> str:
    """Of a link to the lead."""
    return MailLink.objects.issue(site, READER, [lead.pk], database_now())


@pytest.fixture
def opened(token: str) -> Client:
    """A browser in which the reader has shown a code."""
    return opened_by(token)


def opened_by(token: str, address: str = READER) -> Client:
    client = Client()
    code = Reader.objects.new_code(address, database_now())
    answer = client.post(f"/act/{token}/open/", {"code": code})
    assert answer.status_code == 302
    return client


def code_in(text: str) -> str:
    """The code of a mail."""
    found = re.search(r"^(\d{3}) (\d{3})\r?$", text, re.MULTILINE)
    assert found is not None
    return found[1] + found[2]
