"""A word that was left behind an address in some form tool makes no lead a test, and loses none."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from leads.clock import database_now
from leads.flags import Flag
from leads.intake.body.arrival import TRIED
from leads.models import Lead, Site, SiteKey, Source, SourceAddress
from tests.factories import make_key

DOORS = ("api", "form", "webhook")


def address_of(door: str, site: Site) -> tuple[str, dict[str, str]]:
    """Where to post to at this door, and with which headers."""
    if door == "api":
        return "/api/v1/leads/", {"Authorization": f"Bearer {make_key(site)}"}
    if door == "form":
        Site.objects.filter(pk=site.pk).update(allowed_origins="https://shop.example")
        return f"/f/{make_key(site, SiteKey.Kind.FORM)}/", {"Origin": "https://shop.example"}
    source = Source.objects.create(site=site, name="Form")
    return f"/in/{SourceAddress.objects.issue(source, database_now()).secret}/", {}


def post(client: Client, site: Site, door: str, query: str, body: bytes | None = None) -> Lead:
    """The lead that a post with this query became."""
    address, headers = address_of(door, site)
    content = json.dumps({"contact_name": "Ada", "email": "a@b.de"}).encode()
    answer = client.generic(
        "POST", f"{address}?{query}", body or content, "application/json", headers=headers
    )
    assert answer.status_code in (200, 202)
    return Lead.objects.get()


@pytest.mark.parametrize("query", ["dry_run=1", "test", "a=b&test=true", "dry-run=false", "TEST=1"])
@pytest.mark.parametrize("door", DOORS)
def test_it_is_a_lead_as_any_other_and_flagged(
    client: Client, site: Site, door: str, query: str
) -> None:
    lead = post(client, site, door, query)

    assert (lead.status, lead.is_test) == (Lead.Status.QUEUED, False)
    assert Flag.SAID_TEST in lead.oddities


@pytest.mark.parametrize("query", ["", "utm_source=test", "contest=1", "latest", "a=dry_run"])
@pytest.mark.parametrize("door", DOORS)
def test_other_words_say_nothing(client: Client, site: Site, door: str, query: str) -> None:
    assert Flag.SAID_TEST not in post(client, site, door, query).oddities


def test_what_nobody_can_read_is_flagged_too(client: Client, site: Site) -> None:
    assert Flag.SAID_TEST in post(client, site, "webhook", "test=1", b"{\xff").oddities


@given(st.lists(st.text("atesdryun_-=&;% +\xff\x00"), max_size=4))
def test_any_query_is_looked_at_without_an_error(parts: list[str]) -> None:
    found = TRIED.search("&".join([*parts, "test=1"]))

    assert found is not None
