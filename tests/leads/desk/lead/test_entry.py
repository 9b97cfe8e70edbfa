"""The entry card, and the form that says what Zoho would make of the values."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Lead, Site
from tests.factories import make_failed_lead, make_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat
from zoho.models import Mapping

DATA = {
    "message": "Hello",
    "zip": "T2P 2M5, Calgary, Alberta",
    "phone": "+1 403 555 0199",
    "contact_name": "Ana Silva",
    "utm_source": "fair",
}


def card(client: Client, lead: Lead) -> str:
    """The card's HTML."""
    return client.get(reverse("admin:leads_failedlead_entry", args=[lead.pk])).content.decode()


def test_its_values_come_in_the_order_of_zohos_form(support: Client) -> None:
    page = card(support, make_failed_lead(data=DATA))

    labels = re.findall(r'id="label-\d+">([^<]+)', page)
    assert labels == ["First Name", "Last Name", "Phone", "Street", "Description"]


def test_its_values_are_those_that_fit_zohos_fields(support: Client) -> None:
    page = card(support, make_failed_lead(data=DATA))

    values = re.findall(r'id="value-\d+"[^>]*>([^<]+)', page)
    assert values == [
        "Ana", "Silva", "+1 403 555 0199", "T2P 2M5, Calgary, Alberta", "Hello\nutm_source: fair",
    ]  # fmt: skip


def test_each_value_has_a_button_that_names_it(support: Client) -> None:
    page = card(support, make_failed_lead(data=DATA))

    assert page.count("data-card=") == 5
    assert 'Copy<span class="visually-hidden"> Last Name</span>' in page


def test_entering_from_the_card_settles_the_lead_and_leads_to_its_page(support: Client) -> None:
    lead = make_failed_lead(data=DATA)
    where = re.findall(r'name="next" value="([^"]+)"', card(support, lead))[0]

    answer = support.post(
        reverse("admin:leads_failedlead_enter", args=[lead.pk]), {"zoho_id": "57", "next": where}
    )

    lead.refresh_from_db()
    assert (lead.status, lead.zoho_id) == (Lead.Status.ENTERED, "57")
    assert answer.headers["Location"] == f"/admin/leads/lead/{lead.pk}/change/"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "queued"}, "will be sent by itself"),
        ({"status": "sending"}, "wait for what comes of it"),
        ({"status": "delivered"}, "nothing left to enter"),
        (
            {"status": "failed", "reason": "outcome_unknown", "failed_at": None},
            "search there first",
        ),
    ],
)
def test_it_warns_where_typing_would_make_a_second_record(
    support: Client, values: dict[str, Any], words: str
) -> None:
    lead = make_failed_lead(reason="outcome_unknown") if "reason" in values else make_lead(**values)

    assert words in flat(card(support, lead))


def test_a_lead_without_values_has_an_empty_card(support: Client) -> None:
    assert "There is nothing to type in" in card(support, make_failed_lead(data={}))


def test_it_is_for_those_who_see_personal_data(client: Client) -> None:
    lead = make_failed_lead()
    blind = client_of(make_user("blind", ("leads.view_lead", "leads.enter_lead")))

    assert blind.get(f"/admin/leads/failedlead/{lead.pk}/entry/").status_code == 403


# --- Edit and retry --------------------------------------------------------------------------


def correction(client: Client, lead: Lead, **values: Any) -> str:
    """The form's HTML after pressing Check, or as it opens."""
    address = reverse("admin:leads_failedlead_correct", args=[lead.pk])
    answer = client.post(address, values | {"check": "yes"}) if values else client.get(address)
    return answer.content.decode()


def test_the_form_marks_the_field_that_was_named(support: Client) -> None:
    page = flat(correction(support, make_failed_lead(data=DATA, reason_field="Zip_Code")))

    field = re.search(r'<div class="field field-zip wrong">.*?</div>', page, re.DOTALL)
    assert field
    assert "Named when the lead was refused" in field[0]


def test_the_form_says_how_a_value_that_does_not_fit_is_mended(support: Client) -> None:
    page = correction(support, make_failed_lead(data=DATA))

    assert "longer than 10 characters, moved to Street" in page


def test_check_says_what_would_be_sent_and_sends_nothing(support: Client) -> None:
    lead = make_failed_lead(data=DATA)

    page = correction(support, lead, contact_name="Ana Silva", zip="T2P 2M5", others="{}")

    lead.refresh_from_db()
    assert "everything fits" in page
    assert "&quot;Zip_Code&quot;: &quot;T2P 2M5&quot;" in page
    assert (lead.status, lead.revision) == ("failed", 0)


def test_check_shows_what_differs_from_what_came(support: Client) -> None:
    page = correction(
        support, make_failed_lead(data=DATA), contact_name="Ana Silva", zip="T2P 2M5", others="{}"
    )

    assert "<del>T2P 2M5, Calgary, Alberta</del>" in page
    assert "<ins>T2P 2M5</ins>" in page


def test_a_value_that_does_not_fit_does_not_keep_it_from_being_sent(support: Client) -> None:
    lead = make_failed_lead(data=DATA)
    address = reverse("admin:leads_failedlead_correct", args=[lead.pk])

    support.post(address, {"contact_name": "Ana", "zip": "x" * 40, "others": "{}"})

    lead.refresh_from_db()
    assert lead.status == "queued"


def test_other_fields_say_how_they_are_mended_too(support: Client, site: Site) -> None:
    rules = [{"source": "budget", "target": "Annual_Revenue"}]
    Mapping.objects.create(site=site, rules=rules)
    lead = make_failed_lead(site=site, data={"contact_name": "Ana", "budget": "€ 1.200"})

    assert "budget:" in correction(support, lead)
