"""Rehearsing a stored post on the page of its source."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from leads.decisions.source import make_source
from leads.models import Lead, Site, Source
from tests.factories import make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat

ADA = {"your-name": "Ada Lovelace", "mail-7": "ada@example.com", "budget": "5000"}


@pytest.fixture
def source(site: Site) -> Source:
    return make_source(site, "Contact page", "typeform").source


def posted(source: Source, body: Any = ADA) -> Lead:
    (address,) = source.addresses.all()
    said = json.dumps(body).encode() if isinstance(body, dict) else body
    Client().post(f"/in/{address.secret}/", said, "application/json")
    return Lead.objects.latest("pk")


def page_of(client: Client, source: Source, query: str = "") -> str:
    address = f"/admin/leads/site/{source.site_id}/source/{source.pk}/{query}"
    return flat(client.get(address).content.decode())


def test_it_shows_what_is_read_and_the_record_zoho_would_get(boss: Client, source: Source) -> None:
    lead = posted(source)
    count = Lead.objects.count()

    page = page_of(boss, source, f"?rehearse={lead.pk}")

    assert f"Rehearsal with the post of lead {lead.pk}" in page
    assert "Would be sent" in page
    assert '<code>Last_Name</code></th><td><span class="verbatim">Lovelace</span>' in page
    assert "go to the description:<code>budget</code>" in page
    assert Lead.objects.count() == count


def test_it_goes_by_the_choices_of_today(boss: Client, source: Source) -> None:
    lead = posted(source, {"a": "Ada Lovelace", "email": "ada@example.com"})
    before = page_of(boss, source, f"?rehearse={lead.pk}")
    Source.objects.filter(pk=source.pk).update(chosen={"contact_name": "a"})

    assert "Would be held" in before
    assert "Would be sent" in page_of(boss, source, f"?rehearse={lead.pk}")


def test_what_nobody_could_read_says_why(boss: Client, source: Source) -> None:
    lead = posted(source, b"\x00\x01 nothing that is known")

    assert "Nobody can read it but a person:" in page_of(boss, source, f"?rehearse={lead.pk}")


@pytest.mark.parametrize("asked", ["", "x", "0", "9" * 30, "-1"])
def test_what_is_no_post_of_the_source_is_no_rehearsal(
    boss: Client, source: Source, asked: str
) -> None:
    posted(source)

    assert 'id="rehearsal"' not in page_of(boss, source, f"?rehearse={asked}")


def test_a_post_of_another_source_is_not_shown(boss: Client, source: Source) -> None:
    other = posted(make_source(make_site(), "Other", "typeform").source)

    assert 'id="rehearsal"' not in page_of(boss, source, f"?rehearse={other.pk}")


def test_who_may_not_see_people_is_offered_none(source: Source) -> None:
    lead = posted(source)
    blind = client_of(make_user(permissions=("leads.view_source", "leads.view_lead")))

    page = page_of(blind, source, f"?rehearse={lead.pk}")

    assert "Rehears" not in page
    assert "Lovelace" not in page
