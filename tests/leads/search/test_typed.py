"""What else is typed: titles, links, and a lead as mails and pages call it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from leads.search.typed import Typed
from tests.leads.search.finding import finds

AISHA: dict[str, Any] = {
    "contact_name": "Aisha Fortin",
    "email": "aisha@dealer.ca",
    "phone": "403 555 1106",
    "company": "Boats & More",
}
REFERENCE = uuid.UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")


@pytest.mark.parametrize(
    "text",
    [
        *("Mr Fortin", "Mr. Fortin", "Herr Fortin", "Mme Fortin", "Mme. Aisha Fortin", "M. Fortin"),
        *("Frau Dr. Fortin", "FRAU FORTIN", "Fräulein Fortin", "Señora Fortin", "Fortin, Mrs."),
        *("Dr.Fortin", "Sig.ra Fortin", "Herrn Fortin 1106", "Prof. Dr. Fortin", "Frau 555-1106"),
    ],
)
def test_how_a_caller_is_spoken_of_is_not_looked_for(text: str) -> None:
    assert finds(text, AISHA)


@pytest.mark.parametrize("text", ["Mr", "Herr", "Frau.", "Herr Smith", "Aisha Herr", "Dr. Mr."])
def test_a_title_alone_is_a_name(text: str) -> None:
    assert not finds(text, AISHA)
    assert finds("Herr", {"contact_name": "Hans Herr"})
    assert finds("Hans Herr", {"contact_name": "Hans Herr"})
    assert finds("Don Smith", {"contact_name": "Don Smith"})


@pytest.mark.parametrize(
    "text",
    [
        *("mailto:aisha@dealer.ca", "MAILTO:Aisha@Dealer.ca?subject=Boats"),
        *("<mailto:aisha@dealer.ca>", "www.dealer.ca", "WWW.dealer.ca", "https://dealer.ca/"),
        *("https://dealer.ca", "dealer.ca/"),
        *("http://www.dealer.ca/contact?a=1#top", "(https://dealer.ca/)", "https://dealer.ca:443/x"),
        *("dealer.ca/4035551199", "Aisha <aisha@dealer.ca>", "fortin https://www.dealer.ca/"),
    ],
)  # fmt: skip
def test_a_link_finds_the_address_or_the_domain(text: str) -> None:
    assert finds(text, AISHA)


@pytest.mark.parametrize("text", ["https://dealer.com/", "www.ealer.ca", "mailto:a@dealer.ca"])
def test_a_link_to_elsewhere_finds_none(text: str) -> None:
    assert not finds(text, AISHA)


def test_a_link_that_was_kept_as_an_address_is_one() -> None:
    assert finds("aisha@dealer.ca", {"email": "mailto:aisha@dealer.ca?subject=x"})


@pytest.mark.parametrize(
    ("text", "only"),
    [
        *[(text, True) for text in ("#4711", "# 4711", "Lead 4711", "lead #4711", "LEAD: 4711")],
        *[(text, True) for text in ("Lead Nr. 4711", "lead-4711", "Lead no. 4711", "Lead-ID 4711")],
        *[(text, False) for text in ("4711", " 4711 ", "No. 4711", "Nr 4711", "№ 4711", "id 4711")],
        ("https://leads.example.com/admin/leads/lead/4711/change/", True),
        ("http://localhost:8000/admin/leads/failedlead/4711", True),
    ],
)  # fmt: skip
def test_a_lead_is_known_as_mails_and_pages_call_it(text: str, only: bool) -> None:
    typed = Typed.read(text)

    assert typed.pk == 4711
    assert typed.is_only_a_lead is only


@pytest.mark.parametrize(
    "text", ["lead", "#", "lead 47 11", "4711a", "leads4711x", "#" + "9" * 19, "-1", "٤٧١١"]
)
def test_anything_else_is_no_lead(text: str) -> None:
    assert Typed.read(text).pk is None


@pytest.mark.parametrize(
    "text", ["{}", "Reference: {}", "ref. {}.", "https://x.example/?reference={}", "urn:uuid:{}"]
)
def test_a_reference_is_found_in_what_was_copied(text: str) -> None:
    assert Typed.read(text.format(REFERENCE)).reference == REFERENCE
    assert Typed.read(text.format(str(REFERENCE).upper())).reference == REFERENCE


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("61000123", "61000123"),
        ("https://crm.zoho.eu/crm/org20/tab/Leads/61000123", "61000123"),
        ("https://crm.zoho.eu/crm/tab/Leads/61000123/", "61000123"),
        ("Leads/61000123", ""),
        ("61000", ""),
    ],
)
def test_a_record_in_the_crm_is_known_by_its_id_or_its_address(text: str, record: str) -> None:
    assert Typed.read(text).record == record


@pytest.mark.parametrize("text", ["@", "mailto:@", ".@.", "https://@/", "<@>", "mailto:"])
def test_what_is_all_signs_is_not_looked_for(text: str) -> None:
    assert all(all(term.beginnings) for terms in Typed.read(text).readings() for term in terms)
